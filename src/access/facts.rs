//! What a decision about access rests on. Domains load these in the transaction of the work and hand them in.

use crate::access::Officer;
use crate::agency::AgencyKind;
use crate::country::Country;
use crate::ids::{AgencyId, CaseId, IdentityProviderId, UserId};
use crate::text_enum;

text_enum! {
    /// What an agency is to a case.
    pub enum MemberRole {
        /// Opened the case.
        Lead = "lead",
        /// Acts on the route.
        Partner = "partner",
        /// Only decides a request.
        Authority = "authority",
        /// A regional centre; mediates.
        Coordinator = "coordinator",
        /// Reads what it is shown.
        Observer = "observer",
    }
}

text_enum! {
    /// How far a membership has come.
    pub enum MemberStatus {
        /// Asked, has not answered.
        Invited = "invited",
        /// Takes part.
        Accepted = "accepted",
        /// Said no.
        Declined = "declined",
        /// Went by itself.
        Left = "left",
        /// Was sent away, with a reason.
        Removed = "removed",
    }
}

/// The caller's agency's place in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// What the agency is to the case.
    pub role: MemberRole,
    /// How far the membership has come.
    pub status: MemberStatus,
}

/// A case, as far as access to it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFacts {
    /// The case.
    pub case: CaseId,
    /// The caller's agency's membership, if there ever was one.
    pub membership: Option<Membership>,
    /// Whether the caller is assigned.
    pub assigned: bool,
    /// Whether only assigned users see the case.
    pub restricted: bool,
    /// Whether the caller's agency was asked to authorise something in it.
    pub requested: bool,
}

/// Something in a case that one agency planned or recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedFacts {
    /// The case.
    pub case: CaseFacts,
    /// Whether the caller's agency is the one.
    pub own: bool,
}

/// An evidence reference, as far as access to it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "an agency can be several of these to an item")]
pub struct EvidenceFacts {
    /// The case.
    pub case: CaseFacts,
    /// Whether the audience includes the caller's agency.
    pub in_audience: bool,
    /// Whether the caller's agency registered the reference.
    pub originator: bool,
    /// Whether the caller's agency holds the item.
    pub custodian: bool,
    /// Whether an open transfer offers the item to the caller's agency.
    pub receiver: bool,
}

/// A request for authorisation, as far as access to it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFacts {
    /// The case.
    pub case: CaseFacts,
    /// Whether the caller's agency made the request.
    pub requesting: bool,
    /// Whether the request is addressed to the caller's agency.
    pub addressed: bool,
    /// Whether it asks the caller's country.
    pub own_country: bool,
}

/// A message, as far as access to it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFacts {
    /// The case.
    pub case: CaseFacts,
    /// Whether the caller's agency sent it.
    pub sender: bool,
    /// Whether it was sent to the caller's agency.
    pub receiver: bool,
}

/// The profile of a country, as far as access to it is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountryFacts {
    /// The country.
    pub country: Country,
    /// Whether an agency of the country itself has kept the profile.
    pub confirmed: bool,
}

/// An agency, as far as access to it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyFacts {
    /// The agency.
    pub agency: AgencyId,
    /// What it is.
    pub kind: AgencyKind,
    /// Whether it has, or ever had, an admin of its own.
    pub has_admin: bool,
    /// Whether the caller's agency already holds authority for the same country.
    pub peer_authority: bool,
    /// Whether another agency holds authority for the same country, or ever did.
    pub country_has_authority: bool,
}

/// A user, as far as access to the account is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFacts {
    /// The user.
    pub user: UserId,
    /// The user's agency.
    pub agency: AgencyId,
}

/// An account that an identity provider brought in, as far as the provider's access to it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisionedFacts {
    /// The user.
    pub user: UserId,
    /// The user's agency.
    pub agency: AgencyId,
    /// The provider that brought the user in.
    pub provider: IdentityProviderId,
}

/// A machine account, as far as access to it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineFacts {
    /// The account.
    pub machine: UserId,
    /// Its agency.
    pub agency: AgencyId,
    /// Whether it was the caller who made it, or last said what it is to become.
    pub own_doing: bool,
}

/// The facts of one decision. `None` inside stands for a thing that does not exist, which takes the same path as one
/// that may not be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facts {
    /// The server as a whole.
    Server,
    /// An agency.
    Agency(Option<AgencyFacts>),
    /// Something that an agency keeps for itself, such as its identity providers, by the agency's id.
    OfAgency(Option<AgencyId>),
    /// A user.
    User(Option<UserFacts>),
    /// An account that an identity provider brought in.
    Provisioned(Option<ProvisionedFacts>),
    /// A machine account.
    Machine(Option<MachineFacts>),
    /// A case.
    Case(Option<CaseFacts>),
    /// Something in a case that one agency planned or recorded.
    Owned(Option<OwnedFacts>),
    /// An evidence reference.
    Evidence(Option<EvidenceFacts>),
    /// A request for authorisation.
    Request(Option<RequestFacts>),
    /// A message.
    Message(Option<MessageFacts>),
    /// The profile of a country.
    Country(Option<CountryFacts>),
}

/// What a permit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The server as a whole.
    Server,
    /// An agency.
    Agency(AgencyId),
    /// A user, or a machine account.
    User(UserId),
    /// A case.
    Case(CaseId),
    /// A country's profile.
    Country(Country),
}

impl Facts {
    /// The officer's own account.
    #[must_use]
    pub fn account_of(officer: &Officer) -> Self {
        Self::User(Some(UserFacts { user: officer.user, agency: officer.agency }))
    }

    /// The case facts, for whatever belongs to a case.
    #[must_use]
    pub fn case(&self) -> Option<&CaseFacts> {
        match self {
            Self::Case(case) => case.as_ref(),
            Self::Owned(owned) => owned.as_ref().map(|owned| &owned.case),
            Self::Evidence(evidence) => evidence.as_ref().map(|evidence| &evidence.case),
            Self::Request(request) => request.as_ref().map(|request| &request.case),
            Self::Message(message) => message.as_ref().map(|message| &message.case),
            Self::Server
            | Self::Agency(_)
            | Self::OfAgency(_)
            | Self::User(_)
            | Self::Provisioned(_)
            | Self::Machine(_)
            | Self::Country(_) => None,
        }
    }

    /// What a permit on these facts is for; nothing where the thing does not exist.
    #[must_use]
    pub fn resource(&self) -> Option<Resource> {
        match self {
            Self::Server => Some(Resource::Server),
            Self::Agency(agency) => agency.as_ref().map(|agency| Resource::Agency(agency.agency)),
            Self::OfAgency(agency) => agency.map(Resource::Agency),
            Self::User(user) => user.as_ref().map(|user| Resource::User(user.user)),
            Self::Provisioned(user) => user.as_ref().map(|user| Resource::User(user.user)),
            Self::Machine(machine) => {
                machine.as_ref().map(|machine| Resource::User(machine.machine))
            }
            Self::Country(country) => {
                country.as_ref().map(|country| Resource::Country(country.country))
            }
            Self::Case(_)
            | Self::Owned(_)
            | Self::Evidence(_)
            | Self::Request(_)
            | Self::Message(_) => self.case().map(|case| Resource::Case(case.case)),
        }
    }
}
