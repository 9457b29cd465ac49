//! Stories over a database file: who sees what, who may do what, and what stays.

use serde_json::{Value, json};
use uuid::Uuid;

use self::world::*;
use super::api::{CustodyStep, TransferView, VerificationView};
use super::service;
use super::store;
use crate::access::act;
use crate::answer::Answer;
use crate::cases::standing;
use crate::db::View;
use crate::ids::{AgencyId, CaseId, EvidenceId, TransferId};
use crate::journal::event::Deed;

mod world;

const SHA: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[tokio::test]
async fn an_item_is_shown_to_its_audience_and_to_nobody_else() {
    let world = World::new().await;
    let hidden = world.shared(LEAD, &[]).await;
    let item = world.shared(LEAD, &[PARTNER, OBSERVER]).await;
    let all = world.list(LEAD).await;
    assert!(all.len() == 2 && all.contains(&hidden) && all.contains(&item));
    for sees in [PARTNER, OBSERVER] {
        assert_eq!(world.list(sees).await, [item]);
        assert_eq!(world.get(sees, item).await.unwrap().0["title"], "Packet 1 of 11");
        assert_eq!(code(world.get(sees, hidden).await), "not-found");
        assert_eq!(code(world.dispose(sees, hidden, "destroyed").await), "not-found");
        assert_eq!(code(world.dispose(sees, item, "destroyed").await), "forbidden");
    }
    assert_eq!(world.list(OTHER).await, []);
    for blind in [OTHER, STRANGER] {
        assert_eq!(code(world.get(blind, item).await), "not-found");
        assert_eq!(code(world.offer(blind, item, OTHER, json!({})).await), "not-found");
    }
    assert_eq!(code(world.register(OBSERVER, json!({})).await), "forbidden");
    assert_eq!(code(world.register(STRANGER, json!({})).await), "not-found");

    let elsewhere = CaseId::from_uuid(Uuid::from_u128(101));
    let read = world.read(LEAD, move |view| shown(service::get(view, elsewhere, item)?)).await;
    assert_eq!(code(read), "not-found");

    let readable = |view: &mut View<'_>| {
        let permit = standing::see::<act::ReadCaseJournal>(view, case())?.permit;
        Answer::ok(&store::readable_ids(view, &permit, agency(PARTNER))?)
    };
    assert_eq!(world.read(PARTNER, readable).await.unwrap().0, json!([item]));
}

#[tokio::test]
async fn a_registration_names_every_fault_and_tells_no_agency_from_another() {
    let world = World::new().await;
    let unknown = AgencyId::from_uuid(Uuid::from_u128(999));
    let wrong = json!({
        "title": " ", "kind": "digital", "handling_codes": ["H3"], "collected_at": "2026-03-02T00:00:00Z",
        "audience": [agency(PARTNER), agency(STRANGER), unknown],
    });
    let found = faults(world.register(LEAD, wrong).await);
    let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/title",
            "/collected_at",
            "/sha256",
            "/size_bytes",
            "/handling_note",
            "/audience/1",
            "/audience/2"
        ]
    );
    let words: Vec<&String> = found.iter().map(|(_, words)| words).collect();
    assert_eq!(words[5], words[6]);
    assert!(world.deeds().await.is_empty());
}

#[tokio::test]
async fn the_originator_widens_and_the_custodian_only_narrows() {
    let world = World::new().await;
    let item = world.shared(LEAD, &[PARTNER]).await;
    assert_eq!(code(world.show_to(PARTNER, item, 1, &[OTHER]).await), "forbidden");
    let offer: TransferId = id(&world.offer(LEAD, item, PARTNER, json!({})).await.unwrap().0);
    world.accept(PARTNER, item, offer, json!({})).await.unwrap();

    let widened = world.show_to(PARTNER, item, 2, &[OTHER]).await;
    assert_eq!(code(widened), "invariant-20-audience");
    assert_eq!(code(world.show_to(PARTNER, item, 2, &[999]).await), "invariant-20-audience");
    let unknown = faults(world.show_to(LEAD, item, 2, &[OTHER, 999]).await);
    assert_eq!(unknown[0].0, "/agencies/1");
    assert_eq!(code(world.show_to(LEAD, item, 1, &[OTHER]).await), "stale-version");
    let (view, version) = world.show_to(LEAD, item, 2, &[OTHER]).await.unwrap();
    assert_eq!(view["audience"], json!([agency(LEAD), agency(PARTNER), agency(OTHER)]));
    assert_eq!(world.list(OTHER).await, [item]);
    let (view, _) = world.show_to(PARTNER, item, version.unwrap(), &[]).await.unwrap();
    assert_eq!(view["audience"], json!([agency(LEAD), agency(PARTNER)]));
    assert_eq!(world.list(OTHER).await, []);

    let title = json!({ "title": "Other", "storage_place": "Safe 2" });
    assert_eq!(code(world.edit(PARTNER, item, 4, title).await), "forbidden");
    let place = json!({ "storage_place": "Safe 2" });
    assert_eq!(world.edit(PARTNER, item, 4, place.clone()).await.unwrap().1, Some(5));
    assert_eq!(world.edit(PARTNER, item, 5, place).await.unwrap().1, Some(5), "unchanged");
}

#[tokio::test]
async fn custody_is_offered_and_accepted_and_differences_stay() {
    let world = World::new().await;
    let item = world.shared(LEAD, &[PARTNER, OBSERVER]).await;
    assert_eq!(code(world.offer(PARTNER, item, LEAD, json!({})).await), "forbidden");
    assert_eq!(code(world.offer(LEAD, item, LEAD, json!({})).await), "state-refused");
    assert_eq!(code(world.offer(LEAD, item, OTHER, json!({})).await), "state-refused");
    for never in [OBSERVER, STRANGER, 999] {
        let refused = faults(world.offer(LEAD, item, never, json!({})).await);
        assert_eq!(refused[0].0, "/to_agency_id");
    }
    let late =
        json!({ "released_at": "2026-03-01T08:00:00Z", "weight": {"value": "1.02", "unit": "kg"} });
    let first: TransferId = id(&world.offer(LEAD, item, PARTNER, late).await.unwrap().0);
    let second = world.offer(LEAD, item, PARTNER, json!({})).await;
    assert_eq!(code(second), "invariant-16-one-custodian");
    assert_eq!(code(world.dispose(LEAD, item, "destroyed").await), "state-refused");
    assert_eq!(code(world.accept(LEAD, item, first, json!({})).await), "forbidden");
    let (view, _) = world.get(LEAD, item).await.unwrap();
    assert_eq!(view["custodian_agency_id"], json!(agency(LEAD)), "held until accepted");
    let (view, _) = world.show_to(LEAD, item, 1, &[]).await.unwrap();
    assert_eq!(view["audience"], json!([agency(LEAD), agency(PARTNER)]), "who is offered it stays");

    let received = json!({ "seal": "KG-18", "storage_place": "Safe 2" });
    world.accept(PARTNER, item, first, received).await.unwrap();
    assert_eq!(code(world.accept(PARTNER, item, first, json!({})).await), "state-refused");
    let (view, _) = world.get(LEAD, item).await.unwrap();
    assert_eq!(view["custodian_agency_id"], json!(agency(PARTNER)));
    assert_eq!((&view["seal"], &view["storage_place"]), (&json!("KG-18"), &json!("Safe 2")));
    let flags: Vec<&Value> =
        view["flags"].as_array().unwrap().iter().map(|flag| &flag["kind"]).collect();
    assert!(flags.contains(&&json!("gap")) && flags.contains(&&json!("seal_mismatch")));

    let back: TransferId = id(&world.offer(PARTNER, item, LEAD, json!({})).await.unwrap().0);
    let reason = json!({ "reason": "Not before the analysis" });
    let refused = world.write(LEAD, None, reason.clone(), move |tx, sent| {
        service::refuse(tx, case(), item, back, sent)?.try_map(ok::<TransferView>)
    });
    assert_eq!(refused.await.unwrap().0["status"], "refused");
    let again: TransferId = id(&world.offer(PARTNER, item, LEAD, json!({})).await.unwrap().0);
    let cancelled = world.write(PARTNER, None, reason, move |tx, sent| {
        service::cancel(tx, case(), item, again, sent)?.try_map(ok::<TransferView>)
    });
    assert_eq!(cancelled.await.unwrap().0["status"], "cancelled");
    world.dispose(PARTNER, item, "retained").await.unwrap();

    let line = world.read(LEAD, move |view| {
        let line = service::custody(view, case(), item)?;
        Answer::ok(&line.into_iter().map(CustodyStep::from).collect::<Vec<_>>())
    });
    let line = line.await.unwrap().0;
    let steps: Vec<_> = line.as_array().unwrap().iter().collect();
    let names: Vec<_> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["registered", "transferred", "disposed"]);
    for pair in steps.windows(2) {
        assert_eq!(pair[0]["to_agency_id"], pair[1]["from_agency_id"]);
    }
    let deeds = world.deeds().await;
    assert!(
        deeds.iter().all(|(_, details)| !details.contains("Packet") && !details.contains("KG-1"))
    );
}

#[tokio::test]
async fn a_digest_that_differs_leaves_a_flag_once() {
    let world = World::new().await;
    let data =
        json!({ "kind": "digital", "sha256": SHA, "size_bytes": 7, "audience": [agency(PARTNER)] });
    let item: EvidenceId = id(&world.register(LEAD, data).await.unwrap().0);
    for (sha256, result, flags) in [
        (SHA.to_uppercase(), "match", 0),
        ("ab".repeat(32), "mismatch", 1),
        ("cd".repeat(32), "mismatch", 1),
    ] {
        let body = json!({ "sha256": sha256 });
        let verified = world.write(PARTNER, None, body, move |tx, sent| {
            service::verify(tx, case(), item, sent)?.try_map(ok::<VerificationView>)
        });
        let view = verified.await.unwrap().0;
        assert_eq!(
            (&view["result"], view["flags"].as_array().unwrap().len()),
            (&json!(result), flags)
        );
    }
    let (view, version) = world.get(LEAD, item).await.unwrap();
    assert_eq!((&view["flags"][0]["kind"], version), (&json!("hash_mismatch"), Some(2)));
    let deeds = world.deeds().await;
    let count = |deed| deeds.iter().filter(|(told, _)| *told == deed).count();
    assert_eq!((count(Deed::EvidenceVerified), count(Deed::EvidenceFlagged)), (3, 1));
    let other = json!({ "sha256": "ab".repeat(32), "kind": "digital", "size_bytes": null });
    let found = faults(world.edit(LEAD, item, 2, other).await);
    assert_eq!(
        found.iter().map(|(pointer, _)| pointer).collect::<Vec<_>>(),
        ["/sha256", "/size_bytes"]
    );

    let thing = world.shared(LEAD, &[]).await;
    let verified = world.write(LEAD, None, json!({ "sha256": SHA }), move |tx, sent| {
        service::verify(tx, case(), thing, sent)?.try_map(ok::<VerificationView>)
    });
    assert_eq!(code(verified.await), "state-refused");
}

#[tokio::test]
async fn h1_locks_until_the_provider_permits_and_the_flag_stays() {
    let world = World::new().await;
    let item = world.shared(LEAD, &[PARTNER]).await;
    let (view, _) = world.edit(LEAD, item, 1, json!({ "handling_codes": ["H1"] })).await.unwrap();
    assert_eq!((&view["h1_locked"], &view["flags"][0]["kind"]), (&json!(true), &json!("h1_lock")));
    let gone = faults(world.edit(LEAD, item, 2, json!({ "handling_codes": ["H0"] })).await);
    assert_eq!(gone[0].0, "/handling_codes");
    assert_eq!(code(world.dispose(LEAD, item, "transferred_to_court").await), "h1-lock");

    let permit = json!({ "use_as_evidence_permitted": true });
    assert_eq!(code(world.edit(PARTNER, item, 2, permit.clone()).await), "forbidden");
    let (view, _) = world.edit(LEAD, item, 2, permit).await.unwrap();
    assert_eq!((&view["h1_locked"], view["flags"].as_array().unwrap().len()), (&json!(false), 1));

    let open = |view: &mut View<'_>| {
        let permit = standing::see::<act::ChangeCaseState>(view, case())?.permit;
        let agency = view.context().officer()?.agency;
        let unsettled = store::without_disposition(view, &permit, agency)?;
        Answer::ok(&(unsettled.shown, unsettled.hidden))
    };
    assert_eq!(world.read(LEAD, open).await.unwrap().0, json!([[item], false]));
    assert_eq!(world.read(OTHER, open).await.unwrap().0, json!([[], true]));
    world.dispose(LEAD, item, "transferred_to_court").await.unwrap();
    assert_eq!(world.read(LEAD, open).await.unwrap().0, json!([[], false]));
    assert_eq!(code(world.dispose(LEAD, item, "destroyed").await), "state-refused");
    assert_eq!(code(world.offer(LEAD, item, PARTNER, json!({})).await), "state-refused");
}
