//! What countries require, as their officers keep it. All of it is invented.

use serde_json::{Value, json};

use crate::demo::cast::Cast;
use crate::demo::stage::Stage;
use crate::error::Result;

/// A country's liaison officer keeps its profile, reviewed on the day that is played.
///
/// # Errors
/// What the contract refuses.
pub async fn keep(stage: &Stage, players: &Cast, country: &str) -> Result<()> {
    let code = country.to_uppercase();
    let path = [("code", code.as_str())];
    let speaker = Some(players.speaker(country)?);
    let known = stage.call(speaker, "get_country", &path, Value::Null).await?.etag;
    let profile = json!({
        "permitted": [
            {"kind": "narcotic", "modalities": ["live", "substituted"]},
            {"kind": "other", "modalities": ["substituted"]},
        ],
        "substitution_allowed": true, "languages": ["ru"],
        "legal_basis": "The law on operational activity (invented for the demonstration)",
        "source": "Answer to a questionnaire (invented for the demonstration)",
        "reviewed_on": stage.now().to_string().get(..10),
    });
    stage.call_guarded(speaker, "set_country", &path, profile, known).await?;
    Ok(())
}
