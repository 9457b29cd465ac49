//! Each rule finds what it forbids: what must never be is planted into the database behind the server's back, one thing
//! after the other, and every rule has to see its own.

use std::collections::BTreeSet;

use passage::cases::case::model::CaseStatus;
use serde_json::json;

use super::rules;
use crate::harness::{Case, House, World, both, consignment};

/// What a rule forbids, in its words, and the statements that bring it about.
const PLANTED: [(&str, &[&str]); 34] = [
    (
        "two agencies are in control",
        &[
            "DROP INDEX control_periods_one_open",
            "INSERT INTO control_periods (consignment_id, number, case_id, agency_id, begun_how, begun_at, begun_place,
             begun_time_zone, begun_by, flags, ended_flags, recorded_at)
             SELECT consignment_id, 3, case_id, agency_id, begun_how, begun_at, begun_place, begun_time_zone,
             begun_by, flags, ended_flags, recorded_at
             FROM control_periods WHERE ended_at IS NULL",
        ],
    ),
    (
        "the periods of control are not numbered from one on",
        &["UPDATE control_periods SET number = 3 WHERE ended_at IS NULL"],
    ),
    ("the line of control is torn", &["UPDATE control_periods SET ended_at = begun_at WHERE number = 1"]),
    ("the line of control is torn", &["UPDATE control_periods SET begun_at = (SELECT min(begun_at) FROM control_periods)"]),
    ("control was taken from somebody", &["UPDATE control_periods SET begun_how = 'taken' WHERE number = 2"]),
    ("control was taken from somebody", &["UPDATE control_periods SET begun_how = 'handed_over' WHERE number = 1"]),
    (
        "what was found had not been given up",
        &["UPDATE control_periods SET begun_how = 'recovered' WHERE number = 2"],
    ),
    (
        "control has passed without a handover that was agreed to, offered and accepted",
        &["UPDATE handovers SET agreed_at = NULL WHERE status = 'accepted'"],
    ),
    (
        "control has passed without a handover that was agreed to, offered and accepted",
        &["UPDATE handovers SET to_agency_id = from_agency_id WHERE status = 'accepted'"],
    ),
    (
        "a handover was accepted and control has not passed",
        &["UPDATE control_periods SET handover_id = NULL"],
    ),
    (
        "two handovers are open",
        &["DROP INDEX handovers_one_open", "UPDATE handovers SET open = (1 = 1)"],
    ),
    (
        "a handover is open and its state is not",
        &["UPDATE handovers SET status = 'cancelled' WHERE open"],
    ),
    (
        "a handover is open and its state is not",
        &["UPDATE handovers SET open = (1 = 0)"],
    ),
    ("who gives is not in control", &["UPDATE handovers SET from_agency_id = to_agency_id WHERE open"]),
    (
        "a leg was begun before the one before it was completed",
        &["UPDATE legs SET status = 'in_progress' WHERE sequence = 1"],
    ),
    (
        "a leg was started without the leave of each country for the goods as they are",
        &["UPDATE authorisation_grants SET country = 'AZ' WHERE country = 'KG'"],
    ),
    (
        "a leg was started without the leave of each country for the goods as they are",
        &["UPDATE authorisation_grants SET ended_at = valid_from WHERE country = 'KZ'"],
    ),
    (
        "a leg was started without the leave of each country for the goods as they are",
        &["UPDATE authorisation_grants SET terms = replace(terms, '\"live\"', '\"partial\"')"],
    ),
    (
        "a leg goes on though a country has taken its leave back",
        &["UPDATE authorisations SET status = 'revoked' WHERE country = 'KZ'"],
    ),
    (
        "a leg goes on though a country has taken its leave back",
        &["UPDATE authorisations SET status = 'refused' WHERE country = 'KZ'"],
    ),
    (
        "a leg stands at a handover, and nothing is offered on it",
        &["UPDATE legs SET status = 'at_handover' WHERE sequence = 2"],
    ),
    (
        "a leg goes on in a case that agencies have intervened in",
        &["UPDATE cases SET status = 'intervention'"],
    ),
    (
        "it is not known where a lost leg goes on, or it is known of one that is not lost",
        &["UPDATE legs SET status = 'lost' WHERE sequence = 2"],
    ),
    (
        "it is not known where a lost leg goes on, or it is known of one that is not lost",
        &["UPDATE legs SET when_found = 'in_progress' WHERE sequence = 2"],
    ),
    (
        "a crossing without leave is not flagged, or one with leave is",
        &["UPDATE authorisation_grants SET ended_at = valid_from WHERE country = 'KZ'"],
    ),
    (
        "goods arrived without leave behind a border that nobody saw them cross, and that is not flagged, or with it and is",
        &["UPDATE legs SET status = 'completed', to_country = 'AZ', ended_at = started_at WHERE sequence = 2"],
    ),
    (
        "two requests to a country wait for its decision",
        &["UPDATE authorisations SET status = 'acknowledged', country = 'AZ'"],
    ),
    ("who asked has decided", &["UPDATE authorisations SET decided_by = submitted_by WHERE country = 'KZ'"]),
    (
        "a grant is not of an authority of the country",
        &["UPDATE authorisation_grants SET agency_id = (SELECT lead_agency_id FROM cases)"],
    ),
    (
        "a grant was spoken, and nobody is named or no time is set to confirm it",
        &["UPDATE authorisations SET status = 'granted_orally' WHERE country = 'KZ'"],
    ),
    (
        "a country has said no without a reason",
        &["UPDATE authorisations SET status = 'refused' WHERE country = 'KZ'"],
    ),
    (
        "a grant counts that was taken back, or that nobody knows of",
        &["UPDATE authorisations SET grants = 2 WHERE country = 'KZ'"],
    ),
    ("a case has ended and nobody knows how", &["UPDATE cases SET status = 'concluded'"]),
    ("a case is closed with something open", &["UPDATE cases SET status = 'closed'"]),
];

/// A case on its way: a border crossed, handed over there, the second leg begun and another handover proposed.
fn under_way(world: &World) -> Case {
    let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
    let case = aida.recorded_case(House::Kg, "Silk", CaseStatus::Active);
    aida.admits(&case, &yerlan, "partner");
    let goods = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
    let legs = [0, 1].map(|at| {
        let made = aida.post(case.at("/legs")).json(world.leg(at)).expect(201);
        case.at(format!("/legs/{}", made.id()))
    });
    aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
    aida.takes_control(&case, &goods);
    aida.post(format!("{}/start", legs[0])).expect(200);
    world.advance_minutes(10);
    let entered = json!({
        "direction": "enter", "country": "KZ", "place": "Korday", "occurred_at": world.minutes_from_now(0),
    });
    aida.post(format!("{}/report-crossing", legs[0])).json(entered).expect(201);
    aida.hands_over(&case, &goods, &yerlan);
    aida.post(format!("{}/complete", legs[0])).expect(200);
    aida.post(format!("{}/start", legs[1])).expect(200);
    yerlan.post(case.at("/handovers")).json(world.proposal(&goods, &aida)).expect(201);
    case
}

both! {
    /// Of a case on its way no rule says anything; of each thing that is planted into it, the rule that forbids it does.
    fn each_rule_finds_what_it_forbids(world) {
        let case = under_way(world);
        let mut probe = world.probe();
        let never = rules::query(&probe, &case.id);
        assert_eq!(probe.lines(&never), Vec::<String>::new());
        for (words, statements) in PLANTED {
            probe.execute("BEGIN").unwrap();
            for statement in statements {
                probe.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
            }
            let found = probe.lines(&never);
            assert!(found.iter().any(|line| line == words), "{statements:?} was taken for: {found:?}");
            probe.execute("ROLLBACK").unwrap();
        }
        assert_eq!(probe.lines(&never), Vec::<String>::new());
        let planted: BTreeSet<&str> = PLANTED.iter().map(|(words, _)| *words).collect();
        assert_eq!(planted, rules::all().collect());
    }
}
