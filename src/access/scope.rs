//! What a list may show.

use crate::access::{Officer, Role};
use crate::agency::AgencyKind;
use crate::ids::{AgencyId, UserId};

/// The cut of every list: made from the officer who asks, and asked for by every store function that lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    user: UserId,
    agency: AgencyId,
    agency_kind: AgencyKind,
    cases: CaseSight,
}

/// Which of the agency's cases an officer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseSight {
    /// None: administrators.
    None,
    /// Those that he or she is assigned to.
    Assigned,
    /// Those in which the agency decides as an authority, and those assigned.
    Authority,
    /// All that the agency takes part in, but for restricted ones that are not assigned.
    Accepted,
    /// The same, and invitations.
    AcceptedAndInvited,
}

impl Scope {
    /// What `officer` may see in lists.
    #[must_use]
    pub fn of(officer: &Officer) -> Self {
        let cases = if officer.speaks_for_agency() {
            CaseSight::AcceptedAndInvited
        } else if officer.is(Role::Auditor) {
            CaseSight::Accepted
        } else if officer.is(Role::Authority) {
            CaseSight::Authority
        } else if officer.is(Role::CaseOfficer) {
            CaseSight::Assigned
        } else {
            CaseSight::None
        };
        Self { user: officer.user, agency: officer.agency, agency_kind: officer.agency_kind, cases }
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The user's agency.
    #[must_use]
    pub fn agency(&self) -> AgencyId {
        self.agency
    }

    /// What the user's agency is.
    #[must_use]
    pub fn agency_kind(&self) -> AgencyKind {
        self.agency_kind
    }

    /// Which of the agency's cases the user sees.
    #[must_use]
    pub fn cases(&self) -> CaseSight {
        self.cases
    }
}
