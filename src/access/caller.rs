//! Who is asking.

use crate::access::{Role, RoleSet};
use crate::agency::AgencyKind;
use crate::clock::Instant;
use crate::country::Country;
use crate::ids::{AgencyId, IdentityProviderId, ProvisioningTokenId, SessionId, UserId};
use crate::machine_scope::MachineScopes;

/// What makes an officer a machine: another ministry's system that acts for the agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// What it may ask for.
    pub scopes: MachineScopes,
}

/// A signed-in user, with what the database said of him or her when the request arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// The user.
    pub user: UserId,
    /// The one agency that the user belongs to.
    pub agency: AgencyId,
    /// What that agency is.
    pub agency_kind: AgencyKind,
    /// That agency's country; none for a regional centre and the operator.
    pub country: Option<Country>,
    /// That agency's IANA time zone.
    pub time_zone: String,
    /// The roles in effect.
    pub roles: RoleSet,
    /// The session.
    pub session: SessionId,
    /// When the user last proved who he or she is.
    pub authenticated_at: Instant,
    /// Whether the user proved more than the password in this session, or came from the agency's own provider.
    pub second_factor: bool,
    /// What a machine may ask for; none for a person.
    pub machine: Option<Machine>,
}

impl Officer {
    /// Whether the user has `role`.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles.has(role)
    }

    /// Whether the user speaks for the agency: a liaison officer, or a coordinator of a regional centre.
    #[must_use]
    pub fn speaks_for_agency(&self) -> bool {
        self.is(Role::LiaisonOfficer)
            || (self.is(Role::Coordinator) && self.agency_kind == AgencyKind::Regional)
    }
}

/// An identity provider that brings in the accounts which it vouches for, by a token of provisioning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provisioner {
    /// The token.
    pub token: ProvisioningTokenId,
    /// The one agency that it is for.
    pub agency: AgencyId,
    /// The provider.
    pub provider: IdentityProviderId,
}

/// Whoever asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A signed-in user.
    Officer(Officer),
    /// An identity provider, about the accounts that it vouches for.
    Provisioner(Provisioner),
    /// A command on the server's own machine, by its name.
    Command(&'static str),
    /// Somebody who has not signed in: only what stands open to all.
    Nobody,
}

impl Caller {
    /// The officer, if one asks.
    #[must_use]
    pub fn officer(&self) -> Option<&Officer> {
        match self {
            Self::Officer(officer) => Some(officer),
            Self::Provisioner(_) | Self::Command(_) | Self::Nobody => None,
        }
    }

    /// The identity provider, if one asks.
    #[must_use]
    pub fn provisioner(&self) -> Option<Provisioner> {
        match self {
            Self::Provisioner(provisioner) => Some(*provisioner),
            Self::Officer(_) | Self::Command(_) | Self::Nobody => None,
        }
    }

    /// The agency that the caller belongs to.
    #[must_use]
    pub fn agency(&self) -> Option<AgencyId> {
        match self {
            Self::Officer(officer) => Some(officer.agency),
            Self::Provisioner(provisioner) => Some(provisioner.agency),
            Self::Command(_) | Self::Nobody => None,
        }
    }

    /// How the journal names the caller.
    #[must_use]
    pub fn journal_name(&self) -> String {
        match self {
            Self::Officer(officer) => {
                let kind = if officer.machine.is_some() { "machine" } else { "user" };
                format!("{kind}:{}", officer.user)
            }
            Self::Provisioner(provisioner) => format!("provisioning:{}", provisioner.token),
            Self::Command(name) => format!("command:{name}"),
            Self::Nobody => "nobody".to_owned(),
        }
    }
}
