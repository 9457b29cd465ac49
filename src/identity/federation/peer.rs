//! What this server asks of a provider.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::clock::Instant;
use crate::credentials::tokens::TokenIssuer;
use crate::error::{Error, Result};
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::identity::federation::metadata::{Doubt, Metadata};
use crate::identity::federation::model::TokenAuth;
use crate::identity::federation::store::ProviderRow;
use crate::identity::federation::tokens::{Claims, Expected, Unverified};
use crate::outbound::{Outbound, Reached};

/// How an assertion of ours is announced (RFC 7523).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What a form encodes (RFC 6749, section 2.3.1). Providers that decode nothing understand it as far as they can.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*');
/// What no provider has ever given as a code, of the length that a verifier has.
const NO_CODE: &str = "this-is-no-code-and-asks-whether-this-server-is-known";
/// The longest token that is kept, in bytes.
const LONGEST_TOKEN: usize = 32 * 1024;

/// A provider, with what it takes to ask something of it.
pub struct Peer<'a> {
    /// The line to it.
    pub outbound: &'a Outbound,
    /// Signs assertions.
    pub issuer: &'a TokenIssuer,
    /// The present moment.
    pub now: Instant,
    /// What is known of it.
    pub row: &'a ProviderRow,
    /// The shared secret.
    pub secret: Option<&'a SecretString>,
    /// Its description of itself.
    pub metadata: Metadata,
}

/// The tokens that a provider gave; none is in any `Debug`.
#[derive(Default)]
#[expect(clippy::struct_field_names, reason = "these are the names that OAuth has for them")]
pub struct Given {
    /// Says who the user is.
    pub id_token: Option<Zeroizing<String>>,
    /// Opens the user's data there.
    pub access_token: Option<Zeroizing<String>>,
    /// Gets the next ones.
    pub refresh_token: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Given([redacted])")
    }
}

impl Given {
    fn of(answer: &Map<String, Value>) -> Self {
        let token = |name: &str| {
            let text = answer.get(name)?.as_str()?;
            (1..=LONGEST_TOKEN).contains(&text.len()).then(|| Zeroizing::new(text.to_owned()))
        };
        Self {
            id_token: token("id_token"),
            access_token: token("access_token"),
            refresh_token: token("refresh_token"),
        }
    }
}

/// Whether a provider still vouches for a session.
#[derive(Debug)]
pub enum Word {
    /// It does; with new tokens where it gave some.
    Still(Given),
    /// It does no more.
    NoMore,
    /// It cannot be said now, and why.
    Unknown(Failure),
}

impl Peer<'_> {
    /// Redeems the code that a sign-in gave.
    ///
    /// # Errors
    /// The provider does not answer, or does not take it.
    pub async fn redeem(
        &self,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> Result<Given, Failure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        let reached = self.ask(&self.metadata.token, &form).await?;
        match (reached.status, error_of(&reached)) {
            (200, _) => Ok(Given::of(&reached.object()?)),
            (400..=499, error) if is_about_us(reached.status, error.as_deref()) => {
                Err(Failure::ClientRefused)
            }
            (400..=499, Some(_)) => Err(Failure::CodeRefused),
            (400..=499, None) => Err(Failure::AnswerUnreadable),
            _ => Err(Failure::ProviderDown),
        }
    }

    /// Asks by a refresh token whether the provider still vouches. Only what plainly means no is taken for it (RFC 6749,
    /// section 5.2).
    pub async fn refresh(&self, refresh_token: &str, redirect_uri: &str) -> Word {
        if self.row.trouble == Some(Failure::ClientRefused)
            && let Err(failure) = self.knows_us(redirect_uri).await
        {
            return Word::Unknown(failure);
        }
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        let reached = match self.ask(&self.metadata.token, &form).await {
            Ok(reached) => reached,
            Err(failure) => return Word::Unknown(failure),
        };
        match (reached.status, error_of(&reached).as_deref()) {
            (200, _) => match reached.object() {
                Ok(answer) => Word::Still(Given::of(&answer)),
                Err(unread) => Word::Unknown(unread.into()),
            },
            (400, Some("invalid_grant")) => Word::NoMore,
            (400, None) if reached.body.is_empty() => {
                self.knows_us(redirect_uri).await.map_or_else(Word::Unknown, |()| Word::NoMore)
            }
            (status, error) if is_about_us(status, error) => Word::Unknown(Failure::ClientRefused),
            (400..=499, _) => Word::Unknown(Failure::AnswerUnreadable),
            _ => Word::Unknown(Failure::ProviderDown),
        }
    }

    /// Whether the provider takes the proof of who asks, as it says of a code that cannot be. Some providers answer with an empty
    /// 400 when they do not take it, and also when they do not vouch any more; and use a refresh token up before they look.
    async fn knows_us(&self, redirect_uri: &str) -> Result<(), Failure> {
        match self.redeem(NO_CODE, NO_CODE, redirect_uri).await {
            Err(Failure::CodeRefused) | Ok(_) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Asks about a refresh token whether the provider still vouches (RFC 7662).
    pub async fn introspect(&self, refresh_token: &str) -> Word {
        let Some(address) = &self.metadata.introspection else {
            return Word::Unknown(Failure::MetadataWrong);
        };
        let form = [("token", refresh_token), ("token_type_hint", "refresh_token")];
        let reached = match self.ask(address, &form).await {
            Ok(reached) => reached,
            Err(failure) => return Word::Unknown(failure),
        };
        let active = reached.object().ok().and_then(|answer| answer.get("active")?.as_bool());
        match (reached.status, active) {
            (200, Some(true)) => Word::Still(Given::default()),
            (200, Some(false)) => Word::NoMore,
            (401 | 403, _) => Word::Unknown(Failure::ClientRefused),
            (500..=599, _) => Word::Unknown(Failure::ProviderDown),
            _ => Word::Unknown(Failure::AnswerUnreadable),
        }
    }

    /// Verifies an ID token: its subject and claims. Where they lack the role claim, the provider is asked for more.
    ///
    /// # Errors
    /// The first thing that is not right.
    pub async fn claims(
        &self,
        given: &Given,
        nonce: Option<&str>,
    ) -> Result<(String, Claims), Doubt> {
        let text = given.id_token.as_ref().ok_or(Failure::IdTokenMissing)?;
        let token = Unverified::read(text, &self.row.algorithms.0)?;
        let signed = self.metadata.verify(self.outbound, self.now, &token).await?;
        let access = given.access_token.as_ref().map(|token| token.as_str());
        let (subject, mut claims) = signed.id_token(self.expected(), nonce, access)?;
        let claim = &self.row.role_claim;
        if super::claims::role_claim(&claims, claim).is_none()
            && let (Some(address), Some(access)) = (&self.metadata.userinfo, access)
        {
            let more = self.userinfo(address, access).await?;
            if more.get("sub").and_then(Value::as_str) != Some(subject.as_str()) {
                return Err(Failure::SubjectWrong.into());
            }
            // What was signed goes before what was not, and when somebody signed in is believed only where it was signed.
            for (name, value) in more.into_iter().filter(|(name, _)| name != "auth_time") {
                claims.entry(name).or_insert(value);
            }
        }
        Ok((subject, claims))
    }

    /// What the provider tells now of the user of an access token, where it tells anything: for those that give no new ID
    /// token with a refresh.
    ///
    /// # Errors
    /// It is about somebody else; the provider does not answer.
    pub async fn told_now(&self, given: &Given, subject: &str) -> Result<Option<Claims>, Failure> {
        let (Some(address), Some(access)) = (&self.metadata.userinfo, &given.access_token) else {
            return Ok(None);
        };
        let claims = self.userinfo(address, access).await?;
        if claims.get("sub").and_then(Value::as_str) != Some(subject) {
            return Err(Failure::SubjectWrong);
        }
        Ok(Some(claims))
    }

    async fn userinfo(&self, address: &str, access_token: &str) -> Result<Claims, Failure> {
        let bearer = Zeroizing::new(format!("Bearer {access_token}"));
        let reached = self.outbound.get(address, Some(&bearer)).await?;
        match reached.status {
            200 => Ok(reached.object()?),
            500..=599 => Err(Failure::ProviderDown),
            _ => Err(Failure::AnswerUnreadable),
        }
    }

    /// Whom this provider's tokens must be from and for.
    #[must_use]
    pub fn expected(&self) -> Expected<'_> {
        Expected { issuer: &self.row.issuer, client_id: &self.row.client_id, now: self.now }
    }

    /// Whom an assertion that is sent to `address` is for: the issuer that the agency connected, and never what a provider says
    /// of itself, or it could have assertions made that count at another one. The address itself is safe, for whoever gets the
    /// assertion is who it is for, and is taken only below the issuer.
    fn audience<'a>(&'a self, address: &'a str) -> Result<&'a str, Failure> {
        match self.row.token_auth {
            TokenAuth::PrivateKeyJwtForAddress if is_below(&self.row.issuer, address) => {
                Ok(address)
            }
            TokenAuth::PrivateKeyJwtForAddress => Err(Failure::MetadataWrong),
            _ => Ok(&self.row.issuer),
        }
    }

    async fn ask(&self, address: &str, form: &[(&str, &str)]) -> Result<Reached, Failure> {
        let mut form = form.to_vec();
        let client_id = self.row.client_id.as_str();
        let secret = self.secret.map(ExposeSecret::expose_secret).unwrap_or_default();
        let mut header = None;
        let assertion;
        match self.row.token_auth {
            TokenAuth::ClientSecretBasic => {
                let part = |text| utf8_percent_encode(text, FORM).to_string();
                let pair = Zeroizing::new(format!("{}:{}", part(client_id), part(secret)));
                header =
                    Some(Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes()))));
            }
            TokenAuth::ClientSecretPost => {
                form.extend([("client_id", client_id), ("client_secret", secret)]);
            }
            TokenAuth::PrivateKeyJwt | TokenAuth::PrivateKeyJwtForAddress => {
                assertion = self
                    .issuer
                    .assert_client(self.now, client_id, self.audience(address)?)
                    .map_err(|_| Failure::AnswerUnreadable)?;
                form.extend([
                    ("client_id", client_id),
                    ("client_assertion_type", ASSERTION),
                    ("client_assertion", assertion.expose_secret()),
                ]);
            }
            TokenAuth::None => form.push(("client_id", client_id)),
        }
        let header = header.as_ref().map(|header| header.as_str());
        Ok(self.outbound.post(address, header, &form).await?)
    }
}

/// The word of OAuth for what is wrong, where the answer has one.
fn error_of(reached: &Reached) -> Option<String> {
    let answer = reached.object().ok()?;
    Some(answer.get("error")?.as_str()?.to_owned())
}

/// Whether a refusal is about this server and not about the user.
fn is_about_us(status: u16, error: Option<&str>) -> bool {
    status == 401 || matches!(error, Some("invalid_client" | "unauthorized_client"))
}

/// Whether `address` leads to the issuer's own server, and there below the issuer's own path.
fn is_below(issuer: &str, address: &str) -> bool {
    let (Ok(issuer), Ok(address)) = (Url::parse(issuer), Url::parse(address)) else { return false };
    let root = issuer.path().trim_end_matches('/');
    let below = address.path().strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    issuer.origin() == address.origin() && below
}

/// A provider with its secret, as a view of the database gave it.
pub struct Known {
    /// What is known of it.
    pub row: ProviderRow,
    /// The shared secret.
    pub secret: Option<SecretString>,
}

impl Known {
    /// The provider, ready to be asked.
    ///
    /// # Errors
    /// It does not answer, or its description of itself is not right.
    pub async fn peer<'a>(
        &'a self,
        outbound: &'a Outbound,
        issuer: &'a TokenIssuer,
        now: Instant,
    ) -> Result<Peer<'a>, Failure> {
        let metadata = Metadata::load(outbound, now, &self.row.issuer).await?;
        let (row, secret) = (&self.row, self.secret.as_ref());
        Ok(Peer { outbound, issuer, now, row, secret, metadata })
    }

    /// The provider, with its secret opened.
    ///
    /// # Errors
    /// When the secret's key is no longer in the file of keys.
    pub fn of(view: &crate::db::View<'_>, row: ProviderRow) -> Result<Self> {
        let about = row.id.uuid();
        let open = |sealed: &Vec<u8>| view.marks().open(about.as_bytes(), sealed);
        let secret = row.client_secret.as_ref().map(open).transpose()?.map(SecretString::from);
        Ok(Self { row, secret })
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_an_issuer_is_its_own() {
        for (issuer, address) in [
            ("https://login.example.kg", "https://login.example.kg/token"),
            ("https://login.example.kg/", "https://login.example.kg/oauth2/token"),
            ("https://login.example.kg/realms/a", "https://login.example.kg/realms/a/token?x=1"),
            ("https://login.example.kg/realms/a/", "https://login.example.kg:443/realms/a/token"),
        ] {
            assert!(is_below(issuer, address), "{address} is not below {issuer}");
        }
        for (issuer, address) in [
            ("https://login.example.kg/realms/a", "https://login.example.kg/realms/b/token"),
            ("https://login.example.kg/realms/a", "https://login.example.kg/realms/ab/token"),
            ("https://login.example.kg/realms/a", "https://login.example.kg/realms/a"),
            ("https://login.example.kg/realms/a", "https://login.example.kg/realms/a/../b/token"),
            (
                "https://login.example.kg/realms/a",
                "https://login.example.kg/realms/a/%2e%2e/b/token",
            ),
            ("https://login.example.kg", "https://login.example.kg.evil.example/token"),
            ("https://login.example.kg", "http://login.example.kg/token"),
            ("https://login.example.kg", "https://login.example.kg:8443/token"),
            ("https://login.example.kg", "token"),
        ] {
            assert!(!is_below(issuer, address), "{address} is below {issuer}");
        }
    }
}
