use super::*;
use crate::cases::case::guards::{Closing, Header, Open, Route, readiness};
use crate::country::Country;
use crate::error::Missing;
use crate::ids::{ConsignmentId, EvidenceId};
use uuid::Uuid;

use CaseStatus::{
    Active, CalledOff, Closed, Concluded, Draft, Intervention, Planning, Ready, Suspended,
};

fn now() -> Instant {
    "2026-03-01T04:30:00Z".parse().unwrap()
}

/// A case that lacks nothing for any move, with somebody in control.
fn settled() -> GuardFacts {
    GuardFacts {
        header: Header {
            code_name: true,
            summary: true,
            modality: true,
            priority: true,
            consignment: true,
        },
        route: Route { legs: 2, contiguous: true, deconfliction_checked: true, ..Route::default() },
        ..GuardFacts::default()
    }
}

const NOBODY: Mover = Mover {
    lead_officer: false,
    coordinator: false,
    agency_in_control: false,
    authority_where_goods_are: false,
    authority_of_affected_country: false,
};
const LEAD: Mover = Mover { lead_officer: true, ..NOBODY };
const COORDINATOR: Mover = Mover { coordinator: true, ..NOBODY };
const IN_CONTROL: Mover = Mover { agency_in_control: true, ..NOBODY };
const AUTHORITY_THERE: Mover = Mover { authority_where_goods_are: true, ..NOBODY };
const AUTHORITY: Mover = Mover { authority_of_affected_country: true, ..NOBODY };

/// A command with all that the move needs.
fn full(to: CaseStatus) -> TransitionCommand {
    TransitionCommand {
        to,
        reason: Some(" Weather \n".to_owned()),
        outcome: (to == Concluded).then_some(Outcome::DeliveredArrests),
    }
}

fn bare(to: CaseStatus) -> TransitionCommand {
    TransitionCommand { to, reason: None, outcome: None }
}

fn refusal(result: Result<Transition, TransitionDenied>) -> Refusal {
    match result {
        Err(TransitionDenied::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn reasons(missing: &[Missing]) -> Vec<String> {
    let told = |missing: &Missing| match &missing.country {
        Some(country) => format!("{country} {}", missing.reason),
        None => missing.reason.clone(),
    };
    missing.iter().map(told).collect()
}

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

/// The table once more, by hand: from, to, and who: Lead, Coordinator, agency in conTrol, authority Where the goods
/// are, Authority affected, lead where nobody is iN control.
const EXPECTED: &[(CaseStatus, CaseStatus, &str)] = &[
    (Draft, Planning, "LN"),
    (Draft, CalledOff, "LNA"),
    (Planning, Ready, "LNC"),
    (Planning, CalledOff, "LNA"),
    (Ready, Active, "LN"),
    (Ready, Planning, "LN"),
    (Ready, CalledOff, "LNA"),
    (Active, Suspended, "LNA"),
    (Active, Intervention, "TWN"),
    (Active, Concluded, "LN"),
    (Suspended, Active, "LNA"),
    (Suspended, Intervention, "TWN"),
    (Suspended, Concluded, "LN"),
    (Suspended, CalledOff, "LN"),
    (Intervention, Concluded, "LN"),
    (Concluded, Closed, "LN"),
];

#[test]
fn every_from_to_and_mover_is_as_in_the_table() {
    let movers = [
        ('L', LEAD, false),
        ('N', LEAD, true),
        ('C', COORDINATOR, false),
        ('T', IN_CONTROL, false),
        ('W', AUTHORITY_THERE, false),
        ('A', AUTHORITY, false),
        ('-', NOBODY, true),
    ];
    let mut moved = 0;
    for from in CaseStatus::ALL {
        for to in CaseStatus::ALL {
            let row = EXPECTED.iter().find(|row| row.0 == *from && row.1 == *to);
            for (letter, mover, nobody_in_control) in movers {
                let facts = GuardFacts { nobody_in_control, ..settled() };
                let result = transition(*from, &full(*to), mover, &facts, now());
                let allowed = row.is_some_and(|row| row.2.contains(letter));
                match result {
                    Ok(Transition::Moved { to: reached, .. }) => {
                        assert!(allowed && reached == *to, "{from} {to} {letter}");
                        moved += 1;
                    }
                    Err(TransitionDenied::NotAllowed) => {
                        assert!(!allowed, "{from} {to} {letter}");
                    }
                    Err(TransitionDenied::Refused(refusal)) => {
                        // The coordinator closes only after the lead has asked, which another test shows.
                        let early = (*from, *to, letter) == (Concluded, Closed, 'C');
                        assert!(row.is_none() || early, "{from} {to} {letter}");
                        assert_eq!(refusal.code, &codes::STATE);
                        assert_ne!(letter, '-', "who may nothing learns nothing of the state");
                    }
                    other => panic!("{from} {to} {letter}: {other:?}"),
                }
            }
        }
    }
    assert_eq!(moved, EXPECTED.iter().map(|row| row.2.len()).sum::<usize>());
}

#[test]
fn a_move_that_does_not_exist_is_told_from_one_that_is_not_allowed() {
    let facts = settled();
    let none = refusal(transition(Draft, &bare(Active), LEAD, &facts, now()));
    assert_eq!(
        none.detail,
        "No move leads from draft to active; from draft a case moves to planning, called_off."
    );
    let last = refusal(transition(Closed, &bare(Planning), LEAD, &facts, now()));
    assert_eq!(last.detail, "The case is closed; no move leads out of that state.");
    let back = refusal(transition(Planning, &bare(Draft), LEAD, &facts, now()));
    assert_eq!(back.code, &codes::STATE);
    // An authority never makes a case ready, whatever its state.
    let ready = transition(Draft, &bare(Ready), AUTHORITY, &facts, now());
    assert_eq!(ready, Err(TransitionDenied::NotAllowed));
    let suspended = refusal(transition(Draft, &full(Suspended), AUTHORITY, &facts, now()));
    assert_eq!(suspended.code, &codes::STATE);
}

#[test]
fn the_reason_is_demanded_where_the_table_says_so() {
    for (from, to, _) in EXPECTED {
        let mover = Mover { agency_in_control: true, ..LEAD };
        let command = TransitionCommand { reason: Some("  ".to_owned()), ..full(*to) };
        let result = transition(*from, &command, mover, &settled(), now());
        let demanded = matches!(
            (from, to),
            (Active, Suspended) | (Suspended, Active | Concluded | CalledOff) | (Ready, Planning)
        ) || *to == CalledOff;
        match result {
            Err(TransitionDenied::Invalid(faults)) => {
                assert!(demanded, "{from} {to}");
                assert_eq!(faults.len(), 1);
                assert_eq!(faults[0].pointer, "/reason");
            }
            other => assert!(!demanded, "{from} {to}: {other:?}"),
        }
    }
}

#[test]
fn every_fault_of_the_command_is_named_at_once() {
    let invalid = |from, command: &TransitionCommand| match transition(
        from,
        command,
        LEAD,
        &settled(),
        now(),
    ) {
        Err(TransitionDenied::Invalid(faults)) => {
            faults.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(invalid(Suspended, &bare(Concluded)), ["/reason", "/outcome"]);
    assert_eq!(invalid(Active, &bare(Concluded)), ["/outcome"]);
    let misplaced = TransitionCommand { outcome: Some(Outcome::Lost), ..bare(Planning) };
    assert_eq!(invalid(Draft, &misplaced), ["/outcome"]);
    let wrong = TransitionCommand { outcome: Some(Outcome::Lost), ..full(CalledOff) };
    assert_eq!(invalid(Draft, &wrong), ["/outcome"]);
    let long = TransitionCommand { reason: Some("я".repeat(2001)), ..bare(Planning) };
    assert_eq!(invalid(Draft, &long), ["/reason"]);
    let control = TransitionCommand { reason: Some("a\u{7}b".to_owned()), ..bare(Planning) };
    assert_eq!(invalid(Draft, &control), ["/reason"]);
}

#[test]
fn calling_off_has_an_outcome_of_its_own() {
    let called_off = |outcome| {
        let command = TransitionCommand { outcome, ..full(CalledOff) };
        match transition(Planning, &command, LEAD, &settled(), now()) {
            Ok(Transition::Moved { outcome, reason, .. }) => (outcome, reason),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(called_off(None), (Some(Outcome::CalledOff), Some("Weather".to_owned())));
    assert_eq!(called_off(Some(Outcome::Refused)).0, Some(Outcome::Refused));
}

#[test]
fn planning_needs_the_header() {
    let facts = GuardFacts::default();
    let refused = refusal(transition(Draft, &bare(Planning), LEAD, &facts, now()));
    assert_eq!(refused.code, &codes::TRANSITION_NOT_READY);
    assert_eq!(
        reasons(&refused.missing),
        ["no-code-name", "no-summary", "no-modality", "no-priority", "no-consignments"]
    );
}

#[test]
fn ready_without_legs_lists_all_that_is_needed() {
    let mut facts = settled();
    facts.route = Route::default();
    let refused = refusal(transition(Planning, &bare(Ready), LEAD, &facts, now()));
    assert_eq!(refused.code, &codes::TRANSITION_NOT_READY);
    assert_eq!(
        reasons(&refused.missing),
        [
            "no-legs",
            "no-intervention-criteria",
            "no-decision-maker",
            "no-24-7-contact",
            "deconfliction-check-not-run"
        ]
    );
}

#[test]
fn ready_names_the_invariant_when_only_one_is_breached() {
    let mut facts = settled();
    facts.route.without_criteria = vec![country("KZ"), country("RU")];
    facts.route.without_contact = vec![country("KZ")];
    let refused = refusal(transition(Planning, &bare(Ready), COORDINATOR, &facts, now()));
    assert_eq!(refused.code, &codes::INVARIANT_13);
    assert_eq!(
        reasons(&refused.missing),
        ["KZ no-intervention-criteria", "RU no-intervention-criteria", "KZ no-24-7-contact"]
    );

    facts.route.contiguous = false;
    let both = refusal(transition(Planning, &bare(Ready), LEAD, &facts, now()));
    assert_eq!(both.code, &codes::TRANSITION_NOT_READY);
    assert_eq!(both.missing.len(), 4);

    let mut facts = settled();
    facts.route.contiguous = false;
    let gap = refusal(transition(Planning, &bare(Ready), LEAD, &facts, now()));
    assert_eq!((gap.code, gap.missing.len()), (&codes::INVARIANT_12, 1));

    let mut facts = settled();
    facts.open.undecided_requests = vec![Uuid::nil()];
    let request = refusal(transition(Planning, &bare(Ready), LEAD, &facts, now()));
    assert_eq!(request.code, &codes::TRANSITION_NOT_READY);
    assert_eq!(request.missing, [Missing::of(Uuid::nil(), "undecided-request")]);
}

#[test]
fn invariant_13_activation_needs_the_first_leg_authorised_and_preparation_still_there() {
    let mut facts = settled();
    let lack = |reason: &str| Missing { country: Some("KZ".into()), ..Missing::reason(reason) };
    let (no_leave, no_modality): ((&_, _), (&_, _)) = (
        (&codes::INVARIANT_1, lack("no-authorisation")),
        (&codes::INVARIANT_3, lack("modality-not-permitted")),
    );
    facts.route.first_leg_lacks = vec![no_leave.clone()];
    let refused = refusal(transition(Ready, &bare(Active), LEAD, &facts, now()));
    assert_eq!(refused.code, &codes::INVARIANT_1);
    assert_eq!(reasons(&refused.missing), ["KZ no-authorisation"]);
    facts.route.first_leg_lacks = vec![no_modality.clone()];
    let refused = refusal(transition(Ready, &bare(Active), LEAD, &facts, now()));
    assert_eq!(refused.code, &codes::INVARIANT_3);
    // Both at once: each keeps its number.
    facts.route.first_leg_lacks = vec![no_leave, no_modality];
    let refused = refusal(transition(Ready, &bare(Active), LEAD, &facts, now()));
    assert_eq!(refused.code, &codes::TRANSITION_NOT_READY);
    let numbers: Vec<_> = refused.missing.iter().map(|missing| missing.invariant).collect();
    assert_eq!(numbers, [Some(1), Some(3)]);

    let mut facts = settled();
    facts.route.without_decision_maker = vec![country("KG")];
    let refused = refusal(transition(Ready, &bare(Active), LEAD, &facts, now()));
    assert_eq!(refused.code, &codes::INVARIANT_13);
}

#[test]
fn an_intervention_needs_no_reason_and_no_guard_and_owes_a_report_in_a_day() {
    for mover in [IN_CONTROL, AUTHORITY_THERE] {
        let result = transition(Active, &bare(Intervention), mover, &GuardFacts::default(), now());
        assert_eq!(
            result,
            Ok(Transition::Moved {
                to: Intervention,
                reason: None,
                outcome: None,
                report_due: Some("2026-03-02T04:30:00Z".parse().unwrap()),
            })
        );
    }
    let alone = GuardFacts { nobody_in_control: true, ..GuardFacts::default() };
    assert!(transition(Suspended, &bare(Intervention), LEAD, &alone, now()).is_ok());
    let held = GuardFacts::default();
    assert_eq!(
        transition(Suspended, &bare(Intervention), LEAD, &held, now()),
        Err(TransitionDenied::NotAllowed)
    );
}

fn everything_open(acted: bool) -> Open {
    Open {
        undecided_requests: vec![Uuid::nil()],
        controlled: vec![ConsignmentId::from_uuid(Uuid::nil())],
        unaccepted_handovers: vec![Uuid::nil()],
        missing_reports: vec![country("KZ")],
        evidence_without_disposition: vec![EvidenceId::from_uuid(Uuid::nil())],
        hidden_evidence_without_disposition: false,
        acted,
    }
}

#[test]
fn nothing_closes_while_something_is_open() {
    let facts = GuardFacts { open: everything_open(true), ..settled() };
    let refused = refusal(transition(Concluded, &bare(Closed), LEAD, &facts, now()));
    assert_eq!(refused.code, &codes::INVARIANT_25);
    assert_eq!(
        reasons(&refused.missing),
        [
            "open-control-period",
            "unaccepted-handover",
            "undecided-request",
            "KZ missing-report",
            "evidence-without-disposition"
        ]
    );
    assert_eq!(refused.missing[4].subject, Some(Uuid::nil().to_string()));

    let still = GuardFacts { open: everything_open(false), ..settled() };
    let refused = refusal(transition(Concluded, &bare(Closed), LEAD, &still, now()));
    assert_eq!(refused.missing.len(), 4, "where nobody acted nobody owes a report");
}

#[test]
fn what_never_moved_closes_when_nothing_is_open() {
    let open = Open { missing_reports: vec![country("KZ")], ..Open::default() };
    let facts = GuardFacts { open, ..settled() };
    let closed = transition(Concluded, &bare(Closed), LEAD, &facts, now());
    assert!(matches!(closed, Ok(Transition::Moved { to: Closed, .. })));
}

#[test]
fn with_a_coordinator_closing_takes_two_calls() {
    let close = |mover, requested, open| {
        let closing = Closing { coordinator_is_member: true, requested };
        let facts = GuardFacts { open, closing, ..settled() };
        transition(Concluded, &bare(Closed), mover, &facts, now())
    };
    let open = everything_open(true);
    assert_eq!(refusal(close(COORDINATOR, false, Open::default())).code, &codes::STATE);
    assert_eq!(refusal(close(LEAD, false, open.clone())).code, &codes::INVARIANT_25);
    assert_eq!(close(LEAD, false, Open::default()), Ok(Transition::CloseRequested));
    assert_eq!(refusal(close(LEAD, true, Open::default())).code, &codes::STATE);
    assert_eq!(refusal(close(COORDINATOR, true, open)).code, &codes::INVARIANT_25);
    let closed = close(COORDINATOR, true, Open::default());
    assert!(matches!(closed, Ok(Transition::Moved { to: Closed, .. })));
    assert_eq!(close(AUTHORITY, true, Open::default()), Err(TransitionDenied::NotAllowed));
}

#[test]
fn readiness_lists_item_by_item_what_stands_between() {
    let mut facts = GuardFacts::default();
    facts.header.code_name = true;
    let draft = readiness(Draft, &facts);
    assert_eq!(draft.ready.len(), 4 + 5);
    assert!(draft.active.is_empty(), "nothing is listed twice: {:?}", draft.active);

    let mut facts = settled();
    facts.route.first_leg_lacks = vec![(&codes::INVARIANT_1, Missing::reason("no-authorisation"))];
    let planning = readiness(Planning, &facts);
    assert!(planning.ready.is_empty());
    assert_eq!(reasons(&planning.active), ["no-authorisation"]);
    let active = readiness(Active, &GuardFacts::default());
    assert!(active.ready.is_empty() && active.active.is_empty());
}

#[test]
fn from_every_state_readiness_says_what_stands_before_the_next() {
    let next = |status, facts: &GuardFacts| {
        readiness(status, facts).next.map(|next| (next.to, reasons(&next.missing)))
    };
    let told = |to, reasons: &[&str]| Some((to, reasons.iter().map(|&it| it.to_owned()).collect()));
    let lead = settled();
    assert_eq!(next(Draft, &lead), told(Planning, &[]));
    assert_eq!(next(Planning, &lead), told(Ready, &[]));
    assert_eq!(next(Ready, &lead), told(Active, &[]));
    assert_eq!(next(Active, &lead), told(Concluded, &["no-outcome"]));
    assert_eq!(next(Suspended, &lead), told(Active, &["no-reason"]));
    assert_eq!(next(Intervention, &lead), told(Concluded, &["no-outcome"]));
    assert_eq!(next(Concluded, &lead), told(Closed, &[]));
    assert_eq!((next(Closed, &lead), next(CalledOff, &lead)), (None, None));
    let closing = |requested| Closing { coordinator_is_member: true, requested };
    let asked = |requested| GuardFacts { closing: closing(requested), ..settled() };
    assert_eq!(
        next(Concluded, &asked(false)),
        told(Closed, &["close-not-requested", "close-not-confirmed"])
    );
    assert_eq!(next(Concluded, &asked(true)), told(Closed, &["close-not-confirmed"]));
    // Whatever the guard finds missing is listed, and with the command that says what it has to say nothing else is.
    for row in TABLE {
        let Some((to, missing)) = next(row.from, &GuardFacts::default()) else { continue };
        if to != row.to {
            continue;
        }
        let found = match guards::check(to, row.from, &GuardFacts::default()) {
            Ok(()) => Vec::new(),
            Err(refusal) => reasons(&refusal.missing),
        };
        assert!(found.iter().all(|reason| missing.contains(reason)), "{} {to}", row.from);
    }
}

#[test]
fn the_final_states_are_those_that_nothing_leaves() {
    for status in CaseStatus::ALL {
        assert_eq!(status.is_final(), !TABLE.iter().any(|row| row.from == *status), "{status}");
    }
}
