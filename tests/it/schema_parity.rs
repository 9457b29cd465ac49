//! The two databases hold the same: tables, columns, keys, indexes and what refuses to be changed; and the server's own
//! role has the leave it needs and no more.

use std::collections::BTreeSet;

use crate::harness::{Backend, House, Probe, World, both};

/// Tables of the migration tool, not ours.
const NOT_OURS: &str = "('__diesel_schema_migrations')";

/// What was recorded there stays: nothing is changed, nothing is deleted.
const APPEND_ONLY: [&str; 18] = [
    "journal_entries",
    "consultations",
    "consultation_reasons",
    "milestone_reports",
    "milestone_reviews",
    "evidence_flags",
    "messages",
    "message_consents",
    "deconfliction_checks",
    "deconfliction_hits",
    "leg_plans",
    "leg_diversions",
    "crossings",
    "authorisation_questions",
    "country_profiles",
    "feed_entries",
    "control_reports",
    "quantity_reports",
];

/// A schema as sorted lines of words, each aspect for itself.
#[derive(Debug, PartialEq, Eq)]
struct Schema {
    columns: BTreeSet<String>,
    primary_keys: BTreeSet<String>,
    unique: BTreeSet<String>,
    indexes: BTreeSet<String>,
    foreign_keys: BTreeSet<String>,
    refusals: BTreeSet<String>,
}

fn set(lines: Vec<String>) -> BTreeSet<String> {
    lines.into_iter().collect()
}

fn of_sqlite(probe: &mut Probe) -> Schema {
    let tables = format!(
        "(SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
         AND name NOT IN {NOT_OURS}) AS t"
    );
    let columns_of_index = "(SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno))";
    let predicate = "coalesce((SELECT ' where ' || substr(sql, instr(sql, ' WHERE ') + 7) FROM sqlite_schema \
         WHERE name = l.name AND instr(sql, ' WHERE ') > 0), '')";
    Schema {
        // A key that SQLite counts by itself is written INTEGER there, and is as wide as a BIGINT.
        columns: set(probe.lines(&format!(
            "SELECT t.name || '.' || c.name || ' ' || \
             CASE WHEN c.pk = 1 AND c.type = 'INTEGER' THEN 'bigint' ELSE lower(c.type) END || \
             CASE c.\"notnull\" WHEN 1 THEN ' not null' ELSE '' END AS line \
             FROM {tables}, pragma_table_info(t.name) AS c"
        ))),
        primary_keys: set(probe.lines(&format!(
            "SELECT t.name || '(' || (SELECT group_concat(name) FROM \
             (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk)) || ')' AS line FROM {tables}"
        ))),
        unique: set(probe.lines(&format!(
            "SELECT t.name || '(' || {columns_of_index} || ')' || {predicate} AS line \
             FROM {tables}, pragma_index_list(t.name) AS l WHERE l.\"unique\" = 1 AND l.origin <> 'pk'"
        ))),
        indexes: set(probe.lines(&format!(
            "SELECT l.name || ' on ' || t.name || '(' || {columns_of_index} || ')' || {predicate} AS line \
             FROM {tables}, pragma_index_list(t.name) AS l WHERE l.origin = 'c'"
        ))),
        foreign_keys: set(probe.lines(&format!(
            "SELECT t.name || '.' || f.\"from\" || ' to ' || f.\"table\" || '.' || f.\"to\" AS line \
             FROM {tables}, pragma_foreign_key_list(t.name) AS f"
        ))),
        refusals: set(probe.lines(
            "SELECT tbl_name || CASE WHEN instr(sql, 'BEFORE UPDATE') > 0 THEN ' update' \
             WHEN instr(sql, 'BEFORE DELETE') > 0 THEN ' delete' ELSE ' ' || sql END AS line \
             FROM sqlite_schema WHERE type = 'trigger'",
        )),
    }
}

fn of_postgres(probe: &mut Probe) -> Schema {
    let columns_of_index = "(SELECT string_agg(a.attname, ',' ORDER BY k.place) \
         FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place) \
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number)";
    let predicate = "coalesce(' where ' || replace(trim(both '()' from \
         pg_get_expr(i.indpred, i.indrelid)), '::text', ''), '')";
    let from = format!(
        "FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid \
         JOIN pg_namespace n ON n.oid = t.relnamespace \
         WHERE n.nspname = 'public' AND t.relname NOT IN {NOT_OURS}"
    );
    Schema {
        columns: set(probe.lines(&format!(
            "SELECT table_name || '.' || column_name || ' ' || udt_name || \
             CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END AS line \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT IN {NOT_OURS}"
        ))),
        primary_keys: set(probe.lines(&format!(
            "SELECT t.relname || '(' || {columns_of_index} || ')' AS line {from} AND i.indisprimary"
        ))),
        unique: set(probe.lines(&format!(
            "SELECT t.relname || '(' || {columns_of_index} || ')' || {predicate} AS line {from} \
             AND i.indisunique AND NOT i.indisprimary"
        ))),
        indexes: set(probe.lines(&format!(
            "SELECT x.relname || ' on ' || t.relname || '(' || {columns_of_index} || ')' || {predicate} AS line \
             {from} AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.oid AND c.contype IN ('p', 'u'))"
        ))),
        foreign_keys: set(probe.lines(
            "SELECT t.relname || '.' || a.attname || ' to ' || r.relname || '.' || b.attname AS line \
             FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid \
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1] \
             JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = c.confkey[1] WHERE c.contype = 'f'",
        )),
        refusals: set(probe.lines(
            "SELECT event_object_table || ' ' || lower(event_manipulation) AS line \
             FROM information_schema.triggers",
        )),
    }
}

/// The word of SQLite for a type of PostgreSQL.
fn in_sqlite(columns: &BTreeSet<String>) -> BTreeSet<String> {
    let words = [
        (" uuid", " blob"),
        (" bytea", " blob"),
        (" timestamptz", " bigint"),
        (" int8", " bigint"),
        (" int4", " integer"),
        (" bool", " boolean"),
    ];
    let translate = |line: &String| {
        let found = words
            .iter()
            .find(|(postgres, _)| line.trim_end_matches(" not null").ends_with(postgres));
        found.map_or_else(|| line.clone(), |(postgres, sqlite)| line.replace(postgres, sqlite))
    };
    columns.iter().map(translate).collect()
}

/// The schema that queries are checked against, in the words of PostgreSQL: columns and primary keys.
fn of_code() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut columns, mut keys, mut table) = (BTreeSet::new(), BTreeSet::new(), String::new());
    for line in include_str!("../../src/db/schema.rs").lines() {
        let line = line.trim();
        if let Some((name, key)) = line.strip_suffix(") {").and_then(|line| line.split_once(" (")) {
            name.clone_into(&mut table);
            keys.insert(format!("{table}({})", key.replace(", ", ",")));
        } else if let Some((name, kind)) = line.trim_end_matches(',').split_once(" -> ")
            && !line.contains("joinable")
        {
            let optional = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            let word = match optional.unwrap_or(kind) {
                "Uid" => "uuid",
                "Text" => "text",
                "BigInt" => "int8",
                "Integer" => "int4",
                "Bool" => "bool",
                "Binary" => "bytea",
                "Moment" => "timestamptz",
                other => panic!("{table}.{name} is of an unknown type {other}"),
            };
            let end = if optional.is_some() { "" } else { " not null" };
            columns.insert(format!("{table}.{name} {word}{end}"));
        }
    }
    (columns, keys)
}

#[track_caller]
fn same(what: &str, left: &BTreeSet<String>, right: &BTreeSet<String>) {
    let only =
        |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    let (left_only, right_only) = (only(left, right), only(right, left));
    assert!(
        left_only.is_empty() && right_only.is_empty(),
        "{what} differ: only the first has {left_only:#?}, only the second has {right_only:#?}"
    );
    assert!(!left.is_empty(), "{what}: nothing was looked at");
}

/// The schema that queries are checked against is that of `schema`.
#[track_caller]
fn same_as_code(name: &str, schema: &Schema, translate: fn(&BTreeSet<String>) -> BTreeSet<String>) {
    let (columns, keys) = of_code();
    same(&format!("columns (code, {name})"), &translate(&columns), &schema.columns);
    same(&format!("primary keys (code, {name})"), &keys, &schema.primary_keys);
}

#[test]
fn sqlite_holds_what_the_code_says() {
    World::play(Backend::Sqlite, module_path!(), |world| {
        same_as_code("SQLite", &of_sqlite(&mut world.probe()), in_sqlite);
    });
}

#[test]
fn postgres_holds_what_the_code_says_and_the_same_as_sqlite() {
    World::play(Backend::Postgres, module_path!(), |world| {
        let postgres = of_postgres(&mut world.probe());
        same_as_code("PostgreSQL", &postgres, Clone::clone);
        let beside = World::new(Backend::Sqlite, &[], &[]).expect("SQLite is always there");
        let sqlite = of_sqlite(&mut beside.probe());
        same("columns (PostgreSQL, SQLite)", &in_sqlite(&postgres.columns), &sqlite.columns);
        same("primary keys (PostgreSQL, SQLite)", &postgres.primary_keys, &sqlite.primary_keys);
        same("unique keys (PostgreSQL, SQLite)", &postgres.unique, &sqlite.unique);
        same("indexes (PostgreSQL, SQLite)", &postgres.indexes, &sqlite.indexes);
        same("foreign keys (PostgreSQL, SQLite)", &postgres.foreign_keys, &sqlite.foreign_keys);
        same("refusals (PostgreSQL, SQLite)", &postgres.refusals, &sqlite.refusals);
    });
}

both! {
    /// What was recorded stays as it was recorded, also for whoever has the file or the owner's password.
    fn invariant_24_refused_and_allowed_history_only_grows(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        aida.get(&case.path).header("x-consultation-reason", "Night%20shift").expect(200);
        let mut refusals: BTreeSet<String> = APPEND_ONLY
            .iter()
            .flat_map(|table| [format!("{table} update"), format!("{table} delete")])
            .collect();
        refusals.extend(["journal_chains delete".to_owned(), "journal_texts update".to_owned()]);
        let mut probe = world.probe();
        let found = match *probe {
            Probe::Sqlite(_) => of_sqlite(&mut probe).refusals,
            Probe::Postgres(_) => of_postgres(&mut probe).refusals,
        };
        same("refusals (expected, found)", &refusals, &found);
        for statement in [
            "UPDATE journal_entries SET actor = 'nobody'",
            "DELETE FROM journal_entries",
            "DELETE FROM journal_chains",
            "UPDATE journal_texts SET text = 'something else'",
            "UPDATE consultations SET operation = 'something else'",
            "DELETE FROM consultations",
            "UPDATE consultation_reasons SET reason = 'something else'",
            "DELETE FROM consultation_reasons",
        ] {
            let refused = probe.execute(statement).expect_err(statement).to_string();
            assert!(
                refused.contains("append-only") || refused.contains("never rewritten"),
                "{statement}: {refused}"
            );
        }
        // It grows nevertheless.
        drop(probe);
        aida.edits(&case.path, serde_json::json!({"code_name": "Wool"})).expect(200);
    }
}

/// What the server's role may do to each table, beside reading and adding.
fn expected_leave(table: &str) -> &'static str {
    match table {
        "__diesel_schema_migrations" => "SELECT",
        "journal_chains" => "INSERT SELECT UPDATE",
        "journal_texts" => "DELETE INSERT SELECT",
        table if APPEND_ONLY.contains(&table) => "INSERT SELECT",
        _ => "DELETE INSERT SELECT UPDATE",
    }
}

#[test]
fn the_servers_role_owns_nothing_and_changes_no_history() {
    World::play(Backend::Postgres, module_path!(), |world| {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        aida.get(&case.path).expect(200);
        let mut owner = world.probe();
        let possessions = owner.lines(
            "SELECT relname::text AS line FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner \
             WHERE r.rolname = 'passage_server' \
             UNION SELECT proname::text FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner \
             WHERE r.rolname = 'passage_server' \
             UNION SELECT nspname::text FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner \
             WHERE r.rolname = 'passage_server' \
             UNION SELECT datname::text FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba \
             WHERE r.rolname = 'passage_server'",
        );
        assert!(possessions.is_empty(), "the server's role owns {possessions:?}");
        let leave = owner.lines(
            "SELECT t.tablename || ': ' || coalesce((SELECT string_agg(g.privilege_type, ' ' ORDER BY g.privilege_type) \
             FROM information_schema.role_table_grants g WHERE g.table_name = t.tablename \
             AND g.grantee = 'passage_server'), '') AS line FROM pg_tables t WHERE t.schemaname = 'public'",
        );
        for line in leave {
            let (table, leave) = line.split_once(": ").unwrap();
            assert_eq!(leave, expected_leave(table), "what the server may do to {table}");
        }

        let mut server = world.server_probe();
        assert!(server.entries() > 0, "the server's role reads the journal");
        for statement in [
            "UPDATE journal_entries SET actor = 'nobody'",
            "DELETE FROM journal_entries",
            "TRUNCATE journal_entries",
            "DELETE FROM journal_chains",
            "UPDATE journal_texts SET text = 'something else'",
            "UPDATE consultations SET operation = 'something else'",
            "DELETE FROM consultations",
            "DELETE FROM __diesel_schema_migrations",
            "DROP TABLE journal_entries",
            "ALTER TABLE journal_entries DISABLE TRIGGER ALL",
            "DROP TRIGGER journal_entries_append_only ON journal_entries",
            "CREATE TABLE own (id INTEGER)",
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
            "SET session_replication_role = replica",
            "CREATE ROLE friend",
        ] {
            let refused = server.execute(statement).expect_err(statement).to_string();
            assert!(
                refused.contains("permission denied") || refused.contains("must be owner"),
                "{statement}: {refused}"
            );
        }
    });
}
