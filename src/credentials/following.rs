//! Follows the file of signing keys while the server runs, so that a rotation needs no restart.
//!
//! A file that cannot be used changes nothing: the server goes on with the keys that it has, and says so in the log.
//!
//! May import: of `credentials`: `keys`, `key_ring`, `tokens`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::key_ring::KeyRing;
use super::keys::KeyFault;
use super::tokens::TokenIssuer;

/// How often to look at the file.
const LOOK: Duration = Duration::from_secs(1);

/// Follows the file at `path` for as long as the server runs.
pub async fn keep(path: PathBuf, tokens: Arc<TokenIssuer>) {
    let mut complaint = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let (file, keys) = (path.clone(), tokens.clone());
        let looked = tokio::task::spawn_blocking(move || look(&file, &keys)).await;
        match looked {
            Ok(Ok(changed)) => {
                complaint = None;
                if changed {
                    tracing::info!("the signing keys changed; this node follows");
                }
            }
            Ok(Err(fault)) => {
                let fault = Some(fault.to_string());
                if complaint != fault {
                    tracing::warn!(fault, "the signing keys stay as they were");
                    complaint = fault;
                }
            }
            Err(error) => tracing::warn!(%error, "the signing keys were not looked at"),
        }
    }
}

/// Goes on with the keys in the file at `path`; tells whether they are others than before.
///
/// # Errors
/// The file cannot be used; the keys stay as they were.
pub fn look(path: &Path, tokens: &TokenIssuer) -> Result<bool, KeyFault> {
    Ok(tokens.take_keys(KeyRing::load(path)?))
}
