//! The page that shows the whole policy to people who do not program, made from the policy itself.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use passage::access::{Action, Caller, Facts, MemberRole, Officer, Role, Verdict, judge};
use passage::agency::AgencyKind;

use super::expected::case_actions;
use super::world::{Question, Relation, Thing, officer, role_sets};

const HEAD: &str = "# Who may do what

This page is made from the policy (`src/access/policy.rs`) by a test, which fails when the page is not up to date;
`PASSAGE_TEST_BLESS=1 cargo test --test it access::page` makes it anew. What it should say stands, written by hand, in
`tests/it/access/expected.rs`, and another test holds the policy to that.

**LO** liaison officer · **RC** coordinator of a regional centre, who does there what a liaison officer does ·
**CO** case officer · **AU** authority · **AD** auditor · **AA** agency admin · **SA** system admin

";

const ON_CASES: &str = "
## In a case

The columns are what an agency is to the case, the cells who of that agency may. Somebody who is in no cell is answered
403 where he or she may read what the action is about, and otherwise 404, the same as for a case that does not exist.
Agencies that declined, left, were removed or never took part get 404 for everything. An authority of a partner that was
asked to authorise something changes the state of the case as one of an agency that takes part as authority does.

";

const SIGHT: &str = "
## Who sees a case at all

Inside an agency that takes part. Whoever does not see the case gets 404 for everything in it. An authority also sees a
case in which a request is addressed to the agency.

| | not assigned | assigned | not assigned, restricted case | assigned, restricted case |
|---|---|---|---|---|
";

const ELSEWHERE: &str = "
## Beside cases

What asks for no particular agency or user. Whoever is not listed is answered 403.

| | who |
|---|---|
";

const OWN: &str = "
## What an agency keeps for itself

Of the own agency; another agency's is answered 404, the same as what does not exist. Whoever of the agency is not listed
is answered 403.

| | who |
|---|---|
";

const ROLES: [(Role, &str); 7] = [
    (Role::LiaisonOfficer, "LO"),
    (Role::Coordinator, "RC"),
    (Role::CaseOfficer, "CO"),
    (Role::Authority, "AU"),
    (Role::Auditor, "AD"),
    (Role::AgencyAdmin, "AA"),
    (Role::SystemAdmin, "SA"),
];

const RELATIONS: [(Relation, &str); 6] = [
    (Relation::Member(MemberRole::Lead), "lead"),
    (Relation::Member(MemberRole::Partner), "partner"),
    (Relation::Member(MemberRole::Coordinator), "coordinator"),
    (Relation::Member(MemberRole::Authority), "authority"),
    (Relation::Member(MemberRole::Observer), "observer"),
    (Relation::Invited(MemberRole::Observer), "invited"),
];

fn page() -> String {
    let mut page = HEAD.to_owned() + ON_CASES.trim_start();
    let names: Vec<&str> = RELATIONS.iter().map(|(_, name)| *name).collect();
    writeln!(page, "| | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len())).unwrap();
    let mut notes = BTreeSet::new();
    for action in case_actions() {
        let cells: Vec<String> =
            RELATIONS.iter().map(|(relation, _)| cell(action, *relation, &mut notes)).collect();
        writeln!(page, "| {} | {} |", words(action), cells.join(" | ")).unwrap();
    }
    page.push('\n');
    for (_, note) in notes {
        writeln!(page, "{note}  ").unwrap();
    }
    page.push_str(SIGHT);
    for (role, name) in ROLES {
        writeln!(page, "| {name} | {} |", sight(role).join(" | ")).unwrap();
    }
    page.push_str(ELSEWHERE);
    for action in Action::ALL {
        let who = on_server(*action);
        if !who.is_empty() {
            writeln!(page, "| {} | {} |", words(*action), who.join(" ")).unwrap();
        }
    }
    page.push_str(OWN);
    for action in Action::ALL {
        let who = on_own_agency(*action);
        if !who.is_empty() {
            writeln!(page, "| {} | {} |", words(*action), who.join(" ")).unwrap();
        }
    }
    page
}

/// `PlanMilestone` as `plan milestone`.
fn words(action: Action) -> String {
    let mut words = String::new();
    for letter in format!("{action:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// Kinds of agencies in which a user may have this role alone.
fn kinds(role: Role) -> Vec<AgencyKind> {
    let all = [AgencyKind::National, AgencyKind::Regional, AgencyKind::Operator];
    all.into_iter().filter(|kind| role_sets(*kind).contains(&vec![role])).collect()
}

fn verdict(
    action: Action,
    role: Role,
    relation: Relation,
    thing: Thing,
    assigned: bool,
    restricted: bool,
) -> Option<Verdict> {
    let kinds = kinds(role).into_iter().filter(|kind| Relation::all(*kind).contains(&relation));
    let verdicts: Vec<Verdict> = kinds
        .map(|kind| {
            let roles = vec![role];
            let requested = matches!(thing, Thing::Request { addressed: true, .. });
            Question { action, kind, roles, relation, assigned, restricted, requested, thing }
                .verdict()
        })
        .collect();
    assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]), "{action:?} depends on the kind");
    verdicts.first().copied()
}

fn cell(action: Action, relation: Relation, notes: &mut BTreeSet<(usize, &'static str)>) -> String {
    let who = ROLES.iter().filter_map(|(role, name)| {
        let allowed: Vec<(Thing, bool)> = Thing::all(action)
            .into_iter()
            .filter_map(|thing| {
                let verdict = verdict(action, *role, relation, thing, true, false)?;
                (verdict != Verdict::Hide).then_some((thing, verdict == Verdict::Allow))
            })
            .collect();
        let (place, mark, note) = condition(&allowed)?;
        if !note.is_empty() {
            notes.insert((place, note));
        }
        Some(format!("{name}{mark}"))
    });
    who.collect::<Vec<_>>().join(" ")
}

/// When it is allowed, as the place of the note, its mark and what it says; none when never.
fn condition(allowed: &[(Thing, bool)]) -> Option<(usize, &'static str, &'static str)> {
    type Test = fn(&Thing) -> bool;
    let conditions: [(&str, &str, Test); 10] = [
        ("", "", |_| true),
        (
            "¹",
            "¹ of what is the own agency's to answer for: what it planned, reported, or is one side of",
            |it| matches!(it, Thing::Owned { own: true }),
        ),
        ("²", "² where the own agency registered or holds the item", |it| {
            matches!(
                it,
                Thing::Evidence { originator: true, .. } | Thing::Evidence { custodian: true, .. }
            )
        }),
        ("³", "³ where the own agency holds the item", |it| {
            matches!(it, Thing::Evidence { custodian: true, .. })
        }),
        ("⁴", "⁴ where the item is being offered to the own agency", |it| {
            matches!(it, Thing::Evidence { receiver: true, .. })
        }),
        ("⁵", "⁵ where the own agency registered the item", |it| {
            matches!(it, Thing::Evidence { originator: true, .. })
        }),
        ("⁶", "⁶ of requests that the own agency made", |it| {
            matches!(it, Thing::Request { requesting: true, .. })
        }),
        ("⁷", "⁷ of requests that are addressed to the own agency", |it| {
            matches!(it, Thing::Request { addressed: true, .. })
        }),
        ("⁸", "⁸ of messages that were sent to the own agency", |it| {
            matches!(it, Thing::Message { receiver: true, .. })
        }),
        ("⁹", "⁹ of messages that the own agency sent", |it| {
            matches!(it, Thing::Message { sender: true, .. })
        }),
    ];
    if !allowed.iter().any(|(_, allowed)| *allowed) {
        return None;
    }
    let found = conditions
        .iter()
        .enumerate()
        .find(|(_, (_, _, test))| allowed.iter().all(|(thing, allowed)| test(thing) == *allowed));
    let (place, (mark, note, _)) = found.expect("the page has words for this condition");
    Some((place, mark, note))
}

/// The four cells of a role in the table of who sees a case.
fn sight(role: Role) -> Vec<String> {
    let states = [(false, false), (true, false), (false, true), (true, true)];
    let cells = states.into_iter().map(|(assigned, restricted)| {
        let members = RELATIONS.iter().take(5);
        let seen: Vec<(&str, bool)> = members
            .filter_map(|(relation, name)| {
                let verdict =
                    verdict(Action::ReadCase, role, *relation, Thing::Case, assigned, restricted)?;
                Some((*name, verdict == Verdict::Allow))
            })
            .collect();
        if seen.iter().all(|(_, sees)| *sees) && !seen.is_empty() {
            "yes".to_owned()
        } else {
            let names = seen.iter().filter(|(_, sees)| *sees).map(|(name, _)| *name);
            names.collect::<Vec<_>>().join(", ")
        }
    });
    cells
        .map(|cell| if cell.is_empty() || cell == "yes" { cell } else { format!("as {cell}") })
        .collect()
}

fn on_server(action: Action) -> Vec<&'static str> {
    who(action, |_| Facts::Server)
}

fn on_own_agency(action: Action) -> Vec<&'static str> {
    who(action, |officer| Facts::OfAgency(Some(officer.agency)))
}

fn who(action: Action, facts: fn(&Officer) -> Facts) -> Vec<&'static str> {
    let allowed = |role: Role| {
        kinds(role).into_iter().any(|kind| {
            let officer = officer(kind, &[role]);
            let facts = facts(&officer);
            judge(&Caller::Officer(officer), action, &facts) == Verdict::Allow
        })
    };
    ROLES.iter().filter(|(role, _)| allowed(*role)).map(|(_, name)| *name).collect()
}

#[test]
fn the_page_shows_the_policy() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/access.md");
    let page = page();
    if std::env::var_os("PASSAGE_TEST_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/access.md is not what the policy says. If the policy is right, make the page anew with \
         PASSAGE_TEST_BLESS=1 cargo test --test it access::page, and read what has changed."
    );
}
