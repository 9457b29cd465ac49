//! The life of a case, as its members live it.

use passage::access::Role;
use serde_json::json;

use crate::harness::{House, World, both, consignment};

both! {
    /// A case is shared by invitation, and whoever is gone does not see it any more.
    fn members_come_and_go(world) {
        let aida = world.speaker(House::Kg);
        let yerlan = world.speaker(House::Kz);
        let case = aida.opens_case().code_name("Snow leopard").create();
        yerlan.get(&case.path).refused(404, "not-found");

        aida.invites(&case, &yerlan, "partner");
        yerlan.get(&case.path).expect(200);
        yerlan.get(case.at("/consignments")).refused(404, "not-found");

        yerlan.accepts(&case);
        let again = case.at(format!("/members/{}/accept", yerlan.agency));
        yerlan.post(again).refused(409, "state-refused");
        assert_eq!(yerlan.get(case.at("/consignments")).expect(200).items().len(), 1);

        aida.removes(&case, &yerlan);
        yerlan.get(&case.path).refused(404, "not-found");
        aida.get(&case.path).expect(200);
    }

    /// A case is found by the countries that its way touches, by those who are shown the way there.
    fn a_case_is_found_by_the_countries_of_its_route(world) {
        let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
        let case = aida.opens_case().create();
        let finds = |actor: &crate::harness::Actor, country: &str| {
            let found = actor.get(format!("/cases?country={country}")).expect(200);
            found.items().iter().any(|item| item["id"] == case.id)
        };
        assert!(!finds(&aida, "AZ"));
        let mut last = None;
        for at in 0..3 {
            last = Some(aida.post(case.at("/legs")).json(world.leg(at)).expect(201));
        }
        assert!(finds(&aida, "KG") && finds(&aida, "KZ") && finds(&aida, "AZ") && !finds(&aida, "RU"));
        // Who is invited is not shown the way; who only decides is shown it in the own country.
        aida.invites(&case, &yerlan, "partner");
        assert!(finds(&yerlan, "KG") && !finds(&yerlan, "AZ"));
        yerlan.accepts(&case);
        assert!(finds(&yerlan, "AZ"));
        aida.asks(&case, House::KzProsecutor);
        let prosecutor = world.speaker(House::KzProsecutor);
        assert!(finds(&prosecutor, "KZ") && !finds(&prosecutor, "AZ"));
        let last = last.unwrap();
        aida.delete(case.at(format!("/legs/{}", last.id()))).if_match(last.etag()).expect(200);
        assert!(!finds(&aida, "AZ"));
    }

    /// A header is changed by naming the version that is changed.
    fn invariant_26_refused_and_allowed_headers_are_guarded(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let etag = aida.get(&case.path).expect(200).etag();
        let patch = json!({"priority": "routine"});
        aida.patch(&case.path).json(&patch).refused(428, "if-match-required");
        aida.patch(&case.path).if_match("*").json(&patch).refused(412, "stale-version");
        aida.patch(&case.path).if_match(&etag).json(&patch).expect(200);
        aida.patch(&case.path).if_match(&etag).json(&patch).refused(412, "stale-version");
        let now = aida.get(&case.path).expect(200).etag();
        aida.patch(&case.path).if_match(now).json(&patch).changing_nothing().expect(200);
    }

    /// A version is named by one strong tag; a list, a weak tag and a star name none, whatever else they hold.
    fn a_version_is_one_strong_tag(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let before = aida.get(&case.path).expect(200);
        let etag = before.etag();
        let patch = || aida.patch(&case.path).json(json!({"priority": "routine"}));
        let names_none = [
            "*".to_owned(),
            format!("{etag}, \"7\""),
            format!("\"7\",{etag}"),
            format!("{etag}, {etag}"),
            format!("{etag}, *"),
            format!("W/{etag}"),
            format!("W/{etag}, {etag}"),
            etag.trim_matches('"').to_owned(),
        ];
        for tag in names_none {
            patch().if_match(tag).refused(412, "stale-version");
        }
        // Two lines are one list, and a list of keys is no key.
        let twice = patch().if_match(&etag).another_line("if-match", "\"7\"");
        twice.refused(412, "stale-version");
        let keys = aida.post(case.at("/milestones")).key("night-7").another_line("idempotency-key", "night-8");
        keys.json(json!({})).refused(400, "malformed-request");
        assert_eq!(aida.get(&case.path).expect(200).body, before.body);
        patch().if_match(etag).expect(200);
    }

    /// A retried command has one effect; the same key for something else is refused.
    fn a_key_makes_a_retry_harmless(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let added = consignment();
        let first = aida.post(case.at("/consignments")).key("radio-17").json(&added).expect(201);
        let again = || aida.post(case.at("/consignments")).key("radio-17").changing_nothing();
        assert_eq!(again().json(&added).expect(201).body, first.body);
        again().json(json!({"kind": "other"})).refused(422, "idempotency-key-reused");
        assert_eq!(aida.get(case.at("/consignments")).expect(200).items().len(), 2);
    }

    /// A time that no database can keep is a fault of the request, and no failure of the server.
    fn times_beyond_all_times(world) {
        let aida = world.speaker(House::Kg);
        let said = aida.get("/cases?updated_since=-009000-01-01T00:00:00Z").expect(422);
        assert_eq!(said.pointers(), ["?updated_since"]);
        aida.get("/cases?updated_since=0001-01-01T00:00:00Z").expect(200);
        aida.get("/cases?updated_since=9999-12-30T00:00:00Z").expect(200);
    }

    /// A restricted case is there for assigned officers only, and whoever opened it is assigned.
    fn restricted_cases(world) {
        let aida = world.speaker(House::Kg);
        let colleague = world.another_officer(House::Kg, Role::LiaisonOfficer);
        let case = aida.opens_case().restricted().create();
        assert!(case.reference.starts_with("KG-2026-"), "{}", case.reference);
        colleague.get(&case.path).refused(404, "not-found");
        assert!(colleague.get("/cases").expect(200).items().is_empty());
        aida.assigns(&case, &colleague);
        colleague.get(&case.path).expect(200);
        assert_eq!(colleague.get("/cases").expect(200).items().len(), 1);
    }
}
