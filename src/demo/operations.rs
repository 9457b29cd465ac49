//! Two operations that their agencies have made public, recorded here as they were told.
//!
//! Facts are from the UNODC Regional Office for Central Asia: "Second phase of controlled delivery exercise" (the truck
//! from the Iranian border over the Caspian Sea, 24 to 28 August 2009) and "One more drug channel was terminated with
//! CARICC's support" (heroin from Kyrgyzstan through Kazakhstan into Russia, completed on 18 October). Times within a
//! day, the year of the second, officers and everything that the sources do not say are invented.

use serde_json::{Value, json};

use crate::access::Context;
use crate::answer::Answer;
use crate::cases::case::import::{Imported, import};
use crate::cases::case::input::CaseInput;
use crate::cases::case::model::{CaseStatus, Outcome};
use crate::demo::cast::Cast;
use crate::demo::stage::Stage;
use crate::error::{Error, Result};

/// Plays both.
///
/// # Errors
/// What the contract refuses.
pub async fn play(stage: &Stage, players: &Cast) -> Result<()> {
    caspian_truck(stage, players).await?;
    heroin_to_altai(stage, players).await
}

async fn caspian_truck(stage: &Stage, players: &Cast) -> Result<()> {
    let header = json!({
        "code_name": "Caspian truck",
        "summary": "Field exercise on a real commercial truck from the Iran-Azerbaijan border over Baku and the Caspian Sea \
                    to Aktau, 24 to 28 August 2009; the regional centre devised the scenario and coordinated.",
        "priority": "routine", "modality": "substituted", "handling_codes": ["H0"],
    });
    let case = record(
        stage,
        players,
        "az",
        header,
        CaseStatus::Concluded,
        Some(Outcome::DeliveredNoArrest),
    )
    .await?;
    take_part(stage, players, "az", &case, &[("kz", "partner"), ("centre", "coordinator")]).await?;
    let load = json!({
        "kind": "other", "substance": "exercise load", "quantity": {"value": "1", "unit": "package"},
        "measured": "measured", "modality": "substituted",
        "identifiers": [{"kind": "vehicle_plate", "value": "10-AB-123"}],
    });
    stage
        .call(Some(players.speaker("az")?), "create_consignment", &[("case_id", &case)], load)
        .await?;
    let steps = [
        ("az", "departed", "2009-08-24T05:30:00Z", "Astara, border of Iran and Azerbaijan"),
        ("az", "checkpoint", "2009-08-24T14:00:00Z", "Baku"),
        ("az", "exited", "2009-08-26T18:00:00Z", "Baku, ferry port"),
        ("kz", "entered", "2009-08-28T03:15:00Z", "Aktau, sea port"),
        ("kz", "arrived", "2009-08-28T04:00:00Z", "Aktau"),
    ];
    report(stage, players, &case, &steps).await?;
    let film = json!({
        "title": "Surveillance film of the crossing", "kind": "video", "storage_place": "Baku, evidence room",
        "handling_codes": ["H0"], "audience": [players.agency("az"), players.agency("kz"), players.agency("centre")],
    });
    stage
        .call(Some(players.speaker("az")?), "create_evidence", &[("case_id", &case)], film)
        .await?;
    Ok(())
}

async fn heroin_to_altai(stage: &Stage, players: &Cast) -> Result<()> {
    let header = json!({
        "code_name": "Rubtsovsk",
        "summary": "Heroin from the Kyrgyz Republic through Kazakhstan into the Russian Federation: two recipients arrested in \
                    Rubtsovsk (Altai region), 5.3 kg seized on 18 October; the channel was halted in Astana on 29 October.",
        "priority": "urgent", "modality": "live", "handling_codes": ["H1"],
    });
    let case = record(stage, players, "kz", header, CaseStatus::Active, None).await?;
    let others = [("kg", "partner"), ("ru", "partner"), ("centre", "coordinator")];
    take_part(stage, players, "kz", &case, &others).await?;
    let heroin = json!({
        "kind": "narcotic", "substance": "heroin", "quantity": {"value": "5.3", "unit": "kg"},
        "measured": "measured", "modality": "live", "concealment": "not made public",
    });
    let speaker = players.speaker("kz")?;
    stage.call(Some(speaker), "create_consignment", &[("case_id", &case)], heroin).await?;
    let steps = [
        ("kg", "detected", "2010-10-12T06:00:00Z", "Kyrgyz Republic"),
        ("kg", "exited", "2010-10-14T09:20:00Z", "Border of the Kyrgyz Republic and Kazakhstan"),
        ("kz", "entered", "2010-10-14T09:45:00Z", "Border of the Kyrgyz Republic and Kazakhstan"),
        ("kz", "exited", "2010-10-17T15:10:00Z", "Border of Kazakhstan and the Russian Federation"),
        (
            "ru",
            "entered",
            "2010-10-17T15:40:00Z",
            "Border of Kazakhstan and the Russian Federation",
        ),
        ("ru", "seized", "2010-10-18T05:00:00Z", "Rubtsovsk"),
        ("ru", "arrested", "2010-10-18T05:05:00Z", "Rubtsovsk"),
    ];
    report(stage, players, &case, &steps).await?;
    let seized = json!({
        "title": "Heroin, 5.3 kg", "kind": "physical", "storage_place": "Rubtsovsk, evidence room", "seal": "RU-001",
        "collected_at": "2010-10-18T05:00:00Z", "handling_codes": ["H1"],
        "audience": [players.agency("kz"), players.agency("ru"), players.agency("centre")],
    });
    stage
        .call(Some(players.speaker("ru")?), "create_evidence", &[("case_id", &case)], seized)
        .await?;
    let outcome = json!({ "to": "concluded", "outcome": "delivered_arrests" });
    move_case(stage, players, "kz", &case, outcome).await
}

/// Records a case that was worked before this server, and gives its id.
///
/// # Errors
/// What the contract refuses.
pub(super) async fn record(
    stage: &Stage,
    players: &Cast,
    lead: &str,
    header: Value,
    status: CaseStatus,
    outcome: Option<Outcome>,
) -> Result<String> {
    let officer = players.speaker(lead)?;
    let header: CaseInput = serde_json::from_value(header).map_err(Error::internal)?;
    let imported = Imported {
        lead: officer.agency,
        country: officer.country,
        officer: officer.user,
        header,
        status,
        outcome,
    };
    let context = Context::of_command("demo", stage.app.clock.now());
    let work =
        move |tx: &mut crate::db::Tx<'_>| import(tx, &imported)?.try_map(|row| Answer::ok(&row.id));
    let answer = stage.app.db.write(&context, work).await?;
    serde_json::from_str(answer.body.as_deref().unwrap_or_default()).map_err(Error::internal)
}

/// Invites agencies, which accept.
///
/// # Errors
/// What the contract refuses.
pub(super) async fn take_part(
    stage: &Stage,
    players: &Cast,
    lead: &str,
    case: &str,
    others: &[(&str, &str)],
) -> Result<()> {
    for (agency, role) in others {
        let id = players.agency(agency);
        let invitation = json!({ "agency_id": id, "role": role });
        let lead = players.speaker(lead)?;
        stage.call(Some(lead), "invite_member", &[("case_id", case)], invitation).await?;
        let path = [("case_id", case), ("agency_id", id)];
        let speaker = players.speaker(agency)?;
        stage.call(Some(speaker), "accept_membership", &path, Value::Null).await?;
    }
    Ok(())
}

/// Reports what happened: agency, kind, time and place of each step.
///
/// # Errors
/// What the contract refuses.
pub(super) async fn report(
    stage: &Stage,
    players: &Cast,
    case: &str,
    steps: &[(&str, &str, &str, &str)],
) -> Result<()> {
    for (agency, kind, occurred_at, place) in steps {
        let milestone = json!({ "kind": kind, "occurred_at": occurred_at, "place": place });
        let speaker = players.speaker(agency)?;
        stage.call(Some(speaker), "post_milestone", &[("case_id", case)], milestone).await?;
    }
    Ok(())
}

/// Moves a case to another state.
///
/// # Errors
/// What the contract refuses.
pub(super) async fn move_case(
    stage: &Stage,
    players: &Cast,
    lead: &str,
    case: &str,
    to: Value,
) -> Result<()> {
    let speaker = players.speaker(lead)?;
    let path = [("case_id", case)];
    let etag = stage.call(Some(speaker), "get_case", &path, Value::Null).await?.etag;
    stage.call_guarded(Some(speaker), "change_case_state", &path, to, etag).await?;
    Ok(())
}
