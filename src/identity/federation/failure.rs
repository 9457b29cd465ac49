//! What can be wrong when a provider vouches for somebody: one word for each, for the journal and for the client.

use crate::error::{Error, codes};
use crate::identity::federation::claims::Denial;
use crate::outbound::Unreached;
use crate::text_enum;

text_enum! {
    /// Why a provider's word does not count.
    pub enum FederationFailure {
        /// The browser that comes back began no sign-in here.
        StateUnknown = "state_unknown",
        /// The sign-in was completed before.
        StateUsed = "state_used",
        /// It was begun too long ago.
        StateExpired = "state_expired",
        /// Another browser began it, or it was begun at another provider.
        BrowserMismatch = "browser_mismatch",
        /// The provider says that it names itself, and did not.
        IssMissing = "iss_missing",
        /// Another issuer sent the answer.
        IssMismatch = "iss_mismatch",
        /// The provider sent the user back with an error.
        RefusedByProvider = "refused_by_provider",
        /// The answer has no code.
        CodeMissing = "code_missing",
        /// The provider does not take the code.
        CodeRefused = "code_refused",
        /// The provider does not take the proof of who this server is, such as a secret that has run out.
        ClientRefused = "client_refused",
        /// The provider does not answer.
        ProviderDown = "provider_down",
        /// The provider's description of itself is not right, such as that of another issuer.
        MetadataWrong = "metadata_wrong",
        /// The provider's answer cannot be read.
        AnswerUnreadable = "answer_unreadable",
        /// There is no ID token.
        IdTokenMissing = "id_token_missing",
        /// The token is none.
        TokenMalformed = "token_malformed",
        /// The token is of another type.
        TypeWrong = "type_wrong",
        /// It is signed with an algorithm that is not pinned, or not at all.
        AlgNotAllowed = "alg_not_allowed",
        /// The issuer has no such key.
        KeyUnknown = "key_unknown",
        /// The signature is not that of the key.
        SignatureWrong = "signature_wrong",
        /// Another issuer made the token.
        IssuerWrong = "issuer_wrong",
        /// It is for somebody else.
        AudWrong = "aud_wrong",
        /// It was given to somebody else.
        AzpWrong = "azp_wrong",
        /// It belongs to another sign-in.
        NonceWrong = "nonce_wrong",
        /// It has run out.
        Expired = "expired",
        /// It was issued in the future.
        IssuedInFuture = "issued_in_future",
        /// It belongs to another access token.
        AtHashWrong = "at_hash_wrong",
        /// It is about somebody else than before.
        SubjectWrong = "subject_wrong",
        /// A claim is missing or of another form.
        ClaimsMalformed = "claims_malformed",
        /// The role claim has too many values.
        GroupsTooMany = "groups_too_many",
        /// Nothing in the claims gives a role.
        RolesNone = "roles_none",
        /// The claims give roles that exclude each other.
        RolesConflict = "roles_conflict",
        /// The account has roles here that the claims do not give.
        RolesBeyond = "roles_beyond",
        /// Another account is known there under this subject.
        SubjectTaken = "subject_taken",
        /// The account is known there already.
        AlreadyLinked = "already_linked",
        /// The session in which this was begun has ended.
        SessionOver = "session_over",
        /// The provider does not say that its user has just signed in.
        NotSignedInAnew = "not_signed_in_anew",
        /// The account was ended here.
        AccountDeactivated = "account_deactivated",
        /// The account, or its roles, wait for a confirmation.
        AccountWaits = "account_waits",
        /// The provider was turned off, or nothing of it is confirmed.
        ProviderNotInEffect = "provider_not_in_effect",
        /// A logout token does not say that it is one.
        LogoutEventMissing = "logout_event_missing",
        /// A logout token has a nonce, as only ID tokens have.
        NoncePresent = "nonce_present",
        /// A logout token has no identifier.
        JtiMissing = "jti_missing",
        /// A logout token was sent before.
        JtiUsed = "jti_used",
        /// A logout token names neither a session nor a user.
        NobodyNamed = "nobody_named",
        /// A logout token lasts too long, or is too old.
        LifetimeWrong = "lifetime_wrong",
    }
}

impl FederationFailure {
    /// Whether it is the matter of the provider and of whoever connected it, and of nobody who signs in there.
    #[must_use]
    pub fn is_the_providers(self) -> bool {
        matches!(self, Self::ProviderDown | Self::ClientRefused | Self::MetadataWrong)
    }

    /// What the client is told.
    #[must_use]
    pub fn error(self) -> Error {
        if matches!(self, Self::ProviderDown | Self::ClientRefused) {
            return self.unavailable();
        }
        let words = format!("What the identity provider says does not count: {self}.");
        Error::new(&codes::FEDERATION_FAILED, words)
    }

    /// The same where it is to be tried again later.
    #[must_use]
    pub fn unavailable(self) -> Error {
        let words = match self {
            Self::ProviderDown => {
                "The identity provider does not answer; try again later.".to_owned()
            }
            _ => format!("The agency's admin has to see to its identity provider: {self}."),
        };
        Error::retry(&codes::PROVIDER_UNAVAILABLE, 30, words)
    }
}

impl From<Denial> for FederationFailure {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::ClaimsMalformed => Self::ClaimsMalformed,
            Denial::GroupsTooMany => Self::GroupsTooMany,
            Denial::RolesNone => Self::RolesNone,
            Denial::RolesConflict => Self::RolesConflict,
        }
    }
}

impl From<Unreached> for FederationFailure {
    fn from(unreached: Unreached) -> Self {
        match unreached {
            Unreached::Away => Self::ProviderDown,
            Unreached::Forbidden | Unreached::TooLong | Unreached::Unreadable => {
                Self::AnswerUnreadable
            }
        }
    }
}
