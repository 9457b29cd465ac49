//! A case in the middle of its route: across one border, handed over, one country undecided, one milestone overdue. All of
//! it is invented.

use serde_json::{Value, json};

use crate::clock::Instant;
use crate::demo::cast::Cast;
use crate::demo::directory;
use crate::demo::scene::{Handing, Scene, Stop, end};
use crate::demo::stage::Stage;
use crate::error::Result;

/// The places on the road.
const ROAD: [Stop; 4] = [
    ("Osh", "KG", "Asia/Bishkek"),
    ("Korday", "KZ", "Asia/Almaty"),
    ("Aktau", "KZ", "Asia/Aqtau"),
    ("Baku", "AZ", "Asia/Baku"),
];
/// When each leg departs and arrives, in hours from the present.
const HOURS: [(i64, i64); 3] = [(-9, -5), (-4, 20), (26, 44)];

/// Plays it, up to a little before `present`.
///
/// # Errors
/// What the contract refuses.
pub async fn play(stage: &Stage, players: &Cast, present: Instant) -> Result<()> {
    let hours = Hours { stage, present };
    hours.come(-14);
    // Of Azerbaijan nothing is known yet.
    directory::keep(stage, players, "kg").await?;
    directory::keep(stage, players, "kz").await?;
    let (scene, goods) = Scene::open(stage, players, "kg", (header(), heroin())).await?;
    scene.take_part("kg", &[("kz", "partner"), ("centre", "coordinator")]).await?;
    let legs = [leg(&scene, &hours, 0).await?, leg(&scene, &hours, 1).await?];
    for country in ["kg", "kz"] {
        let request = ask(&scene, &hours, country).await?;
        let grant = json!({
            "permitted_modalities": ["live"], "valid_from": hours.at(-10), "valid_until": hours.at(60),
            "conditions": "Followed at all times",
        });
        scene.grant(country, &request, grant).await?;
    }
    hours.come(-11);
    scene.moves("kg", json!({"to": "ready"})).await?;
    travel(&scene, &hours, &goods, &legs).await?;
    goes_on_to_baku(&scene, &hours).await
}

/// The time, counted from the present.
struct Hours<'a> {
    stage: &'a Stage,
    present: Instant,
}

impl Hours<'_> {
    fn at(&self, hours: i64) -> Instant {
        self.present.plus_seconds(hours * 3600)
    }

    /// Sets the stage's clock.
    fn come(&self, hours: i64) {
        self.stage.at(self.at(hours));
    }
}

fn header() -> Value {
    json!({
        "code_name": "Silk thread",
        "summary": "Heroin in a lorry of walnuts from Osh over Korday and Aktau to Baku, watched all the way; the recipients \
                    are known by telephone number only.",
        "priority": "urgent", "modality": "live", "handling_codes": ["H0"],
    })
}

fn heroin() -> Value {
    json!({
        "kind": "narcotic", "substance": "heroin", "quantity": {"value": "12", "unit": "kg"},
        "measured": "measured", "modality": "live", "concealment": "between sacks of walnuts",
        "seals": ["KG-0815"],
        "identifiers": [{"kind": "vehicle_plate", "value": "01KG815ABD"}],
    })
}

async fn leg(scene: &Scene<'_>, hours: &Hours<'_>, at: usize) -> Result<String> {
    let ends: Vec<Value> = ROAD.iter().skip(at).take(2).map(|stop| end(*stop)).collect();
    let (departure, arrival) = HOURS.get(at).copied().unwrap_or_default();
    let leg = json!({
        "from": ends.first(), "to": ends.last(), "mode": "road",
        "planned_departure": hours.at(departure), "planned_arrival": hours.at(arrival),
    });
    scene.step("kg", "create_leg", &[], leg).await
}

async fn ask(scene: &Scene<'_>, hours: &Hours<'_>, country: &str) -> Result<String> {
    let request = json!({
        "offence": "Smuggling of narcotic drugs",
        "facts": "A lorry with 12 kg of heroin among walnuts travels from Osh to Baku.",
        "asks": ["exit", "transit", "enter", "deliver"], "modalities": ["live"],
        "window": {"from": hours.at(-10), "until": hours.at(72)},
        "intervention_criteria": "Contact with the lorry is lost for an hour.",
        "assurances": {"seizure": "In Baku at the latest"},
        "decision_needed_by": hours.at(18),
    });
    scene.ask("kg", country, request).await
}

/// The first leg is behind the goods, the second under way; Kazakhstan has them, and the report from Kyzylorda is
/// overdue.
async fn travel(
    scene: &Scene<'_>,
    hours: &Hours<'_>,
    goods: &str,
    [first, second]: &[String; 2],
) -> Result<()> {
    hours.come(-9);
    scene.moves("kg", json!({"to": "active"})).await?;
    scene.take_control("kg", goods, "Osh, customs yard").await?;
    scene.travel("kg", "start_leg", first).await?;
    scene.tell("kg", "departed", "Osh").await?;
    hours.come(-5);
    scene.cross("kg", "exit", first, "Korday").await?;
    let quantity = json!({"value": "12", "unit": "kg"});
    let place = "Korday, lane 4";
    let handing = Handing { goods, leg: first, place, quantity, seals: &["KG-0815"] };
    scene.hand_over("kg", "kz", handing).await?;
    scene.cross("kz", "enter", first, "Korday").await?;
    scene.tell("kz", "entered", "Korday").await?;
    scene.travel("kg", "complete_leg", first).await?;
    hours.come(-4);
    scene.travel("kg", "start_leg", second).await?;
    scene.plan("kz", "checkpoint", hours.at(-2), "Kyzylorda, road post").await
}

/// Azerbaijan is asked while the lorry travels; Baku has taken note and has not decided.
async fn goes_on_to_baku(scene: &Scene<'_>, hours: &Hours<'_>) -> Result<()> {
    hours.come(-3);
    scene.take_part("kg", &[("az", "partner")]).await?;
    leg(scene, hours, 2).await?;
    ask(scene, hours, "az").await?;
    hours.come(-1);
    let message = json!({
        "kind": "request", "to": [scene.agency("az")],
        "text": "The lorry is due at the ferry tomorrow evening. Please have Baku decide.",
        "handling_codes": ["H0"], "due_at": hours.at(12),
    });
    scene.step("kg", "create_message", &[], message).await?;
    Ok(())
}
