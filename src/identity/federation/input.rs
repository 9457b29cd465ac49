//! What an admin says of a provider, judged field by field.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::agency::AgencyKind;
use crate::error::Faults;
use crate::field::Field;
use crate::identity::federation::model::{
    LogoutProfile, Recheck, RoleMapping, SigningAlgorithm, TokenAuth, may_be_mapped,
};
use crate::identity::model::check_roles;
use crate::outbound::Outbound;
use crate::text_enum::TextEnum;

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;
/// The longest issuer, in characters.
const LONGEST_ISSUER: usize = 500;
/// The longest client id, name of a claim, or value of it, in characters.
const LONGEST_WORD: usize = 255;
/// The longest shared secret, in characters.
const LONGEST_SECRET: usize = 1024;
/// The most scopes.
const MOST_SCOPES: usize = 20;
/// The most mappings.
const MOST_MAPPINGS: usize = 200;

/// A provider that is to be connected.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Ministry sign-in", "issuer": "https://login.example.kg/realms/officers", "client_id": "passage",
    "token_auth": "private_key_jwt", "algorithms": ["ES256"], "scopes": ["email", "profile", "offline_access"],
    "role_claim": "groups", "role_mappings": [{"value": "passage-liaison", "roles": ["liaison_officer"]}],
    "recheck": "refresh"
}))]
pub struct CreateProvider {
    /// The issuer, exactly as the provider writes it; it never changes.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub issuer: Field<String>,
    /// What people call it, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub name: Field<String>,
    /// What the provider calls this server.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub client_id: Field<String>,
    /// The secret shared with it; it is sealed, and never shown again.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "password")]
    pub client_secret: Field<String>,
    /// How this server proves to it who it is.
    #[serde(default)]
    #[schema(value_type = TokenAuth, required)]
    pub token_auth: Field<TokenAuth>,
    /// The algorithms that count, 1 to 9 of them.
    #[serde(default)]
    #[schema(value_type = Vec<SigningAlgorithm>, required)]
    pub algorithms: Field<Vec<SigningAlgorithm>>,
    /// What is asked for beside `openid`, at most 20; nothing when missing.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub scopes: Field<Vec<String>>,
    /// The claim that roles are read from: its name, or a JSON pointer where it stands inside of another.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub role_claim: Field<String>,
    /// What its values give, at most 200; everything else gives nothing.
    #[serde(default)]
    #[schema(value_type = Vec<RoleMapping>, required)]
    pub role_mappings: Field<Vec<RoleMapping>>,
    /// The form of its logout tokens; `standard` when missing.
    #[serde(default)]
    #[schema(value_type = LogoutProfile)]
    pub logout_profile: Field<LogoutProfile>,
    /// How it is asked whether it still vouches for somebody; `refresh` when missing.
    #[serde(default)]
    #[schema(value_type = Recheck)]
    pub recheck: Field<Recheck>,
    /// Whether one may sign in through it; true when missing.
    #[serde(default)]
    #[schema(value_type = bool)]
    pub enabled: Field<bool>,
    /// Whether the agency's officers may sign in through a provider only; its admins always may otherwise.
    #[serde(default)]
    #[schema(value_type = bool)]
    pub required: Field<bool>,
}

/// A change of a provider: a merge patch.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"algorithms": ["ES256", "EdDSA"], "recheck": "introspection"}))]
pub struct EditProvider {
    /// What people call it, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = String)]
    pub name: Field<String>,
    /// What the provider calls this server.
    #[serde(default)]
    #[schema(value_type = String)]
    pub client_id: Field<String>,
    /// The secret shared with it; it is sealed, and never shown again.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "password")]
    pub client_secret: Field<String>,
    /// How this server proves to it who it is.
    #[serde(default)]
    #[schema(value_type = TokenAuth)]
    pub token_auth: Field<TokenAuth>,
    /// The algorithms that count, 1 to 9 of them.
    #[serde(default)]
    #[schema(value_type = Vec<SigningAlgorithm>)]
    pub algorithms: Field<Vec<SigningAlgorithm>>,
    /// What is asked for beside `openid`, at most 20; nothing when missing.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub scopes: Field<Vec<String>>,
    /// The claim that roles are read from: its name, or a JSON pointer where it stands inside of another.
    #[serde(default)]
    #[schema(value_type = String)]
    pub role_claim: Field<String>,
    /// What its values give, at most 200; everything else gives nothing.
    #[serde(default)]
    #[schema(value_type = Vec<RoleMapping>)]
    pub role_mappings: Field<Vec<RoleMapping>>,
    /// The form of its logout tokens; `standard` when missing.
    #[serde(default)]
    #[schema(value_type = LogoutProfile)]
    pub logout_profile: Field<LogoutProfile>,
    /// How it is asked whether it still vouches for somebody; `refresh` when missing.
    #[serde(default)]
    #[schema(value_type = Recheck)]
    pub recheck: Field<Recheck>,
    /// Whether one may sign in through it; true when missing.
    #[serde(default)]
    #[schema(value_type = bool)]
    pub enabled: Field<bool>,
    /// Whether the agency's officers may sign in through a provider only; its admins always may otherwise.
    #[serde(default)]
    #[schema(value_type = bool)]
    pub required: Field<bool>,
}

/// What a provider's claims are tried with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"claims": {"groups": ["passage-liaison", "staff"]}}))]
pub struct PreviewInput {
    /// The claims, as they would stand in an ID token.
    #[schema(value_type = Object)]
    pub claims: Map<String, Value>,
}

/// What was said and is right of each field; none where nothing was said, or something that is not right.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) name: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<String>,
    pub(super) token_auth: Option<TokenAuth>,
    pub(super) algorithms: Option<Vec<SigningAlgorithm>>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) role_claim: Option<String>,
    pub(super) role_mappings: Option<Vec<RoleMapping>>,
    pub(super) logout_profile: Option<LogoutProfile>,
    pub(super) recheck: Option<Recheck>,
    pub(super) enabled: Option<bool>,
    pub(super) required: Option<bool>,
}

impl CreateProvider {
    /// The issuer, and everything else with whatever must be there; `outbound` says which addresses may be called.
    pub(super) fn judge(
        &self,
        outbound: &Outbound,
        kind: AgencyKind,
        faults: &mut Faults,
    ) -> (Option<String>, Said) {
        let issuer = self.issuer.required(faults, "/issuer");
        if let Some(issuer) = &issuer {
            let fine = issuer.chars().count() <= LONGEST_ISSUER
                && !issuer.contains('?')
                && outbound.may_call(issuer);
            let words = "expected an https:// address without a query that this server may call";
            faults.check(fine, "/issuer", words);
        }
        let said = Said {
            name: self.name.text(faults, "/name", LONGEST_NAME),
            client_id: self.client_id.required(faults, "/client_id"),
            client_secret: self.client_secret.optional(faults, "/client_secret"),
            token_auth: self.token_auth.required(faults, "/token_auth"),
            algorithms: self.algorithms.required(faults, "/algorithms"),
            scopes: self.scopes.optional(faults, "/scopes"),
            role_claim: self.role_claim.required(faults, "/role_claim"),
            role_mappings: self.role_mappings.required(faults, "/role_mappings"),
            logout_profile: self.logout_profile.optional(faults, "/logout_profile"),
            recheck: self.recheck.optional(faults, "/recheck"),
            enabled: self.enabled.optional(faults, "/enabled"),
            required: self.required.optional(faults, "/required"),
        };
        said.check(kind, faults);
        (issuer, said)
    }
}

impl EditProvider {
    /// What is to change.
    pub(super) fn judge(&self, kind: AgencyKind, faults: &mut Faults) -> Said {
        let name = self.name.patch_required(faults, "/name");
        if let Some(name) = &name {
            faults.text("/name", name, LONGEST_NAME);
        }
        let said = Said {
            name: name.map(|name| name.trim().to_owned()),
            client_id: self.client_id.patch_required(faults, "/client_id"),
            client_secret: self.client_secret.patch_required(faults, "/client_secret"),
            token_auth: self.token_auth.patch_required(faults, "/token_auth"),
            algorithms: self.algorithms.patch_required(faults, "/algorithms"),
            scopes: self.scopes.patch_required(faults, "/scopes"),
            role_claim: self.role_claim.patch_required(faults, "/role_claim"),
            role_mappings: self.role_mappings.patch_required(faults, "/role_mappings"),
            logout_profile: self.logout_profile.patch_required(faults, "/logout_profile"),
            recheck: self.recheck.patch_required(faults, "/recheck"),
            enabled: self.enabled.patch_required(faults, "/enabled"),
            required: self.required.patch_required(faults, "/required"),
        };
        said.check(kind, faults);
        said
    }
}

impl Said {
    fn check(&self, kind: AgencyKind, faults: &mut Faults) {
        let word =
            |text: &String| (1..=LONGEST_WORD).contains(&text.chars().count()) && printable(text);
        let words = "expected 1 to 255 printable characters";
        faults.check(self.client_id.as_ref().is_none_or(word), "/client_id", words);
        faults.check(self.role_claim.as_ref().is_none_or(word), "/role_claim", words);
        let secret = self.client_secret.as_ref().is_none_or(|text| {
            (1..=LONGEST_SECRET).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_graphic())
        });
        let words = "expected 1 to 1024 printable ASCII characters";
        faults.check(secret, "/client_secret", words);
        if let Some(algorithms) = &self.algorithms {
            let once: BTreeSet<_> = algorithms.iter().collect();
            let fine = !algorithms.is_empty() && once.len() == algorithms.len();
            let words = format!("expected each once, one or more of {}", SigningAlgorithm::words());
            faults.check(fine, "/algorithms", &words);
        }
        if let Some(scopes) = &self.scopes {
            let fine = scopes.len() <= MOST_SCOPES && scopes.iter().all(|scope| is_scope(scope));
            faults.check(fine, "/scopes", "expected at most 20 scopes (RFC 6749) beside openid");
        }
        if let Some(mappings) = &self.role_mappings {
            check_mappings(mappings, kind, faults);
        }
    }
}

fn printable(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// Whether `text` is a scope other than `openid` (RFC 6749, section 3.3).
fn is_scope(text: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    (1..=100).contains(&text.len()) && text.bytes().all(fine) && text != "openid"
}

fn check_mappings(mappings: &[RoleMapping], kind: AgencyKind, faults: &mut Faults) {
    let fine = mappings.len() <= MOST_MAPPINGS;
    faults.check(fine, "/role_mappings", "expected at most 200 mappings");
    for (at, mapping) in mappings.iter().enumerate().take(MOST_MAPPINGS) {
        let length = mapping.value.chars().count();
        let fine = (1..=LONGEST_WORD).contains(&length) && printable(&mapping.value);
        let words = "expected 1 to 255 printable characters";
        faults.check(fine, &format!("/role_mappings/{at}/value"), words);
        let pointer = format!("/role_mappings/{at}/roles");
        if let Some(admin) = mapping.roles.iter().find(|role| !may_be_mapped(*role)) {
            faults.add(&pointer, format!("expected no {admin}: no claim makes an admin"));
        }
        for fault in check_roles(mapping.roles, kind) {
            faults.add(&pointer, fault);
        }
    }
}
