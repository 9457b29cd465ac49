//! A case in the middle of its route: across one border, handed over, one country undecided, one milestone overdue. All of
//! it is invented.

use serde_json::{Value, json};

use crate::cases::case::model::CaseStatus;
use crate::clock::Instant;
use crate::demo::cast::Cast;
use crate::demo::operations::{record, report, take_part};
use crate::demo::stage::Stage;
use crate::error::Result;

/// The places on the road, each with its country and zone.
const ROAD: [(&str, &str, &str); 4] = [
    ("Osh", "KG", "Asia/Bishkek"),
    ("Korday", "KZ", "Asia/Almaty"),
    ("Aktau", "KZ", "Asia/Aqtau"),
    ("Baku", "AZ", "Asia/Baku"),
];
/// When each leg departs and arrives, in hours from now.
const HOURS: [(i64, i64); 3] = [(-9, -5), (-4, 20), (26, 44)];

/// Plays it.
///
/// # Errors
/// What the contract refuses.
pub async fn play(stage: &Stage, players: &Cast) -> Result<()> {
    for country in ["kg", "kz"] {
        profile(stage, players, country).await?;
    }
    let case = opened(stage, players).await?;
    let goods = consignment(stage, players, &case).await?;
    let mut legs = Vec::new();
    for at in 0..HOURS.len() {
        legs.push(leg(stage, players, &case, at).await?);
    }
    for country in ["kg", "kz"] {
        let request = ask(stage, players, &case, country).await?;
        grant(stage, players, &case, &request, country).await?;
    }
    // Baku has taken note and has not decided.
    ask(stage, players, &case, "az").await?;
    let world = Scene { stage, players, case: &case };
    world.travel(&goods, &legs).await
}

fn hours(stage: &Stage, hours: i64) -> Instant {
    stage.app.clock.now().plus_seconds(hours * 3600)
}

/// What Kyrgyzstan and Kazakhstan require, as their officers keep it; of Azerbaijan nothing is known yet.
async fn profile(stage: &Stage, players: &Cast, country: &str) -> Result<()> {
    let body = json!({
        "permitted": [{"kind": "narcotic", "modalities": ["live", "substituted"]}],
        "substitution_allowed": true, "languages": ["ru"],
        "legal_basis": "The law on operational activity (invented for the demonstration)",
        "source": "Answer to a questionnaire (invented for the demonstration)",
        "reviewed_on": hours(stage, 0).to_string().get(..10),
    });
    let code = country.to_uppercase();
    let first = Some("\"0\"".to_owned());
    let speaker = Some(players.speaker(country)?);
    stage.call_guarded(speaker, "set_country", &[("code", &code)], body, first).await?;
    Ok(())
}

async fn opened(stage: &Stage, players: &Cast) -> Result<String> {
    let header = json!({
        "code_name": "Silk thread",
        "summary": "Heroin in a lorry of walnuts from Osh over Korday and Aktau to Baku, watched all the way; the recipients \
                    are known by telephone number only.",
        "priority": "urgent", "modality": "live", "handling_codes": ["H0"],
    });
    let case = record(stage, players, "kg", header, CaseStatus::Active, None).await?;
    let others = [("kz", "partner"), ("az", "partner"), ("centre", "coordinator")];
    take_part(stage, players, "kg", &case, &others).await?;
    Ok(case)
}

async fn consignment(stage: &Stage, players: &Cast, case: &str) -> Result<String> {
    let heroin = json!({
        "kind": "narcotic", "substance": "heroin", "quantity": {"value": "12", "unit": "kg"},
        "measured": "measured", "modality": "live", "concealment": "between sacks of walnuts",
        "seals": ["KG-0815"],
        "identifiers": [{"kind": "vehicle_plate", "value": "01KG815ABD"}],
    });
    let speaker = Some(players.speaker("kg")?);
    let goods = stage.call(speaker, "create_consignment", &[("case_id", case)], heroin).await?;
    Ok(goods.id())
}

async fn leg(stage: &Stage, players: &Cast, case: &str, at: usize) -> Result<String> {
    let ends = ROAD.iter().map(
        |(place, country, zone)| json!({"place": place, "country": country, "time_zone": zone}),
    );
    let ends: Vec<Value> = ends.skip(at).take(2).collect();
    let (departure, arrival) = HOURS.get(at).copied().unwrap_or_default();
    let leg = json!({
        "from": ends.first(), "to": ends.last(), "mode": "road",
        "planned_departure": hours(stage, departure), "planned_arrival": hours(stage, arrival),
    });
    let speaker = Some(players.speaker("kg")?);
    Ok(stage.call(speaker, "create_leg", &[("case_id", case)], leg).await?.id())
}

/// Asks the prosecutor of a country, who takes note.
async fn ask(stage: &Stage, players: &Cast, case: &str, country: &str) -> Result<String> {
    let authority = format!("{country}-prosecutor");
    let request = json!({
        "country": country.to_uppercase(), "authority_agency_id": players.agency(&authority),
        "legal_basis": "United Nations Convention against Transnational Organized Crime, article 20",
        "offence": "Smuggling of narcotic drugs",
        "facts": "A lorry with 12 kg of heroin among walnuts travels from Osh to Baku.",
        "asks": ["exit", "transit", "enter", "deliver"], "modalities": ["live"],
        "window": {"from": hours(stage, -10), "until": hours(stage, 72)},
        "intervention_criteria": "Contact with the lorry is lost for an hour.",
        "assurances": {"seizure": "In Baku at the latest"},
        "decision_needed_by": hours(stage, 18),
    });
    let speaker = Some(players.speaker("kg")?);
    let made = stage.call(speaker, "create_authorisation", &[("case_id", case)], request).await?;
    let request = made.id();
    let path = [("case_id", case), ("authorisation_id", request.as_str())];
    stage.call(speaker, "submit_authorisation", &path, Value::Null).await?;
    let prosecutor = Some(players.speaker(&authority)?);
    stage.call(prosecutor, "acknowledge_authorisation", &path, Value::Null).await?;
    Ok(request)
}

async fn grant(
    stage: &Stage,
    players: &Cast,
    case: &str,
    request: &str,
    country: &str,
) -> Result<()> {
    let grant = json!({
        "permitted_modalities": ["live"], "valid_from": hours(stage, -10),
        "valid_until": hours(stage, 60), "conditions": "Followed at all times",
    });
    let authority = players.officer(&format!("{country}-prosecutor"), "authority")?;
    let path = [("case_id", case), ("authorisation_id", request)];
    stage.call(Some(authority), "grant_authorisation", &path, grant).await?;
    Ok(())
}

struct Scene<'a> {
    stage: &'a Stage,
    players: &'a Cast,
    case: &'a str,
}

impl Scene<'_> {
    /// One step that an agency takes in the case.
    async fn step(
        &self,
        agency: &str,
        operation: &'static str,
        below: &[(&str, &str)],
        body: Value,
    ) -> Result<String> {
        let path: Vec<(&str, &str)> =
            [("case_id", self.case)].into_iter().chain(below.iter().copied()).collect();
        let speaker = Some(self.players.speaker(agency)?);
        Ok(self.stage.call(speaker, operation, &path, body).await?.id())
    }

    /// The first leg is behind the goods, the second under way; Kazakhstan has them, and the report from Kyzylorda is
    /// overdue.
    async fn travel(&self, goods: &str, legs: &[String]) -> Result<()> {
        let stage = self.stage;
        let [first, second, ..] = legs else { return Ok(()) };
        let taken = json!({"occurred_at": hours(stage, -9), "place": "Osh, customs yard"});
        self.step("kg", "take_control", &[("consignment_id", goods)], taken).await?;
        self.step("kg", "start_leg", &[("leg_id", first)], Value::Null).await?;
        for (direction, country) in [("exit", "KG"), ("enter", "KZ")] {
            let crossing = json!({
                "direction": direction, "country": country, "place": "Korday",
                "occurred_at": hours(stage, -5),
            });
            self.step("kg", "report_crossing", &[("leg_id", first)], crossing).await?;
        }
        self.hand_over(goods).await?;
        self.step("kg", "complete_leg", &[("leg_id", first)], Value::Null).await?;
        self.step("kg", "start_leg", &[("leg_id", second)], Value::Null).await?;
        let (departed, entered) = (hours(stage, -9).to_string(), hours(stage, -5).to_string());
        let steps = [("kg", "departed", &*departed, "Osh"), ("kz", "entered", &*entered, "Korday")];
        report(stage, self.players, self.case, &steps).await?;
        let overdue = json!({
            "kind": "checkpoint", "expected_at": hours(stage, -2), "tolerance_minutes": 60,
            "place": "Kyzylorda, road post",
        });
        self.step("kz", "post_milestone", &[], overdue).await?;
        let message = json!({
            "kind": "request", "to": [self.players.agency("az")],
            "text": "The lorry is due at the ferry tomorrow evening. Please have Baku decide.",
            "handling_codes": ["H0"], "due_at": hours(stage, 12),
        });
        self.step("kg", "create_message", &[], message).await?;
        Ok(())
    }

    async fn hand_over(&self, goods: &str) -> Result<()> {
        let stage = self.stage;
        let proposal = json!({
            "consignment_id": goods, "to_agency_id": self.players.agency("kz"), "place": "Korday, lane 4",
            "window": {"from": hours(stage, -1), "until": hours(stage, 2)}, "seals": ["KG-0815"],
        });
        let handover = self.step("kg", "create_handover", &[], proposal).await?;
        let path = [("handover_id", handover.as_str())];
        self.step("kz", "agree_handover", &path, Value::Null).await?;
        self.step("kg", "offer_handover", &path, Value::Null).await?;
        let accepted = json!({
            "quantity": {"value": "12", "unit": "kg"}, "condition": "Dry, seal untouched",
            "seals": ["KG-0815"],
        });
        self.step("kz", "accept_handover", &path, accepted).await?;
        Ok(())
    }
}
