use diesel::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::cases::milestones::model::MilestoneStatus;
use crate::db::schema::{journal_entries, milestone_reports};
use crate::db::{Cursor, Run};
use crate::ids::EntryId;

mod world;

use world::{START, World};

#[tokio::test]
async fn a_plan_becomes_due_and_overdue_and_the_filter_agrees_with_the_clock() {
    let mut world = World::new().await;
    let id = world.planned(&world.lead, "2026-03-01T09:00:00Z").await;
    let unplanned = json!({"kind": "stopped", "occurred_at": "2026-03-01T07:59:00Z"});
    world.post(&world.lead, unplanned).await;
    let page = Page { limit: 50, after: None };
    for (wait, expected) in
        [(0, "pending"), (60, "due"), (30, "due"), (1, "overdue"), (600, "overdue")]
    {
        world.later(wait);
        assert_eq!(world.read(&world.lead, id).await.unwrap()["status"], expected);
        for status in crate::text_enum::TextEnum::ALL {
            let filter = Filter { status: Some(*status), kind: None };
            let (items, _) = world.list(filter, page).await;
            let count =
                usize::from(status.to_string() == expected || *status == MilestoneStatus::Reported);
            assert_eq!(items.len(), count, "{status} while {expected}");
            for item in items {
                assert_eq!(item["status"], status.to_string());
            }
        }
    }
}

#[tokio::test]
async fn pages_give_every_milestone_once_with_a_fixed_number_of_statements() {
    let world = World::new().await;
    for minute in 0..5 {
        let body =
            json!({"kind": "checkpoint", "occurred_at": format!("2026-03-01T07:0{minute}:00Z")});
        world.post(&world.lead, body).await;
    }
    let mut seen = Vec::new();
    let mut page = Page { limit: 2, after: None };
    loop {
        let before = world.db.statements();
        let (items, next) = world.list(Filter::default(), page).await;
        let statements = world.db.statements() - before;
        assert_eq!(statements, 4, "the standing, the case, the page, the consultation");
        seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = next else { break };
        page.after = Cursor::decode(&next);
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), sorted.len()), (5, 5));
    let arrived = Filter { status: None, kind: Some(model::MilestoneKind::Arrived) };
    assert!(world.list(arrived, Page { limit: 2, after: None }).await.0.is_empty());
}

#[tokio::test]
async fn what_nobody_planned_is_reported_at_once_in_the_zone_of_the_agency() {
    let world = World::new().await;
    let body = json!({
        "kind": "stopped", "occurred_at": "2026-03-01T07:55:00Z", "place": " Lay-by ",
        "position": {"latitude": "42.87460", "longitude": "74.5698"}, "note": "Flat tyre"
    });
    let (id, milestone) = world.post(&world.partner, body).await;
    assert_eq!(milestone["planned"], false);
    assert_eq!(milestone["status"], "reported");
    assert_eq!(milestone["expected_at"], Value::Null);
    assert_eq!(milestone["place"], "Lay-by");
    assert_eq!(milestone["report"]["time_zone"], "Asia/Almaty");
    assert_eq!(milestone["report"]["position"]["latitude"], "42.87460");
    assert_eq!(milestone["report"]["flags"], json!([]));
    let correction = json!({
        "reason": "Wrong lay-by", "occurred_at": "2026-03-01T07:50:00Z", "place": "Next lay-by",
        "time_zone": "asia/bishkek"
    });
    let corrected = world.act(&world.partner, Some(id), "supersede", correction).await.unwrap();
    assert_eq!(corrected["place"], "Next lay-by");
    assert_eq!(corrected["time_zone"], "Asia/Bishkek");
    assert_eq!(corrected["note"], Value::Null);
}

#[tokio::test]
async fn a_report_is_kept_whatever_the_state_and_the_first_one_stands() {
    let mut world = World::new().await;
    let id = world.planned(&world.lead, "2026-03-01T05:00:00Z").await;
    let reason = json!({"reason": "The route changed"});
    let waived = world.act(&world.lead, Some(id), "waive", reason).await.unwrap();
    assert_eq!(
        (&waived["status"], &waived["waived_reason"]),
        (&json!("waived"), &json!("The route changed"))
    );
    world.close_case().await;
    let late = json!({"occurred_at": "2026-03-01T06:00:00Z"});
    let first = world.act(&world.partner, Some(id), "report", late).await.unwrap();
    assert_eq!(first["report"]["flags"], json!(["late", "beyond_tolerance", "waived"]));
    assert_eq!(first["waived_reason"], "The route changed");
    world.later(1);
    let future = json!({"occurred_at": "2026-03-02T06:00:00Z"});
    let second = world.act(&world.lead, Some(id), "report", future).await.unwrap();
    assert_eq!(second["report"]["id"], first["report"]["id"]);
    assert_eq!((&second["report_count"], &second["status"]), (&json!(2), &json!("reported")));
    let history = world.history(id).await;
    let duplicate = &history["items"][1];
    assert_eq!(duplicate["report"]["duplicate_of"], first["report"]["id"]);
    assert_eq!(duplicate["report"]["flags"], json!(["duplicate", "future", "beyond_tolerance"]));
    assert_eq!(
        (&history["items"][0]["stands"], &duplicate["stands"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(history["waiver"]["reason"], "The route changed");
}

#[tokio::test]
async fn a_dispute_is_settled_by_a_correction_that_is_confirmed() {
    let mut world = World::new().await;
    let (lead, partner) = (&world.lead.clone(), &world.partner.clone());
    let id = world.planned(lead, "2026-03-01T08:00:00Z").await;
    let at = |time: &str| json!({"occurred_at": format!("2026-03-01T{time}Z")});
    let first = world.act(partner, Some(id), "report", at("07:58:00")).await.unwrap();
    let why = json!({"reason": "Our post saw it later"});
    assert_eq!(world.refused(partner, Some(id), "confirm", json!({})).await.0, "state-refused");
    let disputed = world.act(lead, Some(id), "dispute", why.clone()).await.unwrap();
    assert_eq!(disputed["status"], "disputed");
    assert_eq!(world.refused(lead, Some(id), "dispute", why.clone()).await.0, "state-refused");
    assert_eq!(world.refused(lead, Some(id), "waive", why).await.0, "state-refused");
    world.later(1);
    let mut correction = at("08:00:00");
    correction["reason"] = json!("Read from the wrong camera");
    let corrected = world.act(partner, Some(id), "supersede", correction).await.unwrap();
    assert_eq!(corrected["status"], "reported");
    assert_eq!(corrected["report"]["supersedes"], first["report"]["id"]);
    let note = json!({"note": "Seen"});
    let confirmed = world.act(lead, Some(id), "confirm", note).await.unwrap();
    assert_eq!(
        (&confirmed["status"], &confirmed["report_count"]),
        (&json!("confirmed"), &json!(2))
    );
    let history = world.history(id).await;
    let [old, new] = [&history["items"][0], &history["items"][1]];
    assert_eq!(old["superseded_by"], new["report"]["id"]);
    assert_eq!(old["report"]["occurred_at"], "2026-03-01T07:58:00.000000Z");
    assert_eq!(old["reviews"][0]["verdict"], "disputed");
    assert_eq!(new["reviews"][0]["note"], "Seen");
    assert_eq!(new["report"]["reason"], "Read from the wrong camera");
}

#[tokio::test]
async fn everybody_does_only_what_the_table_says() {
    let world = World::new().await;
    let planned = world.planned(&world.lead, "2026-03-01T08:00:00Z").await;
    let id = Some(planned);
    let why = || json!({"reason": "Because"});
    let what = || json!({"reason": "Because", "occurred_at": START});
    // Nobody owns a report that is not there; a partner neither waives nor corrects what is the lead's.
    assert_eq!(world.refused(&world.partner, id, "waive", why()).await.0, "forbidden");
    assert_eq!(world.refused(&world.partner, id, "supersede", what()).await.0, "forbidden");
    assert_eq!(world.refused(&world.lead, id, "supersede", what()).await.0, "state-refused");
    for action in ["post", "report", "confirm", "dispute", "waive", "supersede"] {
        let observer = world.refused(&world.observer, id, action, json!({})).await.0;
        assert_eq!(observer, "forbidden", "{action}");
        let stranger = world.refused(&world.stranger, id, action, json!({})).await.0;
        assert_eq!(stranger, "not-found", "{action}");
        if action != "post" {
            let nothing = world.refused(&world.observer, None, action, json!({})).await.0;
            assert_eq!(nothing, "not-found", "{action}");
        }
    }
    let own = Some(world.planned(&world.partner, "2026-03-01T08:00:00Z").await);
    world.act(&world.partner, own, "waive", why()).await.unwrap();
    world.act(&world.lead, id, "report", json!({"occurred_at": START})).await.unwrap();
    world.act(&world.lead, id, "supersede", what()).await.unwrap();
    assert!(world.read(&world.observer, planned).await.is_ok());
    assert!(world.read(&world.stranger, planned).await.is_err());
}

#[tokio::test]
async fn every_fault_of_what_is_sent_is_named() {
    let world = World::new().await;
    let lead = &world.lead;
    let (code, pointers) = world
        .refused(
            lead,
            None,
            "post",
            json!({
                "kind": "departed", "tolerance_minutes": 10_081, "time_zone": "Asia/Atlantis",
                "place": "x".repeat(201), "note": "a\u{7}b"
            }),
        )
        .await;
    assert_eq!(code, "validation-failed");
    assert_eq!(pointers, ["/expected_at", "/place", "/time_zone", "/note", "/tolerance_minutes"]);
    for (body, pointer) in [
        (json!({"kind": "departed", "expected_at": START, "occurred_at": START}), "/expected_at"),
        (json!({"kind": "departed", "occurred_at": "0850-01-01T00:00:00Z"}), "/occurred_at"),
        (json!({"kind": "departed", "occurred_at": "yesterday"}), "/occurred_at"),
        (json!({"kind": "vanished", "occurred_at": START}), "/kind"),
        (json!({"kind": "departed", "occurred_at": START, "leg_id": world.case}), "/leg_id"),
        (
            json!({"kind": "departed", "occurred_at": START,
                "position": {"latitude": "91", "longitude": "0"}}),
            "/position/latitude",
        ),
    ] {
        let (code, pointers) = world.refused(lead, None, "post", body.clone()).await;
        assert_eq!((code, pointers), ("validation-failed", vec![pointer.to_owned()]), "{body}");
    }
    let id = Some(world.planned(lead, START).await);
    let (_, pointers) = world.refused(lead, id, "dispute", json!({"reason": " "})).await;
    assert_eq!(pointers, ["/reason"]);
}

#[tokio::test]
async fn the_journal_tells_everything_and_holds_no_free_text() {
    let world = World::new().await;
    let id = world.planned(&world.lead, START).await;
    let body = json!({"occurred_at": START, "place": "Ak-Jol", "note": "Secret words"});
    world.act(&world.partner, Some(id), "report", body.clone()).await.unwrap();
    world.act(&world.lead, Some(id), "report", body).await.unwrap();
    world.act(&world.lead, Some(id), "confirm", json!({"note": "Secret words"})).await.unwrap();
    let subject = EntryId::from_uuid(id.uuid());
    let work = move |tx: &mut Tx<'_>| {
        let entries: Vec<(String, String)> = journal_entries::table
            .filter(journal_entries::subject_id.eq(subject))
            .order(journal_entries::sequence)
            .select((journal_entries::action, journal_entries::details))
            .all(tx)?;
        // Even a write past every rule is refused by the database.
        let changed = diesel::update(milestone_reports::table)
            .set(milestone_reports::place.eq("Elsewhere"))
            .run(tx)
            .is_ok();
        Ok((entries, changed))
    };
    let (entries, changed) = world.db.housekeep(&world.context(&world.lead), work).await.unwrap();
    assert!(!changed);
    let actions: Vec<&str> = entries.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(
        actions,
        ["milestone.planned", "milestone.reported", "milestone.reported", "milestone.confirmed"]
    );
    for (_, details) in &entries {
        assert!(!details.contains("Ak-Jol") && !details.contains("Secret"), "{details}");
    }
    assert!(entries[2].1.contains("duplicate_of") && entries[2].1.contains("\"duplicate\""));
}
