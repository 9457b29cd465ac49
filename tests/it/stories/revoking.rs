//! A State never loses the means to take back what it granted: not by who takes part, not by a mark, not by who is shown
//! the case.

use serde_json::{Value, json};

use super::authorisations::{planned, status, step};
use crate::harness::{Actor, Case, House, Reply, World, both};

fn leaves(actor: &Actor, case: &Case) -> Reply {
    actor.post(case.at(format!("/members/{}/leave", actor.agency))).send()
}

fn removes(actor: &Actor, case: &Case, guest: &Actor) -> Reply {
    let reason = json!({"reason": "Not on the route any more"});
    actor.post(case.at(format!("/members/{}/remove", guest.agency))).json(reason).send()
}

fn restricts(actor: &Actor, case: &Case) -> Reply {
    actor.edits(&case.path, json!({"restricted": true})).send()
}

both! {
    /// Whoever has given a grant that counts takes part, whatever the lead or the agency itself would like, until it is taken back
    /// or has run out, or the case has ended; a partner as well as an authority.
    fn who_has_granted_stays_until_it_is_taken_back(world) {
        let (aida, case) = planned(world);
        let (authority, liaison) = (world.authority(House::KzProsecutor), world.speaker(House::KzProsecutor));
        let hasan = world.speaker(House::Az);
        aida.admits(&case, &hasan, "partner");
        let asked = aida.is_granted(&case, &[House::KzProsecutor, House::Az]);
        for guest in [&liaison, &hasan] {
            for refused in [leaves(guest, &case), removes(&aida, &case, guest)] {
                assert_eq!((refused.status, refused.text("code").as_str()), (409, "state-refused"));
                assert!(refused.text("detail").contains("its authority revokes it first"), "{refused}");
            }
        }
        assert_eq!(step(world, &authority, &asked[0], "revoke").status, 200);
        assert_eq!(removes(&aida, &case, &liaison).status, 200);
        authority.get(&asked[0]).refused(404, "not-found");
        // What was only said keeps it as well, and what has run out keeps nobody.
        let said = aida.asks(&case, House::KzProsecutor);
        assert_eq!(leaves(&liaison, &case).status, 200, "nothing is granted");
        aida.post(format!("{said}/withdraw")).expect(200);
        let said = aida.asks(&case, House::KzProsecutor);
        assert_eq!(step(world, &liaison, &said, "grant-orally").status, 200);
        assert_eq!(leaves(&liaison, &case).status, 409);
        world.advance_minutes(121);
        assert_eq!(status(&aida, &said), "lapsed");
        assert_eq!(leaves(&liaison, &case).status, 200);
        aida.moves(&case, json!({"to": "called_off", "reason": "They know"}));
        assert_eq!(leaves(&hasan, &case).status, 200, "nothing moves any more");
    }

    /// An agency that holds authority no more takes back what it granted, and refuses what was only said; it decides nothing else.
    fn what_was_granted_is_taken_back_without_the_mark_as_well(world) {
        let (aida, case) = planned(world);
        let authority = world.authority(House::KzProsecutor);
        let mark = format!("/agencies/{}/authority", authority.agency);
        for (granted, ends, to) in
            [("grant", "revoke", "revoked"), ("grant-orally", "refuse", "refused"), ("grant-orally", "revoke", "revoked")]
        {
            let path = aida.asks(&case, House::KzProsecutor);
            assert_eq!(step(world, &authority, &path, granted).status, 200);
            world.system_admin().delete(&mark).expect(204);
            let more = if granted == "grant" { "extend" } else { "confirm" };
            assert_eq!(step(world, &authority, &path, more).text("code"), "invariant-7-not-theirs-to-decide");
            assert_eq!(step(world, &authority, &path, ends).status, 200, "{ends} after {granted}");
            assert_eq!(status(&aida, &path), to);
            world.authority(House::KzProsecutor);
        }
        // Where nothing was granted, there is nothing to take back.
        let path = aida.asks(&case, House::KzProsecutor);
        world.system_admin().delete(&mark).expect(204);
        assert_eq!(step(world, &authority, &path, "refuse").text("code"), "invariant-7-not-theirs-to-decide");
        assert_eq!(status(&aida, &path), "acknowledged");
    }

    /// The authority of a country that was asked suspends, calls off and intervenes where the goods are, also where its agency takes
    /// part as a partner; one of a partner that was not asked does not, nor one of a country that is not on the route.
    fn the_authority_of_a_country_commands_whatever_else_its_agency_does(world) {
        let aida = world.speaker(House::Kg);
        let (yerlan, hasan) = (world.speaker(House::KzProsecutor), world.speaker(House::Az));
        let (authority, elsewhere) = (world.authority(House::KzProsecutor), world.authority(House::Az));
        let active = || {
            let case = aida.recorded_case(House::Kg, "Silk", passage::cases::case::model::CaseStatus::Active);
            for guest in [&yerlan, &hasan] {
                aida.admits(&case, guest, "partner");
            }
            aida.post(case.at("/consignments")).json(crate::harness::consignment()).expect(201);
            aida.post(case.at("/legs")).json(world.leg(0)).expect(201);
            case
        };
        let moves = |actor: &Actor, case: &Case, to: &str| {
            let etag = aida.get(&case.path).expect(200).etag();
            actor.post(case.at("/transitions")).if_match(etag).json(json!({"to": to, "reason": "Nobody follows it"})).send()
        };
        let case = active();
        yerlan.assigns(&case, &authority);
        assert_eq!(moves(&authority, &case, "suspended").status, 403, "it was not asked");
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor, House::Az]);
        assert_eq!(moves(&elsewhere, &case, "suspended").status, 403, "its country is not on the route");
        assert_eq!(moves(&authority, &case, "suspended").text("status"), "suspended");
        assert_eq!(moves(&authority, &case, "active").text("status"), "active");
        assert_eq!(moves(&authority, &case, "intervention").status, 403, "the goods are in Kyrgyzstan");
        let leg = aida.get(case.at("/legs")).expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        aida.post(case.at(format!("/legs/{leg}/start"))).expect(200);
        aida.post(case.at(format!("/legs/{leg}/complete"))).expect(200);
        assert_eq!(moves(&authority, &case, "intervention").text("status"), "intervention");
        let planned = aida.recorded_case(House::Kg, "Wool", passage::cases::case::model::CaseStatus::Planning);
        aida.admits(&planned, &yerlan, "partner");
        aida.asks(&planned, House::KzProsecutor);
        assert_eq!(moves(&authority, &planned, "called_off").text("status"), "called_off");
    }

    /// A case that becomes restricted is not taken out of the sight of those who decided in it; while nobody of an agency that was
    /// asked would see it, it does not become so.
    fn a_case_that_becomes_restricted_stays_with_who_decides(world) {
        let (aida, case) = planned(world);
        let (authority, liaison) = (world.authority(House::KzProsecutor), world.speaker(House::KzProsecutor));
        let colleague = world.another_officer(House::KzProsecutor, passage::access::Role::Authority);
        let path = aida.asks(&case, House::KzProsecutor);
        let refused = restricts(&aida, &case);
        assert_eq!((refused.status, refused.text("code").as_str()), (409, "state-refused"));
        let missing: Vec<&Value> = refused.json["missing"].as_array().unwrap().iter().collect();
        assert_eq!(missing, [&json!({"subject": liaison.agency, "reason": "nobody-assigned"})]);
        assert_eq!(aida.get(&case.path).expect(200).json["restricted"], false);
        // Whoever decided is assigned, and nobody else.
        assert_eq!(step(world, &authority, &path, "grant").status, 200);
        assert_eq!(restricts(&aida, &case).status, 200);
        assert_eq!(step(world, &authority, &path, "revoke").status, 200);
        for unassigned in [&colleague, &liaison] {
            unassigned.get(&path).refused(404, "not-found");
        }
        let assigned = |by: &Actor| {
            let journal = by.get(case.at("/journal?limit=200")).expect(200);
            let assigned = journal.items().iter().filter(|entry| entry["action"] == "assignment.added");
            assigned.map(|entry| entry["subject"]["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(assigned(&authority), [json!(authority.id)]);
        assert!(!assigned(&aida).contains(&json!(authority.id)), "whom another agency has assigned is its own affair");

        // An agency that assigned somebody by itself needs nobody else.
        let (aida, case) = planned(world);
        let path = aida.asks(&case, House::KzProsecutor);
        liaison.assigns(&case, &liaison);
        assert_eq!(restricts(&aida, &case).status, 200);
        authority.get(&path).refused(404, "not-found");
        liaison.assigns(&case, &authority);
        assert_eq!(step(world, &authority, &path, "refuse").status, 200);
    }
}
