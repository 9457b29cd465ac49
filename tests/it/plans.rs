//! How the databases find what the watch asks for: a pass comes every few seconds, and most cases have ended long ago, so no
//! query of it reads the whole of a table that grows with the cases.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use diesel::connection::{
    Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation,
};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use passage::access::Context;
use passage::app;
use passage::config::{Config, DatabaseUrl};
use passage::http::App;
use passage::watch::{letters, pass};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::harness::{
    House, Probe, World, block_on, both, consignment, coordinated, country_profile, evidence,
};
use crate::stories::mail::mails;

/// What the connections to some databases were asked, by the database's address.
static HEARD: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

/// Tables that do not grow with the cases, under the names that queries give them.
const SMALL: [&str; 5] =
    ["agencies", "users", "country_profiles", "later", "deconfliction_hits_pending"];
/// Tables with which PostgreSQL begins where there is next to nothing in any: it goes by their size, which a story does not
/// have. That there is an index for the other way shows in the plan of SQLite.
const BY_SIZE: [&str; 2] = ["legs", "deconfliction_hits"];
/// Indexes of nothing but what is open: reading one of them whole is reading what is asked for.
const OF_WHAT_IS_OPEN: [&str; 3] =
    ["alerts_open", "control_periods_one_open", "handovers_one_open"];

fn heard() -> std::sync::MutexGuard<'static, BTreeMap<String, Vec<String>>> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes what a connection is asked that begins while somebody listens to its database: the server of the story, which began
/// before, asks for other things beside.
#[expect(clippy::unnecessary_wraps, reason = "the shape that the connections ask for")]
fn listens() -> Option<Box<dyn Instrumentation>> {
    let mut address = None;
    Some(Box::new(move |event: InstrumentationEvent<'_>| match event {
        InstrumentationEvent::StartEstablishConnection { url, .. } => {
            address = heard().contains_key(url).then(|| url.to_owned());
        }
        InstrumentationEvent::StartQuery { query, .. } => {
            let Some(address) = &address else { return };
            if let Some(statements) = heard().get_mut(address) {
                statements.push(query.to_string());
            }
        }
        _ => {}
    }))
}

/// What a pass and the post ask for, each statement once.
fn asked(world: &World) -> Vec<String> {
    let App { clock, config, .. } = world.app();
    let address = match &config.database.url {
        DatabaseUrl::Sqlite(path) => path.to_string_lossy().into_owned(),
        DatabaseUrl::Postgres(url) => url.expose_secret().to_owned(),
    };
    set_default_instrumentation(listens).unwrap();
    heard().insert(address.clone(), Vec::new());
    let anew = app::build(Config::clone(config), clock.clone()).unwrap();
    block_on(pass::pass(&anew.db, clock, &config.watch, true)).unwrap();
    let context = Context::of_command("post", world.now());
    block_on(anew.db.housekeep(&context, letters::take_in_hand)).unwrap();
    drop(anew);
    let statements = heard().remove(&address).unwrap();
    let reads = statements.iter().filter_map(|statement| {
        let (statement, _) = statement.split_once(" -- binds").unwrap_or((statement, ""));
        let built = statement.starts_with("SELECT \"") || statement.starts_with("SELECT `");
        built.then(|| statement.to_owned())
    });
    let mut reads: Vec<String> = reads.collect();
    reads.sort_unstable();
    reads.dedup();
    reads
}

#[derive(QueryableByName)]
struct Detail {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// What of the plan for `statement` reads a table whole, or an index whole that is as large.
fn whole(probe: &mut Probe, statement: &str) -> Vec<String> {
    match probe {
        Probe::Sqlite(conn) => {
            let plan: Vec<Detail> =
                sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(conn).unwrap();
            plan.into_iter().map(|row| row.detail).filter(|line| scans(line)).collect()
        }
        Probe::Postgres(conn) => {
            let parameters = (1..).take_while(|number| statement.contains(&format!("${number}")));
            let nothing = vec!["NULL"; parameters.count()].join(", ");
            let given = if nothing.is_empty() { String::new() } else { format!("({nothing})") };
            // Reading whole is the last resort, however small a table of a story is.
            conn.batch_execute(&format!(
                "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
                 SET plan_cache_mode = force_generic_plan; PREPARE watched AS {statement}"
            ))
            .unwrap();
            let plan: Vec<Plan> =
                sql_query(format!("EXPLAIN EXECUTE watched{given}")).load(conn).unwrap();
            conn.batch_execute("DEALLOCATE watched").unwrap();
            let lines: Vec<String> = plan.into_iter().map(|row| row.line).collect();
            let behind = |at: usize| lines.get(at + 1).map_or("", String::as_str);
            let of_all = |(at, line): (usize, &String)| {
                let by_place = behind(at).trim_start().starts_with("Index Cond");
                (!by_place && reads_whole(line)).then(|| line.trim().to_owned())
            };
            lines.iter().enumerate().filter_map(of_all).collect()
        }
    }
}

/// Whether a step of a plan of SQLite goes over all of a table or an index. An index that is made for the query goes over the
/// table first.
fn scans(step: &str) -> bool {
    let words: Vec<&str> = step.split(' ').collect();
    let small = words.get(1).is_some_and(|name| SMALL.contains(name));
    let open = words.last().is_some_and(|index| OF_WHAT_IS_OPEN.contains(index));
    (words[0] == "SCAN" && !small && !open) || step.contains("AUTOMATIC")
}

/// The same of PostgreSQL, where no condition on the index stands behind the step.
fn reads_whole(step: &str) -> bool {
    let named = |word: &str| step.split_once(word).map(|(_, name)| name.split(' ').next().unwrap());
    let table = named(" on ").is_some_and(|name| SMALL.contains(&name) || BY_SIZE.contains(&name));
    let index = named("Scan using ").or_else(|| named("Bitmap Index Scan on "));
    let open = index.is_some_and(|index| OF_WHAT_IS_OPEN.contains(&index));
    (step.contains("Seq Scan on ") || index.is_some()) && !table && !open
}

both! {
    /// Everything that a pass asks is answered by an index, also what it asks only where there is something to look at.
    fn no_query_of_the_watch_reads_a_whole_table(world) tuned mails {
        let (aida, yerlan, _, case) = coordinated(world);
        aida.put("/countries/KG").if_match("\"0\"").json(country_profile()).expect(200);
        let goods = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
        let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        // Somebody else is after the same container.
        drop(world.speaker(House::Ru).opens_case().create());
        aida.takes_control(&case, &goods);
        aida.post(case.at(format!("/legs/{leg}/start"))).expect(200);
        aida.post(case.at(format!("/legs/{leg}/divert"))).json(json!({"reason": "Turned off"})).expect(200);
        aida.post(case.at("/handovers")).json(world.proposal(&goods, &yerlan)).expect(201);
        aida.registers(&case, evidence(&[]), &[&yerlan]);
        yerlan.tells(&case, "eta_changed", "Taraz", &world.minutes_from_now(0));
        aida.plans(&case, "arrived_border", "Korday", -60);
        world.advance_minutes(5900);
        world.watches();
        world.advance_minutes(200);
        let statements = asked(world);
        assert!(statements.len() > 30, "{} statements were heard", statements.len());
        let mut probe = world.probe();
        let mut bad = Vec::new();
        for statement in statements {
            let steps = whole(&mut probe, &statement);
            if !steps.is_empty() {
                bad.push(format!("{}\n    in {statement}", steps.join("\n")));
            }
        }
        assert!(bad.is_empty(), "{}", bad.join("\n"));
    }
}
