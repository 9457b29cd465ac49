//! What is known of a provider, and which of it is in effect: pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Role, RoleSet};
use crate::text_enum;

text_enum! {
    /// How a provider signs its tokens; which of them count is pinned for each provider, and never read from it.
    pub enum SigningAlgorithm {
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// ECDSA on P-384 with SHA-384.
        Es384 = "ES384",
        /// `EdDSA` with Ed25519.
        EdDsa = "EdDSA",
        /// RSA with SHA-256.
        Rs256 = "RS256",
        /// RSA with SHA-384.
        Rs384 = "RS384",
        /// RSA with SHA-512.
        Rs512 = "RS512",
        /// RSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// RSA-PSS with SHA-384.
        Ps384 = "PS384",
        /// RSA-PSS with SHA-512.
        Ps512 = "PS512",
    }
}

text_enum! {
    /// How this server proves to a provider who it is.
    pub enum TokenAuth {
        /// With a shared secret in a header.
        ClientSecretBasic = "client_secret_basic",
        /// With a shared secret in the body.
        ClientSecretPost = "client_secret_post",
        /// With an assertion that this server signs, for the issuer; its keys are at `/.well-known/jwks.json`.
        PrivateKeyJwt = "private_key_jwt",
        /// With such an assertion for the very address that it is sent to, which must be below the issuer: for providers that
        /// take no other.
        PrivateKeyJwtForAddress = "private_key_jwt_for_address",
        /// Not at all: a public client, which PKCE protects.
        None = "none",
    }
}

impl TokenAuth {
    /// Whether it needs a shared secret.
    #[must_use]
    pub fn needs_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

text_enum! {
    /// Which form a provider's logout tokens have.
    pub enum LogoutProfile {
        /// That of `OpenID` Connect Back-Channel Logout 1.0.
        Standard = "standard",
        /// That of its drafts: no type of its own, and no end.
        OldDraft = "old_draft",
    }
}

text_enum! {
    /// How it is found out that a provider still vouches for an officer.
    pub enum Recheck {
        /// By its refresh token.
        Refresh = "refresh",
        /// By asking about its token (RFC 7662).
        Introspection = "introspection",
        /// Not at all: sessions are as short as the time between two looks.
        None = "none",
    }
}

/// What one value of the role claim gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleMapping {
    /// The value, exactly as the provider sends it.
    pub value: String,
    /// The roles that it gives.
    pub roles: RoleSet,
}

/// What a provider's words give: an allow-list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// The claim that is read.
    pub claim: String,
    /// What its values give.
    pub mappings: Vec<RoleMapping>,
}

impl Grants {
    /// The same claim giving nothing.
    #[must_use]
    pub fn nothing(&self) -> Self {
        Self { claim: self.claim.clone(), mappings: Vec::new() }
    }

    /// The roles that `value` gives.
    #[must_use]
    pub fn of(&self, value: &str) -> RoleSet {
        self.mappings
            .iter()
            .filter(|mapping| mapping.value == value)
            .fold(RoleSet::EMPTY, |roles, mapping| roles.union(mapping.roles))
    }

    /// Whether it gives anybody a role that `other` does not give for the same.
    #[must_use]
    pub fn gives_more_than(&self, other: Option<&Self>) -> bool {
        let known = other.filter(|other| other.claim == self.claim);
        self.mappings.iter().any(|mapping| {
            let given = known.map_or(RoleSet::EMPTY, |known| known.of(&mapping.value));
            given.intersection(mapping.roles) != mapping.roles
        })
    }

    /// What of it `asked` still gives.
    fn kept_by(&self, asked: &Self) -> Option<Self> {
        if self.claim != asked.claim {
            return None;
        }
        let kept = self.mappings.iter().map(|mapping| RoleMapping {
            value: mapping.value.clone(),
            roles: mapping.roles.intersection(asked.of(&mapping.value)),
        });
        let mappings: Vec<_> = kept.filter(|mapping| !mapping.roles.is_empty()).collect();
        (!mappings.is_empty()).then(|| Self { claim: self.claim.clone(), mappings })
    }
}

/// What is in effect once `asked` is asked for in the place of `present`: what is taken away counts at once, what is
/// added waits for a confirmation where accounts do.
#[must_use]
pub fn settle(asked: &Grants, present: Option<&Grants>, confirms: bool) -> Option<Grants> {
    if !confirms || (present.is_some() && !asked.gives_more_than(present)) {
        return Some(asked.clone());
    }
    present.and_then(|present| present.kept_by(asked))
}

/// Whether a claim may ever give `role`: admins are made by people who answer for it.
#[must_use]
pub fn may_be_mapped(role: Role) -> bool {
    !matches!(role, Role::AgencyAdmin | Role::SystemAdmin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Authority, CaseOfficer, LiaisonOfficer};

    fn grants(claim: &str, mappings: &[(&str, &[Role])]) -> Grants {
        let mapping = |(value, roles): &(&str, &[Role])| RoleMapping {
            value: (*value).to_owned(),
            roles: roles.iter().copied().collect(),
        };
        Grants { claim: claim.to_owned(), mappings: mappings.iter().map(mapping).collect() }
    }

    #[test]
    fn what_is_new_waits_and_nothing_is_in_effect_before() {
        let asked = grants("groups", &[("officers", &[CaseOfficer])]);
        assert_eq!(settle(&asked, None, true), None);
        assert_eq!(settle(&asked, None, false), Some(asked.clone()));
        assert_eq!(settle(&asked, Some(&asked), true), Some(asked));
    }

    #[test]
    fn what_is_taken_away_counts_at_once_and_what_is_added_waits() {
        let present =
            grants("groups", &[("a", &[CaseOfficer, LiaisonOfficer]), ("b", &[CaseOfficer])]);
        let narrower = grants("groups", &[("a", &[LiaisonOfficer])]);
        assert_eq!(settle(&narrower, Some(&present), true), Some(narrower));
        let other = grants("groups", &[("a", &[LiaisonOfficer, Authority]), ("c", &[CaseOfficer])]);
        let kept = grants("groups", &[("a", &[LiaisonOfficer])]);
        assert_eq!(settle(&other, Some(&present), true), Some(kept));
    }

    #[test]
    fn another_claim_gives_nothing_until_it_is_confirmed() {
        let present = grants("groups", &[("a", &[CaseOfficer])]);
        let asked = grants("roles", &[("a", &[CaseOfficer])]);
        assert!(asked.gives_more_than(Some(&present)));
        assert_eq!(settle(&asked, Some(&present), true), None);
    }

    #[test]
    fn a_value_that_stands_twice_gives_both() {
        let twice = grants("groups", &[("a", &[CaseOfficer]), ("a", &[Authority])]);
        assert_eq!(twice.of("a").len(), 2);
        assert_eq!(twice.of("A").len(), 0);
        let once = grants("groups", &[("a", &[CaseOfficer, Authority])]);
        assert!(!once.gives_more_than(Some(&twice)));
    }

    #[test]
    fn no_claim_makes_an_admin() {
        use crate::text_enum::TextEnum;
        let never: Vec<&Role> = Role::ALL.iter().filter(|role| !may_be_mapped(**role)).collect();
        assert_eq!(never, [&Role::AgencyAdmin, &Role::SystemAdmin]);
    }
}
