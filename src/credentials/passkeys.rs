//! Passkeys (Web Authentication, level 3): key pairs that a user's device holds and gives out only where the user has
//! proved to the device who he or she is. So one passkey is two factors, and none is ever typed or told.
//!
//! They are bound to the host at which users reach the server. What a ceremony is held against goes out sealed and
//! comes back; that it counts once is for whoever keeps what was used.
//!
//! May import: `error`.

use std::fmt;

use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as Credential, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};
use webauthn_rs_proto::ResidentKeyRequirement;

use crate::error::{Error, Result};

/// How the server is named where a device asks its user.
const NAME: &str = "Passage";
/// How long a device and its user may take, in seconds.
pub const LASTS: i64 = 5 * 60;

/// What the server is to the devices.
pub struct RelyingParty(Webauthn);

impl fmt::Debug for RelyingParty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RelyingParty")
    }
}

/// Why what a device said does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyFault {
    /// Its counter went back: there is another device with the same key.
    Cloned,
    /// Anything else: another challenge, origin, host or key, or nobody proved anything to the device.
    Refused,
}

/// What begins a ceremony.
pub struct Begun {
    /// What the browser hands to the device.
    pub options: Value,
    /// What the answer is held against.
    pub state: Zeroizing<String>,
}

/// A passkey, as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub struct Passkey(Credential);

impl fmt::Debug for Passkey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passkey")
    }
}

impl Passkey {
    /// What the device calls it.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        self.0.cred_id().as_slice()
    }
}

/// What a device said when a passkey was made.
pub struct Made(RegisterPublicKeyCredential);

/// What a device said when somebody signs in.
pub struct Shown(PublicKeyCredential);

impl Made {
    /// Reads it.
    ///
    /// # Errors
    /// What was expected.
    pub fn read(credential: Value) -> Result<Self, &'static str> {
        serde_json::from_value(credential).map(Self).map_err(|_| {
            "expected the PublicKeyCredential of navigator.credentials.create(), by its toJSON()"
        })
    }
}

impl Shown {
    /// Reads it.
    ///
    /// # Errors
    /// What was expected.
    pub fn read(credential: Value) -> Result<Self, &'static str> {
        serde_json::from_value(credential).map(Self).map_err(
            |_| "expected the PublicKeyCredential of navigator.credentials.get(), by its toJSON()",
        )
    }

    /// Whose passkey it says to be.
    #[must_use]
    pub fn user(&self) -> Option<Uuid> {
        self.0.get_user_unique_id().and_then(|bytes| Uuid::from_slice(bytes).ok())
    }

    /// What the device calls the passkey.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        self.0.get_credential_id()
    }
}

impl RelyingParty {
    /// The server at `public_url`; none where that is an address and no name, which no browser takes. This machine's own
    /// address stands for `localhost`.
    #[must_use]
    pub fn at(public_url: &str) -> Option<Self> {
        let mut origin = Url::parse(public_url).ok()?;
        let address = origin.host_str()?.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        if address.is_ok_and(|address| address.is_loopback()) {
            origin.set_host(Some("localhost")).ok()?;
        }
        let host = origin.domain()?.to_owned();
        let builder = WebauthnBuilder::new(&host, &origin).ok()?.rp_name(NAME);
        let patience = std::time::Duration::from_secs(LASTS.unsigned_abs());
        builder.timeout(patience).build().ok().map(Self)
    }

    /// Begins to make a passkey for `user`, whose device is told not to make one where it holds one of `known`.
    ///
    /// # Errors
    /// A defect.
    pub fn begin_making(
        &self,
        user: Uuid,
        address: &str,
        full_name: &str,
        known: Vec<Vec<u8>>,
    ) -> Result<Begun> {
        let (mut challenge, state) = self
            .0
            .start_passkey_registration(user, address, full_name, Some(known))
            .map_err(|error| defect(&error))?;
        // A passkey is found by the device alone, so that nobody has to say who he or she is before it is shown.
        if let Some(wanted) = challenge.public_key.authenticator_selection.as_mut() {
            wanted.resident_key = Some(ResidentKeyRequirement::Required);
            wanted.require_resident_key = true;
        }
        begun(&challenge.public_key, &state)
    }

    /// The passkey that the device has made.
    ///
    /// # Errors
    /// The device's answer does not count; or the state is none.
    pub fn make(&self, made: &Made, state: &str) -> Result<Result<Passkey, PasskeyFault>> {
        let state: PasskeyRegistration =
            serde_json::from_str(state).map_err(|error| damaged(&error))?;
        Ok(self
            .0
            .finish_passkey_registration(&made.0, &state)
            .map(Passkey)
            .map_err(|error| fault(&error)))
    }

    /// A challenge for whoever wants to sign in.
    ///
    /// # Errors
    /// A defect.
    pub fn challenge(&self) -> Result<Begun> {
        let (challenge, state) =
            self.0.start_discoverable_authentication().map_err(|error| defect(&error))?;
        begun(&challenge.public_key, &state)
    }

    /// The passkey as it is to be kept from now on, where `shown` proves that its device answered the challenge and its
    /// user proved who he or she is.
    ///
    /// # Errors
    /// It proves nothing; or the state is none.
    pub fn prove(
        &self,
        shown: &Shown,
        state: &str,
        passkey: &Passkey,
    ) -> Result<Result<Passkey, PasskeyFault>> {
        let state: DiscoverableAuthentication =
            serde_json::from_str(state).map_err(|error| damaged(&error))?;
        let proved = self.0.finish_discoverable_authentication_v2(&shown.0, state, &passkey.0);
        Ok(proved.map_err(|error| fault(&error)).and_then(|proof| {
            if !proof.user_verified() {
                return Err(PasskeyFault::Refused);
            }
            let mut kept = passkey.clone();
            kept.0.update_credential(&proof);
            Ok(kept)
        }))
    }
}

fn begun(options: &impl Serialize, state: &impl Serialize) -> Result<Begun> {
    let options = serde_json::to_value(options).map_err(|error| damaged(&error))?;
    let state = Zeroizing::new(serde_json::to_string(state).map_err(|error| damaged(&error))?);
    Ok(Begun { options, state })
}

fn fault(error: &WebauthnError) -> PasskeyFault {
    match error {
        WebauthnError::CredentialPossibleCompromise => PasskeyFault::Cloned,
        _ => PasskeyFault::Refused,
    }
}

fn defect(error: &WebauthnError) -> Error {
    Error::internal(format!("a ceremony of passkeys cannot begin: {error}"))
}

fn damaged(error: &serde_json::Error) -> Error {
    Error::internal(format!("the state of a ceremony of passkeys is damaged: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_needed_and_this_machine_is_localhost() {
        for fine in ["https://passage.example.org", "http://127.0.0.1:8080", "http://[::1]:8080"] {
            assert!(RelyingParty::at(fine).is_some(), "{fine}");
        }
        for wrong in ["https://192.0.2.1", "https://[2001:db8::1]:8443", "nothing"] {
            assert!(RelyingParty::at(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_device_is_asked_for_a_passkey_that_it_finds_and_unlocks_by_itself() {
        let party = RelyingParty::at("https://passage.example.org").unwrap();
        let begun =
            party.begin_making(Uuid::nil(), "a@example.kg", "A", vec![vec![7; 20]]).unwrap();
        let wanted = &begun.options["authenticatorSelection"];
        assert_eq!(wanted["residentKey"], "required");
        assert_eq!(wanted["userVerification"], "required");
        assert_eq!(begun.options["rp"]["id"], "passage.example.org");
        assert_eq!(begun.options["excludeCredentials"].as_array().unwrap().len(), 1);
        let challenge = party.challenge().unwrap();
        assert_eq!(challenge.options["userVerification"], "required");
        assert!(challenge.options["allowCredentials"].as_array().is_none_or(Vec::is_empty));
    }

    #[test]
    fn what_no_device_said_is_told_so() {
        for wrong in [Value::Null, serde_json::json!({}), serde_json::json!({"id": 1})] {
            assert!(Made::read(wrong.clone()).is_err());
            assert!(Shown::read(wrong).is_err());
        }
    }
}
