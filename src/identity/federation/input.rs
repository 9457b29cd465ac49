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

/// What may be said of a provider when it is connected and when it is changed: each field once, with what stands in the
/// contract, and whether it has to be there when the provider is connected.
macro_rules! said_of_providers {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $kind:ty, ($($schema:tt)*) $(, $required:ident)?;
    )+) => {
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
            $(
                $(#[doc = $doc])+
                #[serde(default)]
                #[schema($($schema)* $(, $required)?)]
                pub $name: Field<$kind>,
            )+
        }

        /// A change of a provider: a merge patch.
        #[derive(Debug, Default, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(example = json!({"algorithms": ["ES256", "EdDSA"], "recheck": "introspection"}))]
        pub struct EditProvider {
            $(
                $(#[doc = $doc])+
                #[serde(default)]
                #[schema($($schema)*)]
                pub $name: Field<$kind>,
            )+
        }

        /// What was said and is right of each field; none where nothing was said, or something that is not right.
        #[derive(Debug, Default)]
        pub(super) struct Said {
            $(pub(super) $name: Option<$kind>,)+
        }

        impl CreateProvider {
            fn said(&self, faults: &mut Faults) -> Said {
                Said {
                    $($name: said_of_providers!(@read self.$name, faults, $name $(, $required)?),)+
                }
            }
        }

        impl EditProvider {
            fn said(&self, faults: &mut Faults) -> Said {
                Said {
                    $($name: self.$name.patch_required(faults, concat!("/", stringify!($name))),)+
                }
            }
        }
    };
    (@read $field:expr, $faults:ident, $name:ident, required) => {
        $field.required($faults, concat!("/", stringify!($name)))
    };
    (@read $field:expr, $faults:ident, $name:ident) => {
        $field.optional($faults, concat!("/", stringify!($name)))
    };
}

said_of_providers! {
    /// What people call it, at most 200 characters.
    name: String, (value_type = String), required;
    /// What the provider calls this server.
    client_id: String, (value_type = String), required;
    /// The secret shared with it; it is sealed, and never shown again.
    client_secret: String, (value_type = Option<String>, format = "password");
    /// How this server proves to it who it is.
    token_auth: TokenAuth, (value_type = TokenAuth), required;
    /// The algorithms that count, 1 to 9 of them.
    algorithms: Vec<SigningAlgorithm>, (value_type = Vec<SigningAlgorithm>), required;
    /// What is asked for beside `openid`, at most 20; nothing when missing.
    scopes: Vec<String>, (value_type = Vec<String>);
    /// The claim that roles are read from: its name, or a JSON pointer where it stands inside of another.
    role_claim: String, (value_type = String), required;
    /// What its values give, at most 200; everything else gives nothing.
    role_mappings: Vec<RoleMapping>, (value_type = Vec<RoleMapping>), required;
    /// The form of its logout tokens; `standard` when missing.
    logout_profile: LogoutProfile, (value_type = LogoutProfile);
    /// How it is asked whether it still vouches for somebody; `refresh` when missing.
    recheck: Recheck, (value_type = Recheck);
    /// Whether one may sign in through it; true when missing.
    enabled: bool, (value_type = bool);
    /// Whether the agency's officers may sign in through a provider only; its admins always may otherwise.
    required: bool, (value_type = bool);
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
        let mut said = self.said(faults);
        said.check(kind, faults);
        (issuer, said)
    }
}

impl EditProvider {
    /// What is to change.
    pub(super) fn judge(&self, kind: AgencyKind, faults: &mut Faults) -> Said {
        let mut said = self.said(faults);
        said.check(kind, faults);
        said
    }
}

impl Said {
    fn check(&mut self, kind: AgencyKind, faults: &mut Faults) {
        if let Some(name) = &mut self.name {
            faults.text("/name", name, LONGEST_NAME);
            *name = name.trim().to_owned();
        }
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
