//! Two operations that their agencies have made public, carried through the server at the time at which they happened.
//!
//! Facts are from the UNODC Regional Office for Central Asia: "Second phase of controlled delivery exercise" (the truck
//! from the Iranian border over the Caspian Sea, 24 to 28 August 2009) and "One more drug channel was terminated with
//! CARICC's support" (heroin from Kyrgyzstan through Kazakhstan into Russia, completed on 18 October). The days of
//! planning and closing, times within a day, the year of the second, officers and everything that the sources do not say
//! are invented.

mod altai;
mod caspian;

use crate::demo::cast::Cast;
use crate::demo::stage::Stage;
use crate::error::Result;

/// Plays both.
///
/// # Errors
/// What the contract refuses.
pub async fn play(stage: &Stage, players: &Cast) -> Result<()> {
    caspian::play(stage, players).await?;
    altai::play(stage, players).await
}
