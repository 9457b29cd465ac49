//! Challenges: sealed on the way out, opened on the way back, used once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::credentials::passkeys::{Begun, LASTS};
use crate::db::schema::used_challenges;
use crate::db::{Run, Tx, View};
use crate::error::{Error, Result};
use crate::ids::{SessionId, UserId};

/// The longest challenge that is looked at, in characters.
const LONGEST: usize = 8 * 1024;

/// What a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To make a passkey, in a session of its user.
    Making(UserId, SessionId),
    /// To sign in; by whom, the answer tells.
    SigningIn,
}

impl Purpose {
    /// What the seal is about: a challenge for one thing never opens for another.
    fn about(self) -> Vec<u8> {
        match self {
            Self::Making(user, session) => {
                [b"make a passkey".as_slice(), user.uuid().as_bytes(), session.uuid().as_bytes()]
                    .concat()
            }
            Self::SigningIn => b"sign in with a passkey".to_vec(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    until: i64,
    state: Zeroizing<String>,
}

/// An open challenge.
pub struct Open {
    /// What the device's answer is held against.
    pub state: Zeroizing<String>,
    until: i64,
    digest: [u8; 32],
}

/// What the client sends back, with the device's answer.
///
/// # Errors
/// A defect.
pub fn seal(view: &View<'_>, purpose: Purpose, begun: &Begun) -> Result<String> {
    let until = view.now().seconds() + LASTS;
    let sealed = Sealed { until, state: begun.state.clone() };
    let text = Zeroizing::new(
        serde_json::to_string(&sealed).map_err(|error| Error::internal(error.to_string()))?,
    );
    Ok(URL_SAFE_NO_PAD.encode(view.marks().seal(&purpose.about(), &text)?))
}

/// The challenge, where it is one of ours for `purpose`, has not run out and was never used.
///
/// # Errors
/// When the database fails.
pub fn open(view: &mut View<'_>, purpose: Purpose, challenge: &str) -> Result<Option<Open>> {
    if challenge.len() > LONGEST {
        return Ok(None);
    }
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(challenge) else { return Ok(None) };
    let Ok(text) = view.marks().open(&purpose.about(), &bytes).map(Zeroizing::new) else {
        return Ok(None);
    };
    let Ok(Sealed { until, state }) = serde_json::from_str(&text) else { return Ok(None) };
    let digest: [u8; 32] = Sha256::digest(&bytes).into();
    let used: i64 = used_challenges::table
        .filter(used_challenges::digest.eq(digest.to_vec()))
        .count()
        .one(view)?;
    let fine = until > view.now().seconds() && used == 0;
    Ok(fine.then_some(Open { state, until, digest }))
}

/// Remembers that the challenge was used.
///
/// # Errors
/// When the database fails, or somebody used it at the same time.
pub fn spend(tx: &mut Tx<'_>, challenge: &Open) -> Result<()> {
    let left = challenge.until - tx.now().seconds();
    let until = tx.now().plus_seconds(left);
    diesel::insert_into(used_challenges::table)
        .values((
            used_challenges::digest.eq(challenge.digest.to_vec()),
            used_challenges::expires_at.eq(until),
        ))
        .run(tx)?;
    Ok(())
}

/// Lets go of at most `most` used challenges that have run out, and tells how many those were.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let over: Vec<Vec<u8>> = used_challenges::table
        .filter(used_challenges::expires_at.le(tx.now()))
        .select(used_challenges::digest)
        .limit(most)
        .all(tx)?;
    for digest in &over {
        diesel::delete(used_challenges::table)
            .filter(used_challenges::digest.eq(digest.clone()))
            .run(tx)?;
    }
    Ok(over.len())
}
