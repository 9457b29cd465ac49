//! Requests for authorisation: who asks, who decides, what counts and until when.

use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, Reply, World, both, unknown_id};

/// Aida of Kyrgyzstan leads; the goods go to Kazakhstan, whose prosecutor is asked.
pub(super) fn planned(world: &World) -> (Actor, Case) {
    let aida = world.speaker(House::Kg);
    let case = aida.recorded_case(House::Kg, "Silk", CaseStatus::Planning);
    aida.post(case.at("/consignments")).json(crate::harness::consignment()).expect(201);
    (aida, case)
}

pub(super) fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

pub(super) fn status(actor: &Actor, path: &str) -> String {
    actor.get(path).expect(200).text("status")
}

fn drafts(actor: &Actor, case: &Case, request: &Value) -> String {
    case.at(format!(
        "/authorisations/{}",
        actor.post(case.at("/authorisations")).json(request).expect(201).id()
    ))
}

/// A state, the steps that lead into it, and where each step leads from there.
type Row = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// What each step of the state table sends.
pub(super) fn step(world: &World, actor: &Actor, path: &str, name: &str) -> Reply {
    let request = actor.post(format!("{path}/{name}"));
    let reason = json!({"reason_code": "risk_of_loss", "reason": "Nobody can follow the lorry"});
    match name {
        "grant" | "extend" => request.json(world.grant()),
        "grant-orally" => request.json(world.oral_grant()),
        "refuse" | "revoke" => request.json(reason),
        "request-info" | "answer" => request.json(json!({"text": "Which firm?"})),
        _ => request,
    }
    .send()
}

both! {
    /// From every state, every step by whoever may do it: it leads where the table says, or is refused and changes nothing.
    fn the_state_table_of_a_request(world) {
        let table: [Row; 9] = [
            ("draft", &[], &[("submit", "submitted"), ("withdraw", "withdrawn")]),
            ("submitted", &["submit"], &[("withdraw", "withdrawn"), ("acknowledge", "acknowledged")]),
            ("acknowledged", &["submit", "acknowledge"], &[
                ("withdraw", "withdrawn"), ("request-info", "info_requested"), ("grant-orally", "granted_orally"),
                ("grant", "granted"), ("refuse", "refused"),
            ]),
            ("info_requested", &["submit", "acknowledge", "request-info"], &[
                ("withdraw", "withdrawn"), ("answer", "acknowledged"),
            ]),
            ("withdrawn", &["submit", "withdraw"], &[]),
            ("granted_orally", &["submit", "acknowledge", "grant-orally"], &[
                ("grant", "granted"), ("confirm", "granted"), ("refuse", "refused"), ("revoke", "revoked"),
            ]),
            ("granted", &["submit", "acknowledge", "grant"], &[("extend", "granted"), ("revoke", "revoked")]),
            ("refused", &["submit", "acknowledge", "refuse"], &[]),
            ("revoked", &["submit", "acknowledge", "grant", "revoke"], &[]),
        ];
        let steps = [
            "submit", "withdraw", "acknowledge", "request-info", "answer", "grant-orally", "grant", "confirm", "extend",
            "refuse", "revoke",
        ];
        let aida = world.speaker(House::Kg);
        let authority = world.authority(House::KzProsecutor);
        let liaison = world.speaker(House::KzProsecutor);
        let by = |name: &str| match name {
            "submit" | "withdraw" | "answer" => &aida,
            "acknowledge" | "request-info" => &liaison,
            _ => &authority,
        };
        for (from, road, leads) in table {
            for name in steps {
                // A draft is nothing to the side that is asked.
                if from == "draft" && by(name).agency != aida.agency {
                    continue;
                }
                let case = aida.recorded_case(House::Kg, "Silk", CaseStatus::Planning);
                let path = drafts(&aida, &case, &world.request_to(House::KzProsecutor));
                for done in road {
                    assert_eq!(step(world, by(done), &path, done).status, 200, "{done} on the way to {from}");
                }
                assert_eq!(status(&aida, &path), from);
                let before = aida.get(&path).expect(200);
                let reply = step(world, by(name), &path, name);
                if let Some((_, to)) = leads.iter().find(|(known, _)| *known == name) {
                    assert_eq!(reply.status, 200, "{name} from {from}");
                    assert_eq!(reply.text("status"), *to, "{name} from {from}");
                } else {
                    assert_eq!(reply.status, 409, "{name} from {from}");
                    assert_eq!(aida.get(&path).expect(200).json, before.json);
                }
            }
        }
    }

    /// Submitting a request lets the authority's agency see what it is to decide, and nothing else.
    fn who_is_asked_sees_the_dossier_and_nothing_else(world) {
        let (aida, case) = planned(world);
        aida.post(case.at("/legs")).json(world.leg(0)).expect(201);
        let authority = world.authority(House::KzProsecutor);
        let liaison = world.speaker(House::KzProsecutor);
        let path = drafts(&aida, &case, &world.request_to(House::KzProsecutor));
        for nobody in [&authority, &liaison] {
            nobody.get(&path).refused(404, "not-found");
            nobody.get(&case.path).refused(404, "not-found");
        }
        aida.post(format!("{path}/submit")).expect(200);
        for asked in [&authority, &liaison] {
            asked.get(&case.path).expect(200);
            assert_eq!(asked.get("/cases").expect(200).items().len(), 1);
            let dossier = asked.get(format!("{path}/dossier")).expect(200);
            assert_eq!(dossier.json["request"]["status"], "submitted");
            assert_eq!(dossier.json["case"]["code_name"], "Silk");
            assert_eq!(dossier.json["consignments"][0]["identifiers"][0]["normal_form"], "CSQU3054383");
            assert_eq!(dossier.json["legs"].as_array().unwrap().len(), 1);
            for hidden in ["/consignments", "/milestones", "/readiness"] {
                asked.get(case.at(hidden)).refused(404, "not-found");
            }
        }
        // What asks another country is hidden from it, drafts and all.
        let other = drafts(&aida, &case, &world.request_to(House::Az));
        liaison.get(&other).refused(404, "not-found");
        aida.post(format!("{other}/submit")).expect(200);
        liaison.get(&other).refused(404, "not-found");
        liaison.get(format!("{other}/dossier")).refused(404, "not-found");
        assert_eq!(liaison.get(case.at("/authorisations")).expect(200).items().len(), 1);
        assert_eq!(aida.get(case.at("/authorisations")).expect(200).items().len(), 2);
        let about = |actor: &Actor| {
            let journal = actor.get(case.at("/journal?limit=200")).expect(200);
            journal.items().iter().filter(|entry| entry["action"] == "authorisation.submitted").count()
        };
        assert_eq!((about(&liaison), about(&aida)), (1, 2));
        let stranger = world.speaker(House::Ru);
        for tail in ["", "/dossier", "/grants", "/questions"] {
            stranger.get(format!("{path}{tail}")).refused(404, "not-found");
        }
    }

    /// An observer sees the request and no identifiers; a partner may ask as well.
    fn the_dossier_shows_identifiers_to_who_may_read_them(world) {
        let (aida, case) = planned(world);
        let (observer, partner) = (world.speaker(House::Tj), world.speaker(House::Uz));
        aida.admits(&case, &observer, "observer");
        aida.admits(&case, &partner, "partner");
        let path = drafts(&partner, &case, &world.request_to(House::KzProsecutor));
        partner.post(format!("{path}/submit")).expect(200);
        let dossier = observer.get(format!("{path}/dossier")).expect(200);
        assert!(dossier.json["consignments"][0].get("identifiers").is_none());
        assert!(partner.get(format!("{path}/dossier")).expect(200).json["consignments"][0]["identifiers"].is_array());
        // Whoever asked pursues it, nobody else does.
        aida.post(format!("{path}/withdraw")).refused(403, "forbidden");
        partner.post(format!("{path}/withdraw")).expect(200);
    }

    /// The requester never decides, a coordinator never grants, an authority decides only for its own country.
    fn invariant_7_refused_and_allowed_an_authority_of_the_country_decides_who_did_not_ask(world) {
        let (aida, case) = planned(world);
        let centre = world.speaker(House::Centre);
        aida.admits(&case, &centre, "coordinator");
        let path = aida.asks(&case, House::KzProsecutor);
        let grant = |actor: &Actor| actor.post(format!("{path}/grant")).json(world.grant());
        grant(&aida).refused(403, "forbidden");
        grant(&centre).refused(403, "forbidden");
        grant(&world.speaker(House::KzProsecutor)).refused(403, "forbidden");
        grant(&world.authority(House::KgProsecutor)).refused(404, "not-found");
        grant(&world.authority(House::KzProsecutor)).expect(200);

        // Nobody asks his own agency, so that nobody decides what he asked.
        world.authority(House::Az);
        let hasan = world.speaker(House::Az);
        aida.admits(&case, &hasan, "partner");
        let own = hasan.post(case.at("/authorisations")).json(world.request_to(House::Az));
        assert_eq!(own.refused(422, "validation-failed").pointers(), ["/authority_agency_id"]);
        // The lead's own agency decides nothing either.
        let lead = with(world.request_to(House::KgProsecutor), "authority_agency_id", aida.agency.clone());
        let refused = aida.post(case.at("/authorisations")).json(lead).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/authority_agency_id"]);
    }

    /// An agency whose mark was taken away decides nothing any more.
    fn invariant_7_refused_where_authority_is_not_held_when_it_is_used(world) {
        let (aida, case) = planned(world);
        let authority = world.authority(House::KzProsecutor);
        let path = aida.asks(&case, House::KzProsecutor);
        world.system_admin().delete(format!("/agencies/{}/authority", authority.agency)).send();
        let refused = authority.post(format!("{path}/grant")).json(world.grant());
        refused.refused(409, "invariant-7-not-theirs-to-decide");
        let request = world.request_to(House::Az);
        let request = with(with(request, "country", "KZ"), "authority_agency_id", authority.agency);
        aida.post(format!("{path}/withdraw")).expect(200);
        aida.post(case.at("/authorisations")).json(request).refused(422, "validation-failed");
    }

    /// What was said by telephone counts until it should have been confirmed, and then lapses by itself.
    fn invariant_8_timer_and_kept_an_oral_grant_lapses_unless_it_is_confirmed(world) {
        let (aida, case) = planned(world);
        aida.post(case.at("/legs")).json(world.leg(0)).expect(201);
        let (authority, liaison) = (world.authority(House::KzProsecutor), world.speaker(House::KzProsecutor));
        let path = aida.asks(&case, House::KzProsecutor);
        for missing in ["person", "office", "spoken_at", "channel", "confirm_by"] {
            let mut grant = world.oral_grant();
            grant.as_object_mut().unwrap().remove(missing);
            let refused = liaison.post(format!("{path}/grant-orally")).json(grant)
                .refused(422, "invariant-8-oral-grant-incomplete");
            assert_eq!(refused.pointers(), [format!("/{missing}")]);
        }
        let past = with(world.oral_grant(), "confirm_by", world.minutes_from_now(-1));
        liaison.post(format!("{path}/grant-orally")).json(past).refused(422, "invariant-8-oral-grant-incomplete");
        aida.post(format!("{path}/grant-orally")).json(world.oral_grant()).refused(403, "forbidden");
        // The liaison officer of the requested agency records the authority's words; confirming is the authority's.
        let said = liaison.post(format!("{path}/grant-orally")).json(world.oral_grant()).expect(200);
        assert_eq!(said.json["status"], "granted_orally");
        assert_eq!(said.json["grant"]["spoken"]["office"], "Prosecutor General, Astana");
        liaison.post(format!("{path}/confirm")).refused(403, "forbidden");
        world.advance_minutes(119);
        assert_eq!(status(&aida, &path), "granted_orally");
        world.advance_minutes(2);
        assert_eq!(status(&aida, &path), "lapsed");
        authority.post(format!("{path}/confirm")).refused(409, "state-refused");

        // Confirmed in time it stays.
        let path = aida.asks(&case, House::KzProsecutor);
        liaison.post(format!("{path}/grant-orally")).json(world.oral_grant()).expect(200);
        let confirmed = authority.post(format!("{path}/confirm")).expect(200);
        assert_eq!(confirmed.json["grant"]["confirmed_by"], authority.id);
        world.advance_minutes(500);
        assert_eq!(status(&aida, &path), "granted");
        world.advance_minutes(6000);
        assert_eq!(status(&aida, &path), "expired");
    }

    /// Refusal and revocation carry a reason; what is revoked stops counting at once.
    fn invariant_9_refused_and_allowed_refusal_and_revocation_carry_a_reason(world) {
        let (aida, case) = planned(world);
        let authority = world.authority(House::KzProsecutor);
        let path = aida.asks(&case, House::KzProsecutor);
        for (body, pointers) in [
            (json!({}), vec!["/reason_code", "/reason"]),
            (json!({"reason_code": "risk_of_loss", "reason": "  "}), vec!["/reason"]),
            (json!({"reason_code": "because", "reason": "So"}), vec!["/reason_code"]),
        ] {
            for name in ["refuse", "revoke"] {
                let refused = authority.post(format!("{path}/{name}")).json(&body)
                    .refused(422, "invariant-9-reason-required");
                assert_eq!(refused.pointers(), pointers);
            }
        }
        assert_eq!(status(&aida, &path), "acknowledged");
        let refused = step(world, &authority, &path, "refuse");
        assert_eq!(refused.json["reason_code"], "risk_of_loss");
        assert_eq!(refused.json["decided_by"], authority.id);
        // Another request may be made after that.
        let again = aida.asks(&case, House::KzProsecutor);
        step(world, &authority, &again, "grant");
        let revoked = step(world, &authority, &again, "revoke");
        assert_eq!(revoked.json["status"], "revoked");
        assert!(revoked.json["grant"]["ended_at"].is_string());
    }

    /// The next version takes the place of the present one when it begins to count; a country is asked once.
    fn a_grant_is_extended_by_its_next_version(world) {
        let (aida, case) = planned(world);
        aida.post(case.at("/legs")).json(world.leg(0)).expect(201);
        let authority = world.authority(House::KzProsecutor);
        let path = aida.is_granted(&case, &[House::KzProsecutor]).remove(0);
        let refused = aida.post(case.at("/authorisations")).json(world.request_to(House::KzProsecutor));
        refused.refused(409, "duplicate");
        let mut next = world.grant();
        next["valid_from"] = json!(world.minutes_from_now(600));
        next["live_cap"] = json!({"value": "20", "unit": "kg"});
        let extended = authority.post(format!("{path}/extend")).json(&next).expect(200);
        assert_eq!(extended.json["grant"]["number"], 2);
        let versions = aida.get(format!("{path}/grants")).expect(200);
        assert_eq!(versions.items().len(), 2);
        assert_eq!(versions.items()[0]["ended_at"], extended.json["grant"]["valid_from"]);
    }

    /// In a restricted case the agency that is asked is invited: somebody there accepts, is assigned, and sees it.
    fn a_restricted_case_invites_who_is_asked(world) {
        let (aida, case) = planned(world);
        let etag = aida.get(&case.path).expect(200).etag();
        aida.patch(&case.path).if_match(etag).json(json!({"restricted": true})).expect(200);
        let path = drafts(&aida, &case, &world.request_to(House::KzProsecutor));
        aida.post(format!("{path}/submit")).expect(200);
        let liaison = world.speaker(House::KzProsecutor);
        liaison.get(&path).refused(404, "not-found");
        liaison.accepts(&case);
        liaison.get(format!("{path}/dossier")).expect(200);
        let authority = world.authority(House::KzProsecutor);
        authority.get(&path).refused(404, "not-found");
        liaison.assigns(&case, &authority);
        liaison.post(format!("{path}/acknowledge")).expect(200);
        step(world, &authority, &path, "grant");
    }

    /// An authority of an agency that takes part for another reason sees the case once it is asked.
    fn a_partner_that_is_asked_decides_as_well(world) {
        let (aida, case) = planned(world);
        let (hasan, authority) = (world.speaker(House::Az), world.authority(House::Az));
        aida.admits(&case, &hasan, "partner");
        authority.get(&case.path).refused(404, "not-found");
        assert!(authority.get("/cases").expect(200).items().is_empty());
        let path = aida.asks(&case, House::Az);
        authority.get(&case.path).expect(200);
        assert_eq!(authority.get("/cases").expect(200).items().len(), 1);
        step(world, &authority, &path, "grant");
        let members = aida.get(case.at(format!("/members/{}", hasan.agency))).expect(200);
        assert_eq!(members.json["role"], "partner");
    }

    /// Who observes decides nothing and so is not asked; who is invited as a partner stays so, and decides once it accepts.
    fn who_observes_is_not_asked_and_who_is_invited_decides_once_it_accepts(world) {
        let (aida, case) = planned(world);
        let (liaison, authority) = (world.speaker(House::KzProsecutor), world.authority(House::KzProsecutor));
        let request = world.request_to(House::KzProsecutor);
        let drafted = drafts(&aida, &case, &request);
        aida.invites(&case, &liaison, "observer");
        for accepted in [false, true] {
            if accepted {
                liaison.accepts(&case);
            }
            let refused = aida.post(format!("{drafted}/submit")).refused(409, "state-refused");
            assert!(refused.text("detail").contains("who observes decides nothing"), "{refused}");
            let refused = aida.post(case.at("/authorisations")).json(&request).refused(422, "validation-failed");
            assert_eq!(refused.pointers(), ["/authority_agency_id"]);
        }
        aida.removes(&case, &liaison);
        aida.invites(&case, &liaison, "partner");
        aida.post(format!("{drafted}/submit")).expect(200);
        let member = || aida.get(case.at(format!("/members/{}", liaison.agency))).expect(200);
        assert_eq!((member().text("role"), member().text("status")), ("partner".to_owned(), "invited".to_owned()));
        liaison.get(&drafted).refused(404, "not-found");
        liaison.accepts(&case);
        liaison.post(format!("{drafted}/acknowledge")).expect(200);
        assert_eq!(step(world, &authority, &drafted, "grant").status, 200);
        assert_eq!(member().text("role"), "partner");
    }

    /// Nobody grants or extends for a time that is over; what was said is recorded as it was said.
    fn a_grant_for_a_time_that_is_over_is_refused(world) {
        let (aida, case) = planned(world);
        let authority = world.authority(House::KzProsecutor);
        let path = aida.asks(&case, House::KzProsecutor);
        let over = |grant: Value| {
            let grant = with(grant, "valid_from", world.minutes_from_now(-300));
            with(grant, "valid_until", world.minutes_from_now(-60))
        };
        let refused = |name: &str| {
            let refused = authority.post(format!("{path}/{name}")).json(over(world.grant()));
            assert_eq!(refused.refused(422, "validation-failed").pointers(), ["/valid_until"], "{name}");
        };
        refused("grant");
        assert_eq!(step(world, &authority, &path, "grant").status, 200);
        refused("extend");
        assert_eq!(aida.get(format!("{path}/grants")).expect(200).items().len(), 1);
        let said = aida.asks(&case, House::Az);
        let spoken = over(world.oral_grant());
        world.authority(House::Az).post(format!("{said}/grant-orally")).json(spoken).expect(200);
        assert_eq!(status(&aida, &said), "expired");
    }

    /// Every fault of a request and of a grant is named at once.
    fn bad_requests_name_every_fault(world) {
        let (aida, case) = planned(world);
        let bad = json!({
            "country": "KZ", "authority_agency_id": unknown_id(), "legal_basis": " ", "offence": "x".repeat(501),
            "facts": "", "asks": [], "modalities": ["alive"], "entry_points": [""],
            "window": {"from": world.minutes_from_now(1), "until": world.minutes_from_now(1)},
            "assurances": {"seizure": "x".repeat(10_001)},
        });
        let refused = aida.post(case.at("/authorisations")).json(bad).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/legal_basis", "/offence", "/facts", "/modalities/0", "/decision_needed_by"]);
        let unknown = with(world.request_to(House::KzProsecutor), "authority_agency_id", unknown_id());
        let unknown = with(with(unknown, "asks", json!([])), "entry_points", json!(["Korday", ""]));
        let refused = aida.post(case.at("/authorisations")).json(unknown).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/asks", "/entry_points/1", "/authority_agency_id"]);
        let wrong_country = with(world.request_to(House::KzProsecutor), "country", "UZ");
        aida.post(case.at("/authorisations")).json(wrong_country).refused(422, "validation-failed");

        let path = drafts(&aida, &case, &world.request_to(House::KzProsecutor));
        let etag = aida.get(&path).expect(200).etag();
        let wrong = json!({"facts": null, "window": {"from": world.minutes_from_now(5), "until": world.minutes_from_now(1)}});
        let refused = aida.patch(&path).if_match(etag.clone()).json(wrong).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/facts", "/window/until"]);
        let better = json!({"facts": "Two lorries", "intervention_criteria": null, "entry_points": ["Korday"]});
        let edited = aida.patch(&path).if_match(etag.clone()).json(better).expect(200);
        assert_eq!(edited.json["facts"], "Two lorries");
        aida.patch(&path).if_match(etag).json(json!({"facts": "Three"})).refused(412, "stale-version");
        aida.post(format!("{path}/submit")).expect(200);
        world.speaker(House::KzProsecutor).post(format!("{path}/acknowledge")).expect(200);
        let bad = json!({
            "permitted_modalities": [], "asks": [], "valid_from": world.minutes_from_now(5),
            "valid_until": world.minutes_from_now(1), "entry_points": [" "],
        });
        let refused = world.authority(House::KzProsecutor).post(format!("{path}/grant")).json(bad)
            .refused(422, "validation-failed");
        assert_eq!(
            refused.pointers(),
            ["/asks", "/permitted_modalities", "/valid_until", "/entry_points/0"]
        );
    }

    /// What an authority says beside a revocation, and the revocation, both in the order in which they came: whichever it was,
    /// nothing counts in the end, and what came second to a revocation is refused.
    fn a_revocation_wins_over_what_is_said_beside_it(world) {
        let (aida, case) = planned(world);
        let authority = world.authority(House::KzProsecutor);
        let colleague = world.another_officer(House::KzProsecutor, passage::access::Role::Authority);
        let _ = (authority.token(), colleague.token());
        for round in 0..12 {
            let beside = ["grant", "extend", "confirm"][round % 3];
            let path = aida.asks(&case, House::KzProsecutor);
            let first = if beside == "extend" { "grant" } else { "grant-orally" };
            assert_eq!(step(world, &authority, &path, first).status, 200);
            let says = |actor: &Actor, name: &str| {
                let request = actor.post(format!("{path}/{name}")).beside_others();
                let reason = json!({"reason_code": "risk_of_loss", "reason": "Nobody can follow the lorry"});
                match name {
                    "revoke" => request.json(reason).send().status,
                    "confirm" => request.send().status,
                    _ => request.json(world.grant()).send().status,
                }
            };
            let (said, revoked) = std::thread::scope(|scope| {
                let said = scope.spawn(|| says(&authority, beside));
                let revoked = scope.spawn(|| says(&colleague, "revoke"));
                (said.join().unwrap(), revoked.join().unwrap())
            });
            assert_eq!(revoked, 200, "{beside}");
            assert!(said == 200 || said == 409, "{beside}: {said}");
            assert_eq!(status(&aida, &path), "revoked", "{beside} was answered {said}");
            let now = world.minutes_from_now(0);
            for version in aida.get(format!("{path}/grants")).expect(200).items() {
                let ended = version["ended_at"].as_str().unwrap_or_else(|| panic!("{version} counts"));
                assert!(ended <= now.as_str(), "{version} counts");
            }
        }
    }

    /// Grant against withdrawal, and grant against grant, at the same moment: one of them happens.
    fn of_two_decisions_at_once_one_happens(world) {
        let (aida, case) = planned(world);
        for round in 0..4 {
            let path = aida.asks(&case, House::KzProsecutor);
            let authority = world.authority(House::KzProsecutor);
            let (granted, other) = std::thread::scope(|scope| {
                let grant = scope.spawn(|| {
                    authority.post(format!("{path}/grant")).json(world.grant()).beside_others().send().status
                });
                let other = scope.spawn(|| {
                    if round % 2 == 0 {
                        aida.post(format!("{path}/withdraw")).beside_others().send().status
                    } else {
                        let refusal = json!({"reason_code": "other", "reason": "No"});
                        authority.post(format!("{path}/refuse")).json(refusal).beside_others().send().status
                    }
                });
                (grant.join().unwrap(), other.join().unwrap())
            });
            let mut statuses = [granted, other];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "round {round}");
            let now = status(&aida, &path);
            assert_eq!(now == "granted", granted == 200, "{now}");
            if now == "granted" {
                step(world, &authority, &path, "revoke");
            }
        }
    }
}
