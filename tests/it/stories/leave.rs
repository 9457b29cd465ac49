//! Leave that is taken back, replaced, narrowed or left behind, and what the watch tells of it.

use serde_json::{Value, json};

use super::alerts::{kinds, the};
use super::authorisations::{status, step, with};
use super::causes::{acknowledges, how_many, plans_leg, revokes, with_goods};
use crate::harness::{Actor, House, World, both};

/// What counts for substituted goods only.
fn narrower(world: &World) -> Value {
    with(world.grant(), "permitted_modalities", json!(["substituted"]))
}

fn reopened(actor: &Actor, case: &crate::harness::Case) -> usize {
    let journal = actor.get(case.at("/journal?limit=200")).expect(200);
    journal.items().iter().filter(|entry| entry["action"] == "alert.reopened").count()
}

both! {
    /// A revocation is a matter while nothing else counts. Another grant that counted after it ends that for good, whatever became
    /// of that grant; one that is taken back in its turn is told of, and the former is not.
    fn what_was_taken_back_is_over_once_another_grant_counted(world) {
        let (aida, _, case, _) = with_goods(world);
        plans_leg(world, &aida, &case, 0);
        let first = aida.is_granted(&case, &[House::KzProsecutor]).remove(0);
        revokes(world, &first);
        world.watches();
        assert_eq!(how_many(&aida, "revoked"), 1);
        let second = aida.is_granted(&case, &[House::KzProsecutor]).remove(0);
        world.watches();
        assert_eq!(how_many(&aida, "revoked"), 0);
        world.advance_minutes(6001);
        world.watches();
        assert_eq!(status(&aida, &second), "expired");
        assert_eq!((how_many(&aida, "revoked"), reopened(&aida, &case)), (0, 0));
        let third = aida.is_granted(&case, &[House::KzProsecutor]).remove(0);
        revokes(world, &third);
        world.watches();
        let alerts = aida.get("/alerts?state=open").expect(200);
        let revoked: Vec<&str> = alerts
            .items()
            .iter()
            .filter(|alert| alert["kind"] == "revoked")
            .map(|alert| alert["subject_id"].as_str().unwrap())
            .collect();
        assert!(revoked.len() == 1 && third.ends_with(revoked[0]), "{revoked:?}");
    }

    /// The same of what was said and not confirmed, which stands for as long as nothing else counts.
    fn what_lapsed_is_over_once_another_grant_counted(world) {
        let (aida, _, case, _) = with_goods(world);
        plans_leg(world, &aida, &case, 0);
        let said = aida.asks(&case, House::KzProsecutor);
        let authority = world.authority(House::KzProsecutor);
        assert_eq!(step(world, &authority, &said, "grant-orally").status, 200);
        world.advance_minutes(121);
        world.watches();
        acknowledges(&aida, &the(&aida, "confirmation_overdue"));
        world.advance_minutes(300);
        world.watches();
        assert!(kinds(&aida, "?state=acknowledged").contains("confirmation_overdue"), "nothing else counts");
        aida.is_granted(&case, &[House::KzProsecutor]);
        world.watches();
        world.advance_minutes(6001);
        world.watches();
        for state in ["open", "acknowledged"] {
            assert!(!kinds(&aida, &format!("?state={state}")).contains("confirmation_overdue"), "{state}");
        }
        assert_eq!(reopened(&aida, &case), 0);
    }

    /// That leave ends soon is told of a country in which the goods are or to which they are led, not of one that they have left.
    fn leave_of_a_country_that_is_left_behind_may_end(world) {
        let (aida, _, case, _) = with_goods(world);
        let (first, _) = (plans_leg(world, &aida, &case, 0), plans_leg(world, &aida, &case, 1));
        let asked = aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        world.advance_minutes(5700);
        world.watches();
        assert_eq!(how_many(&aida, "grant_expiring"), 2);
        aida.post(format!("{first}/start")).expect(200);
        aida.post(format!("{first}/complete")).expect(200);
        world.watches();
        let alerts = aida.get("/alerts?state=open").expect(200);
        let expiring = alerts.items().iter().filter(|alert| alert["kind"] == "grant_expiring");
        let expiring: Vec<&str> = expiring.map(|alert| alert["subject_id"].as_str().unwrap()).collect();
        assert!(expiring.len() == 1 && asked[1].ends_with(expiring[0]), "{expiring:?}");
    }

    /// A version that grants less stops the legs that it does not cover, as a revocation does, and that is told; a version that
    /// covers them stops nothing. Both of an extension and of the paper that follows what was said.
    fn invariant_9_allowed_and_told_a_narrower_version_stops_what_it_does_not_cover(world) {
        let authority = world.authority(House::KzProsecutor);
        for (first, next) in [("grant", "extend"), ("grant-orally", "grant")] {
            let (aida, _, case, _) = with_goods(world);
            let leg = plans_leg(world, &aida, &case, 0);
            aida.is_granted(&case, &[House::KgProsecutor]);
            let asked = aida.asks(&case, House::KzProsecutor);
            assert_eq!(step(world, &authority, &asked, first).status, 200);
            aida.post(format!("{leg}/start")).expect(200);
            if next == "extend" {
                assert_eq!(step(world, &authority, &asked, "extend").status, 200);
                assert_eq!(status(&aida, &leg), "in_progress", "it covers the leg");
            }
            world.watches();
            assert!(!kinds(&aida, &format!("?case={}", case.id)).contains("grant_narrowed"));
            authority.post(format!("{asked}/{next}")).json(narrower(world)).expect(200);
            assert_eq!(status(&aida, &leg), "must_stop", "{next}");
            world.watches();
            for told in [&aida, &authority] {
                let alerts = told.get(format!("/alerts?state=open&case={}", case.id)).expect(200);
                let narrowed: Vec<&Value> =
                    alerts.items().iter().filter(|alert| alert["kind"] == "grant_narrowed").collect();
                assert_eq!(narrowed.len(), 1, "{alerts}");
                assert!(asked.ends_with(narrowed[0]["subject_id"].as_str().unwrap()));
            }
            let resumes = || aida.post(format!("{leg}/resume")).json(json!({"reason": "They allow it"}));
            resumes().refused(409, "invariant-3-not-permitted");
            authority.post(format!("{asked}/extend")).json(world.grant()).expect(200);
            resumes().expect(200);
            world.watches();
            assert!(!kinds(&aida, &format!("?state=open&case={}", case.id)).contains("grant_narrowed"));
        }
    }

    /// A version that begins to count later stops nothing before; then it is told. What the goods have left behind asks for no
    /// leave any more.
    fn a_narrower_version_is_a_matter_from_when_it_counts_and_where_the_goods_are(world) {
        let (aida, _, case, _) = with_goods(world);
        let leg = plans_leg(world, &aida, &case, 0);
        let asked = aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.post(format!("{leg}/start")).expect(200);
        let later = with(narrower(world), "valid_from", world.minutes_from_now(600));
        world.authority(House::KzProsecutor).post(format!("{}/extend", asked[1])).json(later).expect(200);
        world.watches();
        assert_eq!((status(&aida, &leg).as_str(), how_many(&aida, "grant_narrowed")), ("in_progress", 0));
        world.advance_minutes(601);
        world.watches();
        assert!(asked[1].ends_with(the(&aida, "grant_narrowed")["subject_id"].as_str().unwrap()));
        let left = json!({
            "direction": "exit", "country": "KG", "occurred_at": world.minutes_from_now(0), "place": "Ak-Jol",
        });
        aida.post(format!("{leg}/report-crossing")).json(left).expect(201);
        let narrow = narrower(world);
        world.authority(House::KgProsecutor).post(format!("{}/extend", asked[0])).json(narrow).expect(200);
        assert_eq!(status(&aida, &leg), "in_progress");
        world.watches();
        assert_eq!(how_many(&aida, "grant_narrowed"), 1);
    }
}
