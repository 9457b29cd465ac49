//! A case in every state. All of it is invented.

use serde_json::{Value, json};

use crate::cases::case::model::{CaseStatus, Outcome};
use crate::clock::Instant;
use crate::demo::cast::Cast;
use crate::demo::operations::{move_case, record, report, take_part};
use crate::demo::stage::Stage;
use crate::error::Result;

/// Plays them all.
///
/// # Errors
/// What the contract refuses.
pub async fn play(stage: &Stage, players: &Cast) -> Result<()> {
    draft(stage, players).await?;
    planning(stage, players).await?;
    called_off(stage, players).await?;
    let now = stage.app.clock.now();
    underway(stage, players, "Juniper", CaseStatus::Ready, "uz", now).await?;
    underway(stage, players, "Saker falcon", CaseStatus::Active, "kz", now).await?;
    underway(stage, players, "Winter road", CaseStatus::Suspended, "kz", now).await?;
    underway(stage, players, "Blue gate", CaseStatus::Intervention, "kz", now).await?;
    closed(stage, players).await
}

fn header(code_name: &str, summary: &str, priority: &str) -> Value {
    json!({
        "code_name": code_name, "summary": summary, "priority": priority, "modality": "live",
        "handling_codes": ["H0"],
    })
}

fn with_consignment(mut header: Value, substance: &str, kilograms: &str) -> Value {
    let consignment = json!([{
        "kind": "narcotic", "substance": substance, "quantity": {"value": kilograms, "unit": "kg"},
        "measured": "estimated", "modality": "live", "packaging": "parcels in a truck of dried fruit",
        "identifiers": [{"kind": "container", "value": "CSQU3054383"}, {"kind": "vehicle_plate", "value": "01KG777ABC"}],
    }]);
    if let Some(fields) = header.as_object_mut() {
        fields.insert("consignments".to_owned(), consignment);
    }
    header
}

async fn draft(stage: &Stage, players: &Cast) -> Result<()> {
    let body =
        header("Wild apricot", "An informant expects a parcel; nothing is certain yet.", "routine");
    stage.call(Some(players.speaker("kg")?), "create_case", &[], body).await?;
    Ok(())
}

/// A case that is being prepared by three agencies, with one milestone overdue and one item of evidence handed on.
async fn planning(stage: &Stage, players: &Cast) -> Result<()> {
    let summary = "Opium in a truck of dried fruit from Osh, bound for Almaty; the recipients are not known yet.";
    let body = with_consignment(header("Snow leopard", summary, "urgent"), "opium", "41.5");
    let kg = players.speaker("kg")?;
    let case = stage.call(Some(kg), "create_case", &[], body).await?.id();
    let path = [("case_id", case.as_str())];
    move_case(stage, players, "kg", &case, json!({ "to": "planning" })).await?;
    take_part(stage, players, "kg", &case, &[("kz", "partner"), ("centre", "coordinator")]).await?;
    let prosecutor = json!({ "agency_id": players.agency("kz-prosecutor"), "role": "authority" });
    stage.call(Some(kg), "invite_member", &path, prosecutor).await?;
    let officer = json!({ "user_id": players.officer("kg", "case_officer")?.user });
    stage.call(Some(kg), "create_assignment", &path, officer).await?;
    let now = stage.app.clock.now();
    plan(stage, players, &case, "departed", now.plus_seconds(-3 * 3600), "Osh").await?;
    plan(stage, players, &case, "arrived_border", now.plus_seconds(9 * 3600), "Korday").await?;
    let seen = now.plus_seconds(-5 * 3600).to_string();
    report(stage, players, &case, &[("kg", "detected", &seen, "Osh, freight yard")]).await?;
    evidence(stage, players, &case).await
}

async fn plan(
    stage: &Stage,
    players: &Cast,
    case: &str,
    kind: &str,
    expected_at: Instant,
    place: &str,
) -> Result<()> {
    let body = json!({
        "kind": kind, "expected_at": expected_at, "tolerance_minutes": 60, "place": place,
    });
    stage.call(Some(players.speaker("kg")?), "post_milestone", &[("case_id", case)], body).await?;
    Ok(())
}

async fn evidence(stage: &Stage, players: &Cast, case: &str) -> Result<()> {
    let (kg, kz) = (players.speaker("kg")?, players.speaker("kz")?);
    let sample = json!({
        "title": "Sample of 12 g", "kind": "sample", "storage_place": "Osh, laboratory", "seal": "KG-0417",
        "handling_codes": ["H0"], "audience": [players.agency("kz")],
    });
    let path = [("case_id", case)];
    let sample = stage.call(Some(kg), "create_evidence", &path, sample).await?.id();
    let photo = json!({
        "title": "Photo of the truck's plate", "kind": "photo", "storage_place": "Bishkek, case server",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "size_bytes": 48_213,
        "handling_codes": ["H1"], "audience": [],
    });
    stage.call(Some(kg), "create_evidence", &path, photo).await?;
    let offer = json!({
        "to_agency_id": players.agency("kz"), "place": "Korday", "purpose": "comparison by the laboratory in Almaty",
        "seal": "KG-0417", "condition": "sealed, dry",
    });
    let path = [("case_id", case), ("evidence_id", sample.as_str())];
    let transfer = stage.call(Some(kg), "offer_transfer", &path, offer).await?.id();
    let path =
        [("case_id", case), ("evidence_id", sample.as_str()), ("transfer_id", transfer.as_str())];
    let taken = json!({ "seal": "KG-0417", "condition": "sealed, dry", "storage_place": "Almaty, laboratory" });
    stage.call(Some(kz), "accept_transfer", &path, taken).await?;
    Ok(())
}

async fn called_off(stage: &Stage, players: &Cast) -> Result<()> {
    let summary = "A courier by train; he was arrested for something else before he left.";
    let body = with_consignment(header("Night train", summary, "routine"), "hashish", "3");
    let case = stage.call(Some(players.speaker("uz")?), "create_case", &[], body).await?.id();
    let to = json!({ "to": "called_off", "reason": "The courier was arrested elsewhere." });
    move_case(stage, players, "uz", &case, to).await
}

/// A case that was begun by telephone and is recorded in the state that it had reached.
async fn underway(
    stage: &Stage,
    players: &Cast,
    code_name: &str,
    status: CaseStatus,
    partner: &str,
    now: Instant,
) -> Result<()> {
    let summary = "Begun by telephone; recorded here in the state that it had reached.";
    let case =
        record(stage, players, "kg", header(code_name, summary, "urgent"), status, None).await?;
    take_part(stage, players, "kg", &case, &[(partner, "partner"), ("centre", "coordinator")])
        .await?;
    let departed = now.plus_seconds(-26 * 3600).to_string();
    report(stage, players, &case, &[("kg", "departed", &departed, "Bishkek")]).await?;
    plan(stage, players, &case, "arrived", now.plus_seconds(6 * 3600), "the recipient's yard").await
}

async fn closed(stage: &Stage, players: &Cast) -> Result<()> {
    let summary = "Nothing was found in the parcel; recorded for the statistics.";
    let concluded = (CaseStatus::Concluded, Some(Outcome::Abandoned));
    let head = header("Empty parcel", summary, "routine");
    let case = record(stage, players, "uz", head, concluded.0, concluded.1).await?;
    move_case(stage, players, "uz", &case, json!({ "to": "closed" })).await
}
