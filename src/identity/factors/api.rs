//! Second factors over HTTP.

use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::clock::Instant;
use crate::error::Result;
use crate::http::{App, Call};
use crate::identity::factors::service;

/// What one proves beside the password.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"totp_since": "2026-03-01T04:30:00.000000Z", "passkeys": 1, "recovery_codes_left": 10}))]
pub struct FactorsView {
    /// Since when signing in asks for a one-time password; null where it does not.
    pub totp_since: Option<Instant>,
    /// How many passkeys there are.
    pub passkeys: i64,
    /// How many recovery codes are left.
    pub recovery_codes_left: i64,
}

/// What a device is set up with; shown once.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "address": "otpauth://totp/Passage:a.asanova%40example.kg?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Passage"
}))]
pub struct BegunTotp {
    /// The secret in base32, to be typed in: SHA-1, six digits, thirty seconds.
    #[schema(format = "password")]
    pub secret: String,
    /// The same as an `otpauth` address, to be shown as a QR code.
    #[schema(format = "password")]
    pub address: String,
}

/// What proves that the device is set up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"otp": "287082"}))]
pub struct ConfirmTotp {
    /// The six digits that the device shows now.
    pub otp: String,
}

/// What stands in for the device; shown once.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"recovery_codes": ["abcd-efgh-ijkm-npqr-stuv-wxyz"]}))]
pub struct RecoveryCodes {
    /// Ten codes, each good for one sign-in, as `otp`.
    pub recovery_codes: Vec<String>,
}

impl RecoveryCodes {
    pub(super) fn of(codes: &[Zeroizing<String>]) -> Self {
        Self { recovery_codes: codes.iter().map(|code| code.as_str().to_owned()).collect() }
    }
}

/// One's own second factors.
///
/// # Errors
/// The database is away.
pub async fn get_factors(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, _| {
        let own = service::own(view)?;
        Answer::ok(&FactorsView {
            totp_since: own.totp_since,
            passkeys: own.passkeys,
            recovery_codes_left: own.codes_left,
        })
    })
    .await
}

/// Begins to set up a device for one-time passwords.
///
/// # Errors
/// The sign-in is not recent.
pub async fn create_totp(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, _| {
        service::create_totp(tx)?.try_map(|begun| {
            Answer::ok(&BegunTotp {
                secret: begun.secret.text().as_str().to_owned(),
                address: begun.secret.address(&begun.account)?.as_str().to_owned(),
            })
        })
    })
    .await
}

/// Takes the device into use.
///
/// # Errors
/// Nothing was begun lately; the one-time password is not right; the sign-in is not recent.
pub async fn confirm_totp(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::confirm_totp(tx, &call.submission)?
            .try_map(|codes| Answer::ok(&RecoveryCodes::of(&codes)))
    })
    .await
}

/// Puts new recovery codes in the place of the former ones.
///
/// # Errors
/// There is no device; the sign-in is not recent.
pub async fn create_recovery_codes(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, _| {
        service::make_codes(tx)?.try_map(|codes| Answer::ok(&RecoveryCodes::of(&codes)))
    })
    .await
}

/// Takes one's own second factors away.
///
/// # Errors
/// The sign-in is not recent.
pub async fn remove_factors(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, _| service::remove_own(tx)).await
}

/// Takes the second factors of an account away.
///
/// # Errors
/// Not found; forbidden; the sign-in is not recent.
pub async fn remove_user_factors(app: App, call: Call) -> Result<Answer> {
    let id = call.id("user_id")?;
    app.write(call, move |tx, _| service::reset(tx, id)).await
}
