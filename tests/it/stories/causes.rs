//! What raises alerts: each fact that breaches an invariant is told to those whom it concerns, and to nobody else.

use serde_json::{Value, json};

use super::alerts::{kinds, the};
use crate::harness::{Actor, Case, House, World, both, consignment, coordinated};

/// A coordinated case with goods of which Aida is in control.
pub(super) fn with_goods(world: &World) -> (Actor, Actor, Case, String) {
    let (aida, yerlan, _, case) = coordinated(world);
    let goods = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
    aida.takes_control(&case, &goods);
    (aida, yerlan, case, goods)
}

/// Plans the leg of the road that begins at its `at`th place, and gives its path.
pub(super) fn plans_leg(world: &World, actor: &Actor, case: &Case, at: usize) -> String {
    case.at(format!("/legs/{}", actor.post(case.at("/legs")).json(world.leg(at)).expect(201).id()))
}

pub(super) fn how_many(actor: &Actor, kind: &str) -> usize {
    let alerts = actor.get("/alerts?state=open&limit=200").expect(200);
    alerts.items().iter().filter(|alert| alert["kind"] == kind).count()
}

pub(super) fn acknowledges(actor: &Actor, alert: &Value) {
    let id = alert["id"].as_str().unwrap();
    actor.post(format!("/alerts/{id}/acknowledge")).expect(200);
}

/// Revokes the request at `path`.
pub(super) fn revokes(world: &World, path: &str) {
    let reason = json!({"reason_code": "other", "reason": "Not now"});
    world.authority(House::KzProsecutor).post(format!("{path}/revoke")).json(reason).expect(200);
}

/// Hands goods over, and gives the path: they are received as `received` says.
fn hands(
    world: &World,
    case: &Case,
    goods: &str,
    (from, to): (&Actor, &Actor),
    received: &Value,
) -> String {
    let made = from.post(case.at("/handovers")).json(world.proposal(goods, to)).expect(201);
    let path = case.at(format!("/handovers/{}", made.id()));
    to.post(format!("{path}/agree")).expect(200);
    from.post(format!("{path}/offer")).expect(200);
    to.post(format!("{path}/accept")).json(received).expect(200);
    path
}

both! {
    /// Goods that wait between two legs are inside: the leave of that country is watched, and no more that of the one they left.
    /// Another grant settles it.
    fn invariant_2_told_leave_that_ends_while_the_goods_are_inside(world) {
        let (aida, yerlan, case, goods) = with_goods(world);
        let (first, _) = (plans_leg(world, &aida, &case, 0), plans_leg(world, &aida, &case, 1));
        let asked = aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.post(format!("{first}/start")).expect(200);
        aida.reports_crossing(&first, "exit", "KG", "Ak-Jol");
        aida.hands_over(&case, &goods, &yerlan);
        aida.post(format!("{first}/complete")).expect(200);
        world.watches();
        assert!(kinds(&aida, "?state=open").is_empty());
        world.advance_minutes(6001);
        world.watches();
        for told in [&aida, &yerlan, &world.authority(House::KzProsecutor)] {
            let alert = the(told, "grant_expired_under_way");
            assert!(asked[1].ends_with(alert["subject_id"].as_str().unwrap()), "{alert}");
        }
        aida.is_granted(&case, &[House::KzProsecutor]);
        world.watches();
        assert_eq!(how_many(&aida, "grant_expired_under_way"), 0);
        assert_eq!(how_many(&yerlan, "grant_expired_under_way"), 0);
    }

    /// What is taken back is told before anything moves, to whoever asked and whoever is in control; acknowledging settles it,
    /// and so does another grant. What was said and not confirmed is no matter once it is granted otherwise.
    fn what_is_taken_back_is_told_to_who_asked_and_who_is_in_control(world) {
        let (aida, yerlan, case, goods) = with_goods(world);
        plans_leg(world, &aida, &case, 0);
        aida.hands_over(&case, &goods, &yerlan);
        let asked = aida.is_granted(&case, &[House::KzProsecutor]).remove(0);
        revokes(world, &asked);
        world.watches();
        for told in [&aida, &yerlan] {
            assert!(asked.ends_with(the(told, "revoked")["subject_id"].as_str().unwrap()));
        }
        acknowledges(&aida, &the(&aida, "revoked"));
        world.watches();
        assert_eq!((how_many(&aida, "revoked"), how_many(&yerlan, "revoked")), (0, 1));
        let oral = aida.asks(&case, House::KzProsecutor);
        let authority = world.authority(House::KzProsecutor);
        authority.post(format!("{oral}/grant-orally")).json(world.oral_grant()).expect(200);
        world.watches();
        assert_eq!(how_many(&yerlan, "revoked"), 0, "there is another grant");
        world.advance_minutes(121);
        world.watches();
        assert_eq!(how_many(&aida, "confirmation_overdue"), 1);
        aida.is_granted(&case, &[House::KzProsecutor]);
        world.watches();
        assert_eq!(how_many(&aida, "confirmation_overdue"), 0);
    }

    /// A foreign agency in control is told to both sides and to the lead.
    fn invariant_6_flagged_and_told_a_foreign_agency_in_control(world) {
        let (aida, yerlan, case, goods) = with_goods(world);
        plans_leg(world, &aida, &case, 0);
        let path = aida.hands_over(&case, &goods, &yerlan);
        assert_eq!(aida.get(&path).expect(200).json["flags"], json!(["foreign_control"]));
        world.watches();
        for told in [&aida, &yerlan] {
            let alert = the(told, "control_irregular");
            assert!(path.ends_with(alert["subject_id"].as_str().unwrap()), "{alert}");
        }
        assert_eq!(world.watches(), 0);
    }

    /// Other seals and another quantity are told to both sides; an emergency, a loss while nobody is in control and a milestone of
    /// a loss are told each for itself.
    fn invariants_11_and_17_flagged_and_told_other_seals_and_quantities(world) {
        let (aida, yerlan, case, goods) = with_goods(world);
        let other = json!({"quantity": {"value": "9", "unit": "kg"}, "condition": "Torn", "seals": ["KZ-1"]});
        let path = hands(world, &case, &goods, (&aida, &yerlan), &other);
        assert_eq!(aida.get(&path).expect(200).json["flags"], json!(["quantity_differs", "seals_differ"]));
        world.watches();
        assert_eq!((how_many(&aida, "control_irregular"), how_many(&yerlan, "control_irregular")), (1, 1));
        let seen = the(&aida, "control_irregular");
        assert!(path.ends_with(seen["subject_id"].as_str().unwrap()));
        acknowledges(&aida, &seen);
        world.watches();
        assert_eq!((how_many(&aida, "control_irregular"), world.watches()), (0, 0));

        let now = || json!({"occurred_at": world.minutes_from_now(0), "place": "Before Taraz"});
        let mut taken = now();
        (taken["consignment_id"], taken["reason"]) = (json!(goods), json!("They were shot at"));
        aida.post(case.at("/handovers/emergency-takeover")).json(taken).expect(201);
        world.watches();
        assert_eq!((how_many(&aida, "control_irregular"), how_many(&yerlan, "control_irregular")), (1, 2));
        let unheld = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
        let lost = case.at(format!("/consignments/{unheld}/report-loss"));
        yerlan.post(&lost).json(now()).expect(200);
        world.watches();
        assert_eq!(how_many(&aida, "control_irregular"), 2);
        // Once more is another fact.
        yerlan.post(&lost).json(now()).expect(200);
        world.watches();
        assert_eq!(how_many(&aida, "control_irregular"), 3);
        yerlan.tells(&case, "control_lost", "Taraz", &world.minutes_from_now(0));
        world.watches();
        assert_eq!(how_many(&aida, "control_irregular"), 4);
        assert!(kinds(&world.speaker(House::Ru), "").is_empty());
    }

    /// Another way is told whatever the leg stands at, each time, and to whoever is in control; so is a report that is missed
    /// beyond its tolerance.
    fn invariant_14_flagged_and_told_another_way_and_a_missed_report(world) {
        let (aida, yerlan, case, goods) = with_goods(world);
        let leg = plans_leg(world, &aida, &case, 0);
        aida.hands_over(&case, &goods, &yerlan);
        let diverts = || aida.post(format!("{leg}/divert")).json(json!({"reason": "Turned off"})).expect(200);
        diverts();
        world.watches();
        for told in [&aida, &yerlan] {
            assert!(leg.ends_with(the(told, "route_changed")["subject_id"].as_str().unwrap()));
        }
        let asked = aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.post(format!("{leg}/start")).expect(200);
        revokes(world, &asked[1]);
        assert_eq!(diverts().json["status"], "must_stop");
        world.watches();
        assert_eq!((how_many(&aida, "route_changed"), how_many(&yerlan, "route_changed")), (2, 2));
        yerlan.plans(&case, "arrived_border", "Korday", -60);
        world.watches();
        assert_eq!((how_many(&aida, "milestone_overdue"), how_many(&yerlan, "milestone_overdue")), (1, 1));
    }

    /// What is overdue calls whoever is in control, who decides whether to intervene; what is due calls nobody but who planned it
    /// and the lead.
    fn invariant_14_told_what_is_overdue_to_who_is_in_control(world) {
        let (aida, yerlan, case, goods) = with_goods(world);
        let hasan = world.speaker(House::Az);
        aida.admits(&case, &hasan, "partner");
        aida.hands_over(&case, &goods, &yerlan);
        hasan.plans(&case, "arrived_border", "Korday", -5);
        world.watches();
        let told = |kind: &str| [&aida, &hasan, &yerlan].map(|actor| how_many(actor, kind));
        assert_eq!(told("milestone_due"), [1, 1, 0]);
        world.advance_minutes(30);
        world.watches();
        assert_eq!(told("milestone_overdue"), [1, 1, 1]);
    }

    /// Another time of arrival is told to the lead, to whoever is in control, to whoever answers for the leg under way and to
    /// whoever is to take the goods over; not to the agency that says so, and to nobody else.
    fn another_time_of_arrival_is_told_to_who_waits(world) {
        let (aida, yerlan, case, goods) = with_goods(world);
        let (hasan, sardor, nodira) = (world.speaker(House::Az), world.speaker(House::Uz), world.speaker(House::Tj));
        for guest in [&hasan, &sardor, &nodira] {
            aida.admits(&case, guest, "partner");
        }
        let told = || {
            world.watches();
            [&aida, &yerlan, &hasan, &sardor, &nodira].map(|actor| how_many(actor, "eta_changed"))
        };
        let reports = |actor: &Actor| actor.tells(&case, "eta_changed", "Taraz", &world.minutes_from_now(0));
        reports(&aida);
        assert_eq!(told(), [0, 0, 0, 0, 0], "nobody waits for anything yet");
        let mut leg = world.leg(0);
        leg["responsible"] = json!([{"country": "KZ", "agency_id": yerlan.agency}]);
        aida.post(case.at("/legs")).json(leg).expect(201);
        assert_eq!(told(), [0, 1, 0, 0, 0], "the next leg is its own");
        sardor.post(case.at("/handovers")).json(world.proposal(&goods, &hasan)).refused(403, "forbidden");
        aida.post(case.at("/handovers")).json(world.proposal(&goods, &hasan)).expect(201);
        assert_eq!(told(), [0, 1, 1, 0, 0]);
        reports(&yerlan);
        assert_eq!(told(), [1, 1, 2, 0, 0]);
    }

    /// An entry without leave is told to the agencies of the country that take part, and to no other of it.
    fn invariant_1_flagged_and_told_in_the_country_of_an_entry_without_leave(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let (there, stranger) = (world.speaker(House::Uz), world.speaker(House::UzProsecutor));
        aida.admits(&case, &there, "partner");
        let leg = plans_leg(world, &aida, &case, 0);
        let enters = |more: Value| {
            let mut entered = json!({
                "direction": "enter", "country": "UZ", "occurred_at": world.minutes_from_now(0), "place": "Gisht-Kuprik",
            });
            entered.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            aida.post(format!("{leg}/report-crossing")).json(entered).expect(201).id()
        };
        let crossed = enters(json!({}));
        world.watches();
        for told in [&aida, &there] {
            assert_eq!(the(told, "unauthorised_entry")["subject_id"], crossed);
        }
        assert!(kinds(&stranger, "").is_empty() && kinds(&yerlan, "").is_empty());
        // What was corrected is told of by its correction.
        enters(json!({"supersedes": crossed, "reason": "Another hour"}));
        world.watches();
        assert_eq!((how_many(&aida, "unauthorised_entry"), how_many(&there, "unauthorised_entry")), (1, 1));
        aida.removes(&case, &there);
        world.watches();
        assert!(kinds(&there, "").is_empty());
    }

    /// The written report of an intervention is due in a day: each State that acts is told, until it has filed its own.
    fn the_report_of_an_intervention_is_watched(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        aida.moves(&case, json!({"to": "intervention"}));
        world.advance_minutes(24 * 60 - 1);
        world.watches();
        assert!(kinds(&aida, "").is_empty());
        world.advance_minutes(2);
        world.watches();
        assert_eq!((how_many(&aida, "report_overdue"), how_many(&yerlan, "report_overdue")), (1, 1));
        aida.post(case.at("/reports")).json(json!({"summary": "Seized at the border"})).expect(201);
        world.watches();
        assert_eq!((how_many(&aida, "report_overdue"), how_many(&yerlan, "report_overdue")), (0, 1));
    }

    /// A handover that timed out is settled by taking note of it, and an authority of a partner is called by what it is asked.
    fn what_waits_is_told_and_settled(world) {
        let (aida, yerlan, case, goods) = with_goods(world);
        aida.post(case.at("/handovers")).json(world.proposal(&goods, &yerlan)).expect(201);
        let hasan = world.speaker(House::Az);
        aida.admits(&case, &hasan, "partner");
        aida.asks(&case, House::Az);
        world.advance_minutes(301);
        world.watches();
        assert_eq!(how_many(&world.authority(House::Az), "decision_overdue"), 1);
        acknowledges(&aida, &the(&aida, "handover_unaccepted"));
        world.watches();
        assert_eq!((how_many(&aida, "handover_unaccepted"), how_many(&yerlan, "handover_unaccepted")), (0, 1));
        assert_eq!(world.watches(), 0);
    }

    /// A hit of an agency that has left its case is its own: who speaks for it is told, and nobody else.
    fn a_hit_stays_with_who_entered_what_was_met(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        yerlan.post(case.at("/consignments")).json(consignment()).expect(201);
        let officer = world.officer(House::Kz, passage::access::Role::CaseOfficer);
        yerlan.assigns(&case, &officer);
        yerlan.leaves(&case);
        drop(world.speaker(House::Az).opens_case().create());
        world.watches();
        let hits = |actor: &Actor| actor.get("/deconfliction/hits").expect(200).items().len();
        assert_eq!((hits(&yerlan), hits(&officer), hits(&aida)), (1, 0, 0));
        let alert = the(&yerlan, "deconfliction_hit");
        assert!(kinds(&officer, "").is_empty());
        acknowledges(&yerlan, &alert);
        yerlan.get(&case.path).refused(404, "not-found");
    }

    /// A clock that goes an hour back and forth, and a server that is started anew, tell nobody twice; what stands stands.
    fn jumps_of_the_clock_and_restarts_tell_nothing_twice(world) tuned mails {
        let (aida, yerlan, _, case) = coordinated(world);
        let path = yerlan.plans(&case, "arrived_border", "Korday", -90);
        world.watches();
        let alert = the(&aida, "milestone_overdue")["id"].clone();
        let written = "letters JOIN alerts ON alerts.id = letters.alert_id WHERE alerts.kind = 'milestone_overdue'";
        world.advance_minutes(46);
        world.watches();
        let letters = world.probe().count(written);
        assert_eq!(letters, 6, "officers, contact points and coordinators, for each of two");
        for minutes in [-120, 120, -60, 60, -110, 110] {
            world.advance_minutes(minutes);
            world.watches_anew();
            assert_eq!(world.watches(), 0);
            // Who signed in later than now is not signed in; the table tells.
            let open = world.probe().count("alerts WHERE kind = 'milestone_overdue' AND resolved_at IS NULL");
            let overdue = world.now() > "2026-03-01T03:30:00Z".parse().unwrap();
            assert_eq!(open, if overdue { 2 } else { 0 }, "{}", world.now());
        }
        assert_eq!(the(&aida, "milestone_overdue")["id"], alert);
        assert_eq!(world.probe().count(written), letters);
        let told = |deed: &str| {
            let journal = aida.get(case.at("/journal?limit=200")).expect(200);
            let told = journal.items().iter();
            told.filter(|entry| entry["action"] == deed && entry["details"]["kind"] == "milestone_overdue").count()
        };
        assert_eq!(told("alert.raised"), 1);
        assert!(told("alert.reopened") > 0);
        yerlan.reports(&path, "Korday");
        world.watches_anew();
        assert!(!kinds(&aida, "?state=open").contains("milestone_overdue"));
    }
}

/// Alerts are mailed about, and nothing is sent.
fn mails(config: &mut passage::config::Config) {
    config.mail.server = Some(("127.0.0.1".to_owned(), 1));
    config.mail.security = passage::config::MailSecurity::None;
    config.mail.interval = std::time::Duration::from_secs(3600);
}
