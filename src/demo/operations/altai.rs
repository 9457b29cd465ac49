//! October 2010: heroin from the Kyrgyz Republic through Kazakhstan into the Russian Federation; 5.3 kg seized and two
//! recipients arrested in Rubtsovsk, the channel halted in Astana eleven days later.

use serde_json::{Value, json};

use crate::demo::cast::Cast;
use crate::demo::directory;
use crate::demo::scene::{Handing, Scene, Stop, end, joined};
use crate::demo::stage::Stage;
use crate::error::{Error, Result};

const BISHKEK: Stop = ("Bishkek", "KG", "Asia/Bishkek");
const ALMATY: Stop = ("Almaty", "KZ", "Asia/Almaty");
const RUBTSOVSK: Stop = ("Rubtsovsk", "RU", "Asia/Barnaul");
/// Where they cross from the Kyrgyz Republic into Kazakhstan.
const SOUTH: &str = "Border of the Kyrgyz Republic and Kazakhstan";
/// Where they cross from Kazakhstan into the Russian Federation.
const NORTH: &str = "Border of Kazakhstan and the Russian Federation";

/// Plays it.
///
/// # Errors
/// What the contract refuses.
pub async fn play(stage: &Stage, players: &Cast) -> Result<()> {
    stage.on("2010-10-12T06:30:00Z")?;
    directory::keep(stage, players, "kg").await?;
    directory::keep(stage, players, "ru").await?;
    let (scene, goods) = Scene::open(stage, players, "kz", (header(), heroin())).await?;
    let others = [("kg", "partner"), ("ru", "partner"), ("centre", "coordinator")];
    scene.take_part("kz", &others).await?;
    let detected = "2010-10-12T06:00:00Z".parse().map_err(Error::internal)?;
    scene.tell_of("kg", "detected", detected, "Kyrgyz Republic").await?;
    let legs = route(&scene).await?;
    leave(&scene).await?;
    deconflict(&scene, players).await?;
    scene.moves("kz", json!({"to": "ready"})).await?;
    travel(&scene, &goods, &legs).await?;
    strike(&scene, &goods).await?;
    conclude(&scene).await
}

fn header() -> Value {
    json!({
        "code_name": "Rubtsovsk",
        "summary": "Heroin from the Kyrgyz Republic through Kazakhstan into the Russian Federation: two recipients arrested in \
                    Rubtsovsk (Altai region), 5.3 kg seized on 18 October; the channel was halted in Astana on 29 October.",
        "priority": "urgent", "modality": "live", "handling_codes": ["H1"],
    })
}

fn quantity() -> Value {
    json!({"value": "5.3", "unit": "kg"})
}

fn heroin() -> Value {
    json!({
        "kind": "narcotic", "substance": "heroin", "quantity": quantity(), "measured": "measured",
        "modality": "live", "concealment": "not made public", "seals": ["KG-1012"],
    })
}

async fn route(scene: &Scene<'_>) -> Result<[String; 2]> {
    let south = json!({
        "from": end(BISHKEK), "to": end(ALMATY), "mode": "road",
        "exit_point": SOUTH, "entry_point": SOUTH,
        "planned_departure": "2010-10-14T07:00:00Z", "planned_arrival": "2010-10-14T14:00:00Z",
    });
    let north = json!({
        "from": end(ALMATY), "to": end(RUBTSOVSK), "mode": "road",
        "exit_point": NORTH, "entry_point": NORTH,
        "planned_departure": "2010-10-16T06:00:00Z", "planned_arrival": "2010-10-18T04:00:00Z",
    });
    let first = scene.step("kz", "create_leg", &[], south).await?;
    Ok([first, scene.step("kz", "create_leg", &[], north).await?])
}

/// What each country is asked, and when and under which conditions its prosecutor grants it.
async fn leave(scene: &Scene<'_>) -> Result<()> {
    let asked = [
        ("kg", json!(["exit"]), "2010-10-12T12:00:00Z", "Followed to the border."),
        (
            "kz",
            json!(["transit"]),
            "2010-10-13T04:00:00Z",
            "Followed at all times, by day and night.",
        ),
        (
            "ru",
            json!(["enter", "deliver"]),
            "2010-10-13T10:00:00Z",
            "Seized on delivery, without exception.",
        ),
    ];
    let mut requests = Vec::new();
    for (country, asks, ..) in &asked {
        let request = json!({
            "offence": "Smuggling of narcotic drugs",
            "facts": "Heroin travels from Bishkek over Almaty to Rubtsovsk, where two recipients wait for it.",
            "asks": asks, "modalities": ["live"],
            "window": {"from": "2010-10-14T00:00:00Z", "until": "2010-10-20T00:00:00Z"},
            "intervention_criteria": "Contact is lost for an hour, or the goods are divided.",
            "assurances": {
                "seizure": "In Rubtsovsk at the latest", "prosecution": "Of the recipients in the Russian Federation",
            },
            "decision_needed_by": "2010-10-13T18:00:00Z",
        });
        requests.push(scene.ask("kz", country, request).await?);
    }
    for ((country, _, when, conditions), request) in asked.iter().zip(&requests) {
        scene.stage.on(when)?;
        let grant = json!({
            "permitted_modalities": ["live"], "conditions": conditions,
            "valid_from": "2010-10-14T00:00:00Z", "valid_until": "2010-10-20T00:00:00Z",
        });
        let cap = match *country {
            "ru" => json!({"live_cap": {"value": "6", "unit": "kg"}, "entry_points": [NORTH]}),
            _ => json!({}),
        };
        scene.grant(country, request, joined(grant, cap)).await?;
    }
    Ok(())
}

/// The goods have no identifier yet: whoever leads asks about the recipient's telephone.
async fn deconflict(scene: &Scene<'_>, players: &Cast) -> Result<()> {
    let check = json!({"kind": "phone", "value": "+79130000000", "case_id": scene.case()});
    let speaker = players.speaker("kz")?;
    scene.stage.call(Some(speaker), "create_check", &[], check).await?;
    Ok(())
}

async fn travel(scene: &Scene<'_>, goods: &str, [south, north]: &[String; 2]) -> Result<()> {
    let stage = scene.stage;
    let handing =
        |leg, place| Handing { goods, leg, place, quantity: quantity(), seals: &["KG-1012"] };
    stage.on("2010-10-14T06:00:00Z")?;
    scene.moves("kz", json!({"to": "active"})).await?;
    scene.take_control("kg", goods, BISHKEK.0).await?;
    stage.on("2010-10-14T07:00:00Z")?;
    scene.travel("kz", "start_leg", south).await?;
    scene.tell("kg", "departed", BISHKEK.0).await?;
    stage.on("2010-10-14T09:20:00Z")?;
    scene.cross("kg", "exit", south, SOUTH).await?;
    scene.tell("kg", "exited", SOUTH).await?;
    stage.on("2010-10-14T09:35:00Z")?;
    scene.hand_over("kg", "kz", handing(south, SOUTH)).await?;
    stage.on("2010-10-14T09:45:00Z")?;
    scene.cross("kz", "enter", south, SOUTH).await?;
    scene.tell("kz", "entered", SOUTH).await?;
    stage.on("2010-10-14T14:10:00Z")?;
    scene.travel("kz", "complete_leg", south).await?;
    stage.on("2010-10-16T06:00:00Z")?;
    scene.travel("kz", "start_leg", north).await?;
    stage.on("2010-10-17T15:10:00Z")?;
    scene.cross("kz", "exit", north, NORTH).await?;
    scene.tell("kz", "exited", NORTH).await?;
    stage.on("2010-10-17T15:25:00Z")?;
    scene.hand_over("kz", "ru", handing(north, NORTH)).await?;
    stage.on("2010-10-17T15:40:00Z")?;
    scene.cross("ru", "enter", north, NORTH).await?;
    scene.tell("ru", "entered", NORTH).await?;
    stage.on("2010-10-18T04:30:00Z")?;
    scene.travel("kz", "complete_leg", north).await
}

/// Whoever is in control intervenes when the recipients have come; that needs nobody's leave.
async fn strike(scene: &Scene<'_>, goods: &str) -> Result<()> {
    let stage = scene.stage;
    stage.on("2010-10-18T05:00:00Z")?;
    scene.moves("ru", json!({"to": "intervention", "reason": "The recipients have come"})).await?;
    scene.tell("ru", "seized", RUBTSOVSK.0).await?;
    let seized = json!({
        "reason": "delivered_and_seized", "occurred_at": stage.now(), "place": RUBTSOVSK.0,
        "quantity": quantity(),
    });
    scene.step("ru", "end_control", &[("consignment_id", goods)], seized).await?;
    stage.on("2010-10-18T05:05:00Z")?;
    let arrested = scene.tell("ru", "arrested", "Rubtsovsk, two recipients").await?;
    let path = [("milestone_id", arrested.as_str())];
    scene.step("kz", "confirm_milestone", &path, Value::Null).await?;
    stage.on("2010-10-18T09:00:00Z")?;
    evidence(scene).await?;
    // An intervention is reported in writing within a day.
    let seizures = json!([{"kind": "narcotic", "substance": "heroin", "quantity": quantity()}]);
    let reports = [
        ("kg", json!({"summary": "Detected, and followed to the border with Kazakhstan."})),
        ("kz", json!({"summary": "Followed from border to border."})),
        (
            "ru",
            json!({
                "summary": "Followed to Rubtsovsk, where two recipients were arrested and the heroin seized.",
                "seizures": seizures, "arrests": 2,
            }),
        ),
    ];
    for (state, report) in reports {
        scene.step(state, "create_state_report", &[], report).await?;
    }
    let concluded = json!({"to": "concluded", "outcome": "delivered_arrests"});
    scene.moves("kz", concluded).await
}

/// What was seized is locked until its provider permits its use; the court then gets it.
async fn evidence(scene: &Scene<'_>) -> Result<()> {
    let seized = json!({
        "title": "Heroin, 5.3 kg", "kind": "physical", "storage_place": "Rubtsovsk, evidence room", "seal": "RU-001",
        "collected_at": "2010-10-18T05:00:00Z", "handling_codes": ["H1"],
        "audience": [scene.agency("kz"), scene.agency("centre")],
    });
    let seized = scene.step("ru", "create_evidence", &[], seized).await?;
    let item = [("evidence_id", seized.as_str())];
    let permitted = json!({"use_as_evidence_permitted": true});
    scene.change("ru", ("get_evidence", "edit_evidence"), &item, permitted).await?;
    let to_court = json!({"disposition": "transferred_to_court", "reason": "Order of the court"});
    scene.step("ru", "dispose_evidence", &item, to_court).await?;
    Ok(())
}

async fn conclude(scene: &Scene<'_>) -> Result<()> {
    let stage = scene.stage;
    stage.on("2010-10-29T07:00:00Z")?;
    scene.tell("kz", "intervened", "Astana, the channel is halted").await?;
    stage.on("2010-11-01T05:00:00Z")?;
    scene.moves("kz", json!({"to": "closed"})).await?;
    stage.on("2010-11-02T05:00:00Z")?;
    scene.moves("centre", json!({"to": "closed"})).await
}
