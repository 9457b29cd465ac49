//! A case in every state. All of it is invented.

use serde_json::{Value, json};

use crate::access::Context;
use crate::answer::Answer;
use crate::cases::case::import::{Imported, import};
use crate::cases::case::input::CaseInput;
use crate::cases::case::model::{CaseStatus, Outcome};
use crate::demo::cast::Cast;
use crate::demo::scene::{Scene, joined};
use crate::demo::stage::Stage;
use crate::error::{Error, Result};

/// Plays them all.
///
/// # Errors
/// What the contract refuses.
pub async fn play(stage: &Stage, players: &Cast) -> Result<()> {
    draft(stage, players).await?;
    planning(stage, players).await?;
    called_off(stage, players).await?;
    underway(stage, players, "Juniper", CaseStatus::Ready, "uz").await?;
    underway(stage, players, "Saker falcon", CaseStatus::Active, "kz").await?;
    underway(stage, players, "Winter road", CaseStatus::Suspended, "kz").await?;
    underway(stage, players, "Blue gate", CaseStatus::Intervention, "kz").await?;
    concluded(stage, players).await
}

fn header(code_name: &str, summary: &str, priority: &str) -> Value {
    json!({
        "code_name": code_name, "summary": summary, "priority": priority, "modality": "live",
        "handling_codes": ["H0"],
    })
}

fn with_consignment(header: Value, substance: &str, kilograms: &str) -> Value {
    let consignment = json!({
        "kind": "narcotic", "substance": substance, "quantity": {"value": kilograms, "unit": "kg"},
        "measured": "estimated", "modality": "live", "packaging": "parcels in a truck of dried fruit",
        "identifiers": [{"kind": "container", "value": "CSQU3054383"}, {"kind": "vehicle_plate", "value": "01KG777ABC"}],
    });
    joined(header, json!({"consignments": [consignment]}))
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
    let scene = Scene::of(stage, players, case);
    scene.moves("kg", json!({ "to": "planning" })).await?;
    scene.take_part("kg", &[("kz", "partner"), ("centre", "coordinator")]).await?;
    let prosecutor = json!({ "agency_id": players.agency("kz-prosecutor"), "role": "authority" });
    scene.step("kg", "invite_member", &[], prosecutor).await?;
    let officer = stage.officer(players.officer("kg", "case_officer")?).await?;
    scene.step("kg", "create_assignment", &[], json!({ "user_id": officer.user })).await?;
    let hours = |hours: i64| stage.now().plus_seconds(hours * 3600);
    scene.plan("kg", "departed", hours(-3), "Osh").await?;
    scene.plan("kg", "arrived_border", hours(9), "Korday").await?;
    scene.tell_of("kg", "detected", hours(-5), "Osh, freight yard").await?;
    evidence(&scene).await
}

async fn evidence(scene: &Scene<'_>) -> Result<()> {
    let sample = json!({
        "title": "Sample of 12 g", "kind": "sample", "storage_place": "Osh, laboratory", "seal": "KG-0417",
        "handling_codes": ["H0"], "audience": [scene.agency("kz")],
    });
    let sample = scene.step("kg", "create_evidence", &[], sample).await?;
    let photo = json!({
        "title": "Photo of the truck's plate", "kind": "photo", "storage_place": "Bishkek, case server",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "size_bytes": 48_213,
        "handling_codes": ["H1"], "audience": [],
    });
    scene.step("kg", "create_evidence", &[], photo).await?;
    let offer = json!({
        "to_agency_id": scene.agency("kz"), "place": "Korday", "purpose": "comparison by the laboratory in Almaty",
        "seal": "KG-0417", "condition": "sealed, dry",
    });
    let item = ("evidence_id", sample.as_str());
    let transfer = scene.step("kg", "offer_transfer", &[item], offer).await?;
    let taken = json!({ "seal": "KG-0417", "condition": "sealed, dry", "storage_place": "Almaty, laboratory" });
    scene.step("kz", "accept_transfer", &[item, ("transfer_id", &transfer)], taken).await?;
    Ok(())
}

async fn called_off(stage: &Stage, players: &Cast) -> Result<()> {
    let summary = "A courier by train; he was arrested for something else before he left.";
    let body = with_consignment(header("Night train", summary, "routine"), "hashish", "3");
    let case = stage.call(Some(players.speaker("uz")?), "create_case", &[], body).await?.id();
    let to = json!({ "to": "called_off", "reason": "The courier was arrested elsewhere." });
    Scene::of(stage, players, case).moves("uz", to).await
}

/// A case that was begun by telephone and is recorded in the state that it had reached.
async fn underway(
    stage: &Stage,
    players: &Cast,
    code_name: &str,
    status: CaseStatus,
    partner: &str,
) -> Result<()> {
    let summary = "Begun by telephone; recorded here in the state that it had reached.";
    let case = record(stage, players, "kg", header(code_name, summary, "urgent"), (status, None));
    let scene = Scene::of(stage, players, case.await?);
    scene.take_part("kg", &[(partner, "partner"), ("centre", "coordinator")]).await?;
    let now = stage.now();
    scene.tell_of("kg", "departed", now.plus_seconds(-26 * 3600), "Bishkek").await?;
    scene.plan("kg", "arrived", now.plus_seconds(6 * 3600), "the recipient's yard").await
}

async fn concluded(stage: &Stage, players: &Cast) -> Result<()> {
    let summary = "Nothing was found in the parcel; recorded for the statistics, and to be closed.";
    let concluded = (CaseStatus::Concluded, Some(Outcome::Abandoned));
    record(stage, players, "uz", header("Empty parcel", summary, "routine"), concluded).await?;
    Ok(())
}

/// Records a case that was worked before this server, and gives its id.
async fn record(
    stage: &Stage,
    players: &Cast,
    lead: &str,
    header: Value,
    (status, outcome): (CaseStatus, Option<Outcome>),
) -> Result<String> {
    let officer = stage.officer(players.speaker(lead)?).await?;
    let header: CaseInput = serde_json::from_value(header).map_err(Error::internal)?;
    let imported = Imported {
        lead: officer.agency,
        country: officer.country,
        officer: officer.user,
        header,
        status,
        outcome,
    };
    let context = Context::of_command("demo", stage.now());
    let work =
        move |tx: &mut crate::db::Tx<'_>| import(tx, &imported)?.try_map(|row| Answer::ok(&row.id));
    let answer = stage.app.db.write(&context, work).await?;
    serde_json::from_str(answer.body.as_deref().unwrap_or_default()).map_err(Error::internal)
}
