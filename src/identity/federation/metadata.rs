//! A provider's description of itself, and its keys.

use jsonwebtoken::DecodingKey;
use serde_json::Value;

use crate::clock::Instant;
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::identity::federation::tokens::{self, Unverified};
use crate::outbound::{Outbound, Unreached};

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// What is wrong with it.
    pub failure: Failure,
    /// Whether that is settled: where a key is missing that the provider may have by now, and its keys were asked for within
    /// the last minute, it is not.
    pub settled: bool,
}

impl From<Failure> for Doubt {
    fn from(failure: Failure) -> Self {
        Self { failure, settled: true }
    }
}

impl From<Doubt> for Failure {
    fn from(doubt: Doubt) -> Self {
        doubt.failure
    }
}

/// Where a provider does what (`OpenID` Connect Discovery 1.0). Nothing else of what it says of itself counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Where people sign in.
    pub authorization: String,
    /// Where codes and refresh tokens are redeemed.
    pub token: String,
    /// Where its keys are.
    pub keys: String,
    /// Where more is told of a user.
    pub userinfo: Option<String>,
    /// Where it tells whether a token still counts.
    pub introspection: Option<String>,
    /// Where people sign out.
    pub end_session: Option<String>,
    /// Whether it names itself when it sends people back (RFC 9207).
    pub names_itself: bool,
}

impl Metadata {
    /// The description that `issuer` gives of itself.
    ///
    /// # Errors
    /// The provider does not answer; it describes another issuer, or addresses that may not be called.
    pub async fn load(outbound: &Outbound, now: Instant, issuer: &str) -> Result<Self, Failure> {
        let root = issuer.strip_suffix('/').unwrap_or(issuer);
        let address = format!("{root}/.well-known/openid-configuration");
        let document = outbound.document(&address, now).await;
        let document = document.map_err(|unreached| match unreached {
            Unreached::Away => Failure::ProviderDown,
            _ => Failure::MetadataWrong,
        })?;
        Self::read(&document, issuer, |address| outbound.may_call(address))
            .ok_or(Failure::MetadataWrong)
    }

    fn read(document: &Value, issuer: &str, may_call: impl Fn(&str) -> bool) -> Option<Self> {
        let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
        let address = |name: &str| text(name).filter(|address| may_call(address));
        let optional = |name: &str| match text(name) {
            None => Some(None),
            Some(_) => address(name).map(Some),
        };
        if text("issuer").as_deref() != Some(issuer) {
            return None;
        }
        let names_itself = document.get("authorization_response_iss_parameter_supported");
        Some(Self {
            authorization: address("authorization_endpoint")?,
            token: address("token_endpoint")?,
            keys: address("jwks_uri")?,
            userinfo: optional("userinfo_endpoint")?,
            introspection: optional("introspection_endpoint")?,
            end_session: optional("end_session_endpoint")?,
            names_itself: names_itself.and_then(Value::as_bool).unwrap_or_default(),
        })
    }

    /// Has a token verified with a key of this provider. Where it has no such key, or the signature is not that of the key
    /// that is known, the keys are asked for anew, once a minute at the most.
    ///
    /// # Errors
    /// The provider does not answer; it has no such key; the signature is wrong.
    pub async fn verify<'a>(
        &self,
        outbound: &Outbound,
        now: Instant,
        token: &'a Unverified<'a>,
    ) -> Result<tokens::Signed<'a>, Doubt> {
        let unreached = |unreached: Unreached| Doubt::from(Failure::from(unreached));
        let kept = outbound.document(&self.keys, now).await.map_err(unreached)?;
        match verify_with(&kept, token) {
            Err(Failure::KeyUnknown | Failure::SignatureWrong) => {}
            result => return result.map_err(Doubt::from),
        }
        if let Some(anew) = outbound.document_anew(&self.keys, now).await.map_err(unreached)? {
            return verify_with(&anew, token).map_err(Doubt::from);
        }
        // Whoever asked lately may have found it.
        let kept = outbound.document(&self.keys, now).await.map_err(unreached)?;
        verify_with(&kept, token).map_err(|failure| Doubt { failure, settled: false })
    }
}

fn verify_with<'a>(set: &Value, token: &'a Unverified<'a>) -> Result<tokens::Signed<'a>, Failure> {
    let key: Option<DecodingKey> = tokens::pick(set, token.kid.as_deref(), token.algorithm);
    token.verify(&key.ok_or(Failure::KeyUnknown)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ISSUER: &str = "https://login.example.kg";

    fn described() -> Value {
        json!({
            "issuer": ISSUER, "authorization_endpoint": "https://login.example.kg/auth",
            "token_endpoint": "https://login.example.kg/token", "jwks_uri": "https://login.example.kg/jwks",
            "id_token_signing_alg_values_supported": ["none"],
        })
    }

    fn read(document: &Value) -> Option<Metadata> {
        Metadata::read(document, ISSUER, |address| address.starts_with("https://login.example.kg/"))
    }

    #[test]
    fn a_description_is_of_exactly_the_issuer_that_was_asked() {
        assert!(read(&described()).is_some());
        for other in
            ["https://login.example.kg/", "https://LOGIN.example.kg", "https://evil.example", ""]
        {
            let mut document = described();
            document["issuer"] = json!(other);
            assert_eq!(read(&document), None, "{other}");
        }
    }

    #[test]
    fn no_address_leads_elsewhere() {
        for name in [
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "userinfo_endpoint",
            "end_session_endpoint",
        ] {
            let mut document = described();
            document[name] = json!("http://169.254.169.254/");
            assert_eq!(read(&document), None, "{name}");
        }
    }
}
