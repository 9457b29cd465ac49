//! Typed identifiers: a case's id is never taken for a user's.
//!
//! All are `UUIDv7` (RFC 9562), so that rows sort by the time they were made.
//!
//! May import: `clock`.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::query_builder::QueryId;
use diesel::sql_types::SqlType;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{NoContext, Timestamp, Uuid};

use crate::clock::Instant;

/// The SQL type of identifiers: `uuid` on PostgreSQL, a 16-byte blob on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Uid;

impl diesel::sql_types::SqlOrd for Uid {}

/// An identifier of a thing of kind `K`.
#[derive(AsExpression, FromSqlRow)]
#[diesel(sql_type = Uid)]
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

impl<K> Id<K> {
    /// A new identifier, made at `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        let seconds = u64::try_from(now.seconds()).unwrap_or_default();
        let nanoseconds =
            u32::try_from(now.microseconds().rem_euclid(1_000_000) * 1_000).unwrap_or_default();
        Self(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanoseconds)), PhantomData)
    }

    /// Takes a UUID for the identifier of a `K`.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The plain UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}
impl<K> FromStr for Id<K> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self::from_uuid)
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}

impl<K> utoipa::PartialSchema for Id<K> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .description(Some("UUIDv7 (RFC 9562)."))
            .examples(["019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11"])
            .into()
    }
}

impl<K> utoipa::ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
}

/// The kinds of things that have an identifier.
pub mod kind {
    macro_rules! kinds {
        ($($(#[$doc:meta])* $kind:ident => $alias:ident),* $(,)?) => {$(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $kind {}
            $(#[$doc])*
            pub type $alias = super::Id<$kind>;
        )*};
    }
    kinds! {
        /// An agency.
        Agency => AgencyId,
        /// A user of one agency.
        User => UserId,
        /// A sign-in session.
        Session => SessionId,
        /// A refresh token's row.
        RefreshToken => RefreshTokenId,
        /// A secret that one-time passwords are made of.
        TotpFactor => TotpFactorId,
        /// A passkey.
        Passkey => PasskeyId,
        /// A recovery code.
        RecoveryCode => RecoveryCodeId,
        /// An agency's identity provider.
        IdentityProvider => IdentityProviderId,
        /// What an identity provider brings accounts in with.
        ProvisioningToken => ProvisioningTokenId,
        /// A reset of a lost password.
        PasswordReset => PasswordResetId,
        /// An address that a user wants.
        AddressChange => AddressChangeId,
        /// An invitation to set a first password.
        Invitation => InvitationId,
        /// A public key of a machine account.
        MachineKey => MachineKeyId,
        /// A case.
        Case => CaseId,
        /// A consignment of a case.
        Consignment => ConsignmentId,
        /// An identifier of a consignment.
        Identifier => IdentifierId,
        /// A milestone of a case.
        Milestone => MilestoneId,
        /// A report of a milestone.
        Report => ReportId,
        /// What a partner said of a report, or a waiver.
        Review => ReviewId,
        /// An evidence reference.
        Evidence => EvidenceId,
        /// A transfer of custody.
        Transfer => TransferId,
        /// A permanent flag on an evidence reference.
        Flag => FlagId,
        /// A chain of the journal.
        Chain => ChainId,
        /// An entry of the journal.
        Entry => EntryId,
        /// A recorded consultation of a case.
        Consultation => ConsultationId,
        /// A leg of a route.
        Leg => LegId,
        /// A reported crossing of a border.
        Crossing => CrossingId,
        /// A request for authorisation, with the answers to it.
        Authorisation => AuthorisationId,
        /// One version of a grant.
        Grant => GrantId,
        /// A period in which one agency is in control of a consignment.
        ControlPeriod => ControlPeriodId,
        /// A handover of control.
        Handover => HandoverId,
        /// A message between member agencies.
        Message => MessageId,
        /// A State's report on action taken.
        StateReport => StateReportId,
        /// A watch entry.
        Watch => WatchId,
        /// A hit of deconfliction.
        Hit => HitId,
        /// An alert.
        Alert => AlertId,
        /// What is mailed about an alert.
        Letter => LetterId,
        /// One version of a country's profile.
        Profile => ProfileId,
    }
}
pub use kind::*;

/// The name of one request, told back in `X-Request-Id`: the client's own where it sent a valid one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct RequestId(String);

impl RequestId {
    /// A new name for a request that arrives at `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self(Id::<()>::new(now).to_string())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if (1..=64).contains(&text.len()) && text.bytes().all(fine) {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected 1 to 64 letters, digits, dashes, underscores or dots")
        }
    }
}
crate::text_value!(RequestId);
