//! The state table of a case, walked over HTTP: every state, every target, and everybody who may have something to do
//! with a case. What is answered stands in tables written by hand from the rules, not derived from the state table's code.

use passage::access::Role;
use passage::cases::case::model::CaseStatus;
use passage::text_enum::TextEnum;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, Reply, World, both, consignment};

/// The lead's liaison officer and its assigned case officer; rows are where the case stands, columns where it is to go.
///
/// - `moved`: 200, and the case is there.
/// - `asked`: 200, and the case is where it was: closing waits for the coordinator's confirmation.
/// - `guard`: 409 with what is missing. These cases have no route, so nothing becomes ready or starts.
/// - `state`: 409, because no such move leads out of where the case stands.
/// - `who`: 403, because the rules give the move to somebody else.
///
/// Where no such move exists, `state` is for whoever makes a move to that target from somewhere, `who` for whoever never
/// does. About a move back to `draft` the rules are silent: as it is not somebody else's either, whoever moves cases at
/// all is told `state`.
/// Nobody is in control of anything in them: until somebody is, the lead declares an intervention.
const LEAD: &str = "
from             | draft | planning | ready | active | suspended | intervention | concluded | closed | called_off
draft            | state | moved    | state | state  | state     | state        | state     | state  | moved
planning         | state | state    | guard | state  | state     | state        | state     | state  | moved
ready            | state | moved    | state | guard  | state     | state        | state     | state  | moved
active           | state | state    | state | state  | moved     | moved        | moved     | state  | state
suspended        | state | state    | state | moved  | state     | moved        | moved     | state  | moved
intervention     | state | state    | state | state  | state     | state        | moved     | state  | state
concluded        | state | state    | state | state  | state     | state        | state     | asked  | state
concluded, asked | state | state    | state | state  | state     | state        | state     | state  | state
closed           | state | state    | state | state  | state     | state        | state     | state  | state
called_off       | state | state    | state | state  | state     | state        | state     | state  | state
";

/// The authority of an agency that takes part to decide: suspends, goes on, intervenes, and calls off before the start.
const AUTHORITY: &str = "
from             | draft | planning | ready | active | suspended | intervention | concluded | closed | called_off
draft            | state | who      | who   | state  | state     | state        | who       | who    | moved
planning         | state | who      | who   | state  | state     | state        | who       | who    | moved
ready            | state | who      | who   | who    | state     | state        | who       | who    | moved
active           | state | who      | who   | state  | moved     | moved        | who       | who    | state
suspended        | state | who      | who   | moved  | state     | moved        | who       | who    | who
intervention     | state | who      | who   | state  | state     | state        | who       | who    | state
concluded        | state | who      | who   | state  | state     | state        | who       | who    | state
concluded, asked | state | who      | who   | state  | state     | state        | who       | who    | state
closed           | state | who      | who   | state  | state     | state        | who       | who    | state
called_off       | state | who      | who   | state  | state     | state        | who       | who    | state
";

/// The coordinator of a regional centre that takes part as one: says that all is ready, and confirms the closing.
const COORDINATOR: &str = "
from             | draft | planning | ready | active | suspended | intervention | concluded | closed | called_off
draft            | state | who      | state | who    | who       | who          | who       | state  | who
planning         | state | who      | guard | who    | who       | who          | who       | state  | who
ready            | state | who      | state | who    | who       | who          | who       | state  | who
active           | state | who      | state | who    | who       | who          | who       | state  | who
suspended        | state | who      | state | who    | who       | who          | who       | state  | who
intervention     | state | who      | state | who    | who       | who          | who       | state  | who
concluded        | state | who      | state | who    | who       | who          | who       | state  | who
concluded, asked | state | who      | state | who    | who       | who          | who       | moved  | who
closed           | state | who      | state | who    | who       | who          | who       | state  | who
called_off       | state | who      | state | who    | who       | who          | who       | state  | who
";

/// Which answers somebody gets.
#[derive(Debug, Clone, Copy)]
enum Answers {
    /// Those of a table.
    Table(&'static str),
    /// 403 to everything: sees the case, and moves none. A partner may intervene when in control, which nobody is yet.
    Forbidden,
    /// 404 to everything.
    Hidden,
}

/// What the rules say, and by whom, from where and to where.
type Difference = (&'static str, fn(&str, &str, &str) -> bool);

/// Where the server is known to differ from the tables, with what the rules say. The list only shrinks: an entry that no
/// longer differs fails the test.
const DIFFERENCES: &[Difference] = &[];

/// Where a case may stand: the rows of every table.
const ROWS: [&str; 10] = [
    "draft",
    "planning",
    "ready",
    "active",
    "suspended",
    "intervention",
    "concluded",
    "concluded, asked",
    "closed",
    "called_off",
];

/// Everybody who tries, and the houses around the case.
struct Players {
    lead: Actor,
    case_officer: Actor,
    partner: Actor,
    prosecutor: Actor,
    centre: Actor,
    observer: Actor,
    invited: Actor,
    movers: Vec<(&'static str, Actor, Answers)>,
}

impl Players {
    fn new(world: &World) -> Self {
        let lead = world.speaker(House::Kg);
        let case_officer = world.officer(House::Kg, Role::CaseOfficer);
        let auditor = world.officer(House::Kg, Role::Auditor);
        let (partner, observer) = (world.speaker(House::Kz), world.speaker(House::Az));
        let prosecutor = world.speaker(House::KzProsecutor);
        let authority = world.officer(House::KzProsecutor, Role::Authority);
        let (centre, invited) = (world.speaker(House::Centre), world.speaker(House::Uz));
        let movers = vec![
            ("lead liaison officer", lead.clone(), Answers::Table(LEAD)),
            ("lead case officer", case_officer.clone(), Answers::Table(LEAD)),
            ("lead auditor", auditor, Answers::Forbidden),
            ("partner liaison officer", partner.clone(), Answers::Forbidden),
            ("authority", authority, Answers::Table(AUTHORITY)),
            ("coordinator", centre.clone(), Answers::Table(COORDINATOR)),
            ("observer liaison officer", observer.clone(), Answers::Forbidden),
            ("invited liaison officer", invited.clone(), Answers::Forbidden),
            ("stranger", world.speaker(House::Ru), Answers::Hidden),
        ];
        Self { lead, case_officer, partner, prosecutor, centre, observer, invited, movers }
    }

    /// A case that stands at `row`, with everybody in his or her place.
    fn case_at(&self, row: &str) -> Case {
        let (state, asked) = match row.strip_suffix(", asked") {
            Some(state) => (state, true),
            None => (row, false),
        };
        let case =
            self.lead.recorded_case(House::Kg, "Juniper", CaseStatus::from_word(state).unwrap());
        self.lead.assigns(&case, &self.case_officer);
        for (guest, role) in [
            (&self.partner, "partner"),
            (&self.prosecutor, "authority"),
            (&self.centre, "coordinator"),
            (&self.observer, "observer"),
        ] {
            self.lead.admits(&case, guest, role);
        }
        self.lead.invites(&case, &self.invited, "partner");
        if state == "draft" {
            // Without a consignment nothing is planned.
            self.lead.post(case.at("/consignments")).json(consignment()).expect(201);
        }
        if asked {
            self.lead.moves(&case, json!({"to": "closed"}));
        }
        case
    }
}

/// The cell of `table` at `row` and `column`.
fn cell(table: &'static str, row: &str, column: &str) -> &'static str {
    let mut lines = table.trim().lines().map(|line| line.split('|').map(str::trim));
    let at = lines.next().unwrap().position(|name| name == column);
    let at = at.unwrap_or_else(|| panic!("no column {column}"));
    let found = lines.find(|line| line.clone().next() == Some(row));
    found.unwrap_or_else(|| panic!("no row {row}")).nth(at).unwrap()
}

fn wanted(answers: Answers, row: &str, to: &str) -> &'static str {
    match answers {
        Answers::Table(table) => cell(table, row, to),
        Answers::Forbidden => "who",
        Answers::Hidden => "hidden",
    }
}

/// The move to `to` with all that any move there needs, so that nothing is refused for what it lacks.
fn command(to: &str) -> Value {
    let mut body = json!({"to": to, "reason": "As agreed by telephone"});
    match to {
        "concluded" => body["outcome"] = json!("delivered_arrests"),
        "called_off" => body["outcome"] = json!("called_off"),
        _ => {}
    }
    body
}

/// What was answered, in the words of the tables; what none of them says, as it came.
fn said(reply: &Reply, from: &str, to: &str) -> String {
    let word = match (reply.status, reply.json["code"].as_str()) {
        (200, _) if reply.json["status"] == to => "moved",
        (200, _) if reply.json["status"] == from => "asked",
        (403, Some("forbidden")) => "who",
        (404, Some("not-found")) => "hidden",
        (409, Some("state-refused")) => "state",
        (409, Some("transition-not-ready")) => "guard",
        _ => return reply.to_string(),
    };
    word.to_owned()
}

/// Tries every move from `row` as everybody; notes the cells that are not as the tables say, and counts all.
fn walk(players: &Players, row: &'static str, met: &mut [bool], wrong: &mut Vec<String>) -> usize {
    let from = row.split(',').next().unwrap();
    let (mut case, mut tried) = (players.case_at(row), 0);
    let mut before = players.lead.get(&case.path).expect(200);
    if before.json["status"] != from {
        wrong.push(format!("a case cannot be brought to {row}: {before}"));
        return 0;
    }
    for (name, mover, answers) in &players.movers {
        for to in CaseStatus::ALL.iter().map(|state| state.as_str()) {
            let request = mover.post(case.at("/transitions")).if_match(before.etag());
            let reply = request.json(command(to)).send();
            let (said, wanted) = (said(&reply, from, to), wanted(*answers, row, to));
            tried += 1;
            if said != wanted {
                match DIFFERENCES.iter().position(|(_, concerns)| concerns(name, row, to)) {
                    Some(at) => met[at] = true,
                    None => wrong.push(format!("{name}, {row} to {to}: {said}, not {wanted}")),
                }
            }
            let after = players.lead.get(&case.path).expect(200);
            if reply.status == 200 {
                assert_eq!(after.body, reply.body, "{name}, {row} to {to}");
                assert_ne!(after.etag(), before.etag(), "{name}, {row} to {to}");
                case = players.case_at(row);
                before = players.lead.get(&case.path).expect(200);
            } else {
                assert_eq!(after.body, before.body, "{name}, {row} to {to}: {reply}");
                assert_eq!(after.etag(), before.etag(), "{name}, {row} to {to}: {reply}");
            }
        }
    }
    tried
}

/// Holds the answer of `actor` to each command that plans a case, and to a fact, to `planned` and 201.
fn plan_and_tell(world: &World, actor: &Actor, case: &Case, planned: u16) {
    let hold = |reply: Reply, what: &str| {
        assert_eq!(reply.status, planned, "{what}: {reply}");
        if planned == 409 {
            assert_eq!(reply.json["code"], "state-refused", "{what}: {reply}");
        }
    };
    let milestone =
        json!({"kind": "arrived", "expected_at": world.minutes_from_now(60), "place": "Osh"});
    hold(actor.post(case.at("/milestones")).json(milestone).send(), "a planned milestone");
    hold(actor.post(case.at("/consignments")).json(consignment()).send(), "a consignment");
    actor.tells(case, "seized", "Korday", &world.minutes_from_now(-60));
}

fn count(actor: &Actor, case: &Case, what: &str) -> usize {
    actor.get(case.at(what)).expect(200).items().len()
}

both! {
    /// Every move that can be asked for is answered as the rules say, and one that is refused has changed nothing.
    fn every_move_from_every_state_by_everybody(world) {
        let players = Players::new(world);
        let mut met = vec![false; DIFFERENCES.len()];
        let mut wrong = Vec::new();
        let tried: usize = ROWS.iter().map(|row| walk(&players, row, &mut met, &mut wrong)).sum();
        let states = CaseStatus::ALL.len();
        assert!(wrong.is_empty(), "{} wrong cells:\n{}", wrong.len(), wrong.join("\n"));
        assert_eq!(tried, (states + 1) * states * players.movers.len());
        for (met, (name, _)) in met.iter().zip(DIFFERENCES) {
            assert!(met, "this difference is gone; take it off the list: {name}");
        }
    }

    /// A case that has ended is planned no more, not by its lead and not by a partner; what happened is recorded still.
    fn what_has_ended_takes_facts_and_no_plans(world) {
        let (lead, partner) = (world.speaker(House::Kg), world.speaker(House::Kz));
        let rename = json!({"code_name": "Cedar"});
        for status in [CaseStatus::Closed, CaseStatus::CalledOff] {
            let case = lead.recorded_case(House::Kg, "Juniper", status);
            lead.admits(&case, &partner, "partner");
            let before = lead.get(&case.path).expect(200);
            for (told, member) in [&lead, &partner].into_iter().enumerate() {
                plan_and_tell(world, member, &case, 409);
                assert_eq!(count(&lead, &case, "/consignments"), 0);
                assert_eq!(count(&lead, &case, "/milestones"), told + 1, "the fact alone is there");
            }
            lead.edits(&case.path, rename.clone()).refused(409, "state-refused");
            partner.patch(&case.path).if_match(before.etag()).json(&rename).refused(403, "forbidden");
            let after = lead.get(&case.path).expect(200);
            assert_eq!((&after.body, after.etag()), (&before.body, before.etag()));
        }
        // One step before the end all of it is possible.
        let case = lead.recorded_case(House::Kg, "Juniper", CaseStatus::Concluded);
        lead.admits(&case, &partner, "partner");
        plan_and_tell(world, &lead, &case, 201);
        plan_and_tell(world, &partner, &case, 201);
        assert_eq!((count(&lead, &case, "/consignments"), count(&lead, &case, "/milestones")), (2, 4));
        lead.edits(&case.path, rename).expect(200);
    }
}
