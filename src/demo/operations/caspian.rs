//! August 2009: a real commercial truck with an exercise load from the border of Iran and Azerbaijan over Baku and the
//! Caspian Sea to Aktau.

use serde_json::{Value, json};

use crate::demo::cast::Cast;
use crate::demo::directory;
use crate::demo::scene::{Handing, Scene, Stop, end, joined};
use crate::demo::stage::Stage;
use crate::error::Result;

const BORDER: Stop = ("Astara, border of Iran and Azerbaijan", "AZ", "Asia/Baku");
const FERRY: Stop = ("Baku, ferry port", "AZ", "Asia/Baku");
const AKTAU: Stop = ("Aktau, sea port", "KZ", "Asia/Aqtau");

/// Plays it.
///
/// # Errors
/// What the contract refuses.
pub async fn play(stage: &Stage, players: &Cast) -> Result<()> {
    stage.on("2009-08-10T06:00:00Z")?;
    directory::keep(stage, players, "kz").await?;
    let (scene, load) = Scene::open(stage, players, "az", (header(), exercise_load())).await?;
    scene.take_part("az", &[("kz", "partner"), ("centre", "coordinator")]).await?;
    let legs = route(&scene).await?;
    leave(&scene).await?;
    // The centre devised the scenario and coordinated.
    stage.on("2009-08-17T07:00:00Z")?;
    scene.moves("centre", json!({"to": "ready"})).await?;
    travel(&scene, &load, &legs).await?;
    conclude(&scene, &load).await
}

fn header() -> Value {
    json!({
        "code_name": "Caspian truck",
        "summary": "Field exercise on a real commercial truck from the Iran-Azerbaijan border over Baku and the Caspian Sea \
                    to Aktau, 24 to 28 August 2009; the regional centre devised the scenario and coordinated.",
        "priority": "routine", "modality": "substituted", "handling_codes": ["H0"],
    })
}

fn package() -> Value {
    json!({"value": "1", "unit": "package"})
}

/// Its vehicle plate is matched with what others have entered, which is the deconfliction check.
fn exercise_load() -> Value {
    json!({
        "kind": "other", "substance": "exercise load", "quantity": package(), "measured": "measured",
        "modality": "substituted", "seals": ["AZ-0824"],
        "identifiers": [{"kind": "vehicle_plate", "value": "10-AB-123"}],
    })
}

async fn route(scene: &Scene<'_>) -> Result<[String; 2]> {
    let by_road = json!({
        "from": end(BORDER), "to": end(FERRY), "mode": "road",
        "planned_departure": "2009-08-24T05:00:00Z", "planned_arrival": "2009-08-24T14:00:00Z",
    });
    let by_sea = json!({
        "from": end(FERRY), "to": end(AKTAU), "mode": "sea",
        "exit_point": FERRY.0, "entry_point": AKTAU.0,
        "planned_departure": "2009-08-26T18:00:00Z", "planned_arrival": "2009-08-28T04:00:00Z",
    });
    let first = scene.step("az", "create_leg", &[], by_road).await?;
    Ok([first, scene.step("az", "create_leg", &[], by_sea).await?])
}

/// Azerbaijan lets the truck out, Kazakhstan lets it come in at Aktau.
async fn leave(scene: &Scene<'_>) -> Result<()> {
    let asked = |asks: Value| {
        let request = json!({
            "offence": "None: an exercise in the procedure for the smuggling of narcotic drugs",
            "facts": "A commercial truck with an exercise load travels from Astara over Baku to Aktau.",
            "modalities": ["substituted"],
            "window": {"from": "2009-08-24T00:00:00Z", "until": "2009-08-29T00:00:00Z"},
            "intervention_criteria": "The truck leaves the planned road, or is out of sight for an hour.",
            "assurances": {"feedback": "Every State reports within a week"},
            "decision_needed_by": "2009-08-20T00:00:00Z",
        });
        joined(request, asks)
    };
    let exit = asked(json!({"asks": ["exit", "transit"], "exit_points": [FERRY.0]}));
    let enter = asked(json!({"asks": ["enter", "deliver"], "entry_points": [AKTAU.0]}));
    let granted = |more: Value| {
        let grant = json!({
            "permitted_modalities": ["substituted"],
            "valid_from": "2009-08-24T00:00:00Z", "valid_until": "2009-08-29T00:00:00Z",
        });
        joined(grant, more)
    };
    let out = scene.ask("az", "az", exit).await?;
    let into = scene.ask("az", "kz", enter).await?;
    scene.stage.on("2009-08-12T08:00:00Z")?;
    let conditions = json!({"conditions": "The truck is followed at all times."});
    scene.grant("az", &out, granted(conditions)).await?;
    scene.stage.on("2009-08-14T09:30:00Z")?;
    let conditions = json!({
        "conditions": "The load is opened in the presence of the customs of Aktau.",
        "entry_points": [AKTAU.0],
    });
    scene.grant("kz", &into, granted(conditions)).await
}

async fn travel(scene: &Scene<'_>, load: &str, [by_road, by_sea]: &[String; 2]) -> Result<()> {
    let stage = scene.stage;
    stage.on("2009-08-24T05:00:00Z")?;
    scene.moves("az", json!({"to": "active"})).await?;
    scene.take_control("az", load, BORDER.0).await?;
    stage.on("2009-08-24T05:30:00Z")?;
    scene.travel("az", "start_leg", by_road).await?;
    scene.tell("az", "departed", BORDER.0).await?;
    stage.on("2009-08-24T14:00:00Z")?;
    scene.tell("az", "checkpoint", "Baku").await?;
    scene.travel("az", "complete_leg", by_road).await?;
    stage.on("2009-08-26T18:00:00Z")?;
    scene.travel("az", "start_leg", by_sea).await?;
    scene.cross("az", "exit", by_sea, FERRY.0).await?;
    scene.tell("az", "exited", FERRY.0).await?;
    stage.on("2009-08-28T03:00:00Z")?;
    let quantity = package();
    let place = AKTAU.0;
    let handing = Handing { goods: load, leg: by_sea, place, quantity, seals: &["AZ-0824"] };
    scene.hand_over("az", "kz", handing).await?;
    stage.on("2009-08-28T03:15:00Z")?;
    scene.cross("kz", "enter", by_sea, AKTAU.0).await?;
    scene.tell("kz", "entered", AKTAU.0).await?;
    stage.on("2009-08-28T04:00:00Z")?;
    scene.travel("az", "complete_leg", by_sea).await?;
    let arrived = scene.tell("kz", "arrived", "Aktau").await?;
    let path = [("milestone_id", arrived.as_str())];
    scene.step("az", "confirm_milestone", &path, Value::Null).await?;
    Ok(())
}

async fn conclude(scene: &Scene<'_>, load: &str) -> Result<()> {
    let stage = scene.stage;
    stage.on("2009-08-28T06:00:00Z")?;
    let opened = json!({
        "reason": "delivered_and_seized", "occurred_at": stage.now(), "place": "Aktau, customs yard",
        "quantity": package(),
    });
    scene.step("kz", "end_control", &[("consignment_id", load)], opened).await?;
    film(scene).await?;
    stage.on("2009-08-28T12:00:00Z")?;
    scene.moves("az", json!({"to": "concluded", "outcome": "delivered_no_arrest"})).await?;
    stage.on("2009-09-01T06:00:00Z")?;
    let reports = [
        (
            "az",
            "The truck was followed from Astara to the ferry and handed over on board in Aktau.",
        ),
        ("kz", "The truck was taken over in the port of Aktau and its load opened by customs."),
    ];
    for (state, summary) in reports {
        scene.step(state, "create_state_report", &[], json!({"summary": summary})).await?;
    }
    scene.moves("az", json!({"to": "closed"})).await?;
    stage.on("2009-09-02T05:00:00Z")?;
    scene.moves("centre", json!({"to": "closed"})).await
}

/// What was filmed goes with the goods.
async fn film(scene: &Scene<'_>) -> Result<()> {
    let film = json!({
        "title": "Surveillance film of the crossing", "kind": "video", "storage_place": "Baku, evidence room",
        "handling_codes": ["H0"], "audience": [scene.agency("kz"), scene.agency("centre")],
    });
    let film = scene.step("az", "create_evidence", &[], film).await?;
    let item = [("evidence_id", film.as_str())];
    let offer = json!({
        "to_agency_id": scene.agency("kz"), "place": "Aktau", "purpose": "Evaluation of the exercise",
    });
    let transfer = scene.step("az", "offer_transfer", &item, offer).await?;
    let path = [("evidence_id", film.as_str()), ("transfer_id", transfer.as_str())];
    let kept = json!({"storage_place": "Astana, archive"});
    scene.step("kz", "accept_transfer", &path, kept).await?;
    let retained = json!({"disposition": "retained", "reason": "For training"});
    scene.step("kz", "dispose_evidence", &item, retained).await?;
    Ok(())
}
