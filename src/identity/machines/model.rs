//! What a machine account is, and what of a change to it waits: pure.

use serde::{Deserialize, Serialize};

use crate::access::{Role, RoleSet};
use crate::agency::AgencyKind;
use crate::clock::Instant;
use crate::identity::model::check_roles;
use crate::ids::UserId;
use crate::machine_scope::MachineScopes;
use crate::text_enum;

/// How long a machine account may last without being prolonged, in seconds: a year.
pub const LONGEST_LIFE: i64 = 366 * 24 * 3600;
/// How many keys a machine account has at the most: the present one and the next.
pub const MOST_KEYS: usize = 2;
/// The longest name, in characters.
pub const LONGEST_NAME: usize = 200;

/// What a machine account may do, for how long, and who answers for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Who answers for it.
    pub owner_user_id: UserId,
    /// The roles that it acts with.
    pub roles: RoleSet,
    /// What it may ask for.
    pub scopes: MachineScopes,
    /// When it ends.
    pub expires_at: Instant,
}

impl Terms {
    /// What of `wanted` needs nobody's confirmation: what these terms hold already.
    #[must_use]
    pub fn kept(self, wanted: Self) -> Self {
        Self {
            owner_user_id: self.owner_user_id,
            roles: self.roles.iter().filter(|role| wanted.roles.has(*role)).collect(),
            scopes: self.scopes.both(wanted.scopes),
            expires_at: self.expires_at.min(wanted.expires_at),
        }
    }
}

text_enum! {
    /// Where a machine account stands.
    pub enum MachineStatus {
        /// Nobody has confirmed it yet.
        Waiting = "waiting",
        /// It works.
        Active = "active",
        /// Its owner's account is not in effect.
        Suspended = "suspended",
        /// Its time has passed.
        Expired = "expired",
        /// It was ended.
        Deactivated = "deactivated",
    }
}

/// Everything that is wrong with a machine account that has `roles` in an agency of that kind.
#[must_use]
pub fn check_machine_roles(roles: RoleSet, kind: AgencyKind) -> Vec<String> {
    let mut faults = check_roles(roles, kind);
    let fit = [Role::LiaisonOfficer, Role::CaseOfficer, Role::Coordinator];
    for role in roles.iter().filter(|role| !fit.contains(role)) {
        faults.push(format!("{role} is for people; a machine works on cases and decides nothing"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use crate::machine_scope::MachineScope::{self, CasesRead, CasesWrite, FeedRead};
    use crate::text_enum::TextEnum as _;

    fn terms(roles: &[Role], scopes: &[MachineScope], seconds: i64) -> Terms {
        let begin: Instant = "2026-03-01T04:30:00Z".parse().unwrap();
        Terms {
            owner_user_id: Id::from_uuid(uuid::Uuid::nil()),
            roles: roles.iter().copied().collect(),
            scopes: scopes.iter().copied().collect(),
            expires_at: begin.plus_seconds(seconds),
        }
    }

    #[test]
    fn what_is_taken_away_counts_at_once_and_what_is_added_waits() {
        let before = terms(&[Role::LiaisonOfficer], &[CasesRead, CasesWrite], 100);
        let less = terms(&[Role::LiaisonOfficer], &[CasesRead], 50);
        assert_eq!(before.kept(less), less);
        let more = terms(&[Role::CaseOfficer], &[CasesRead, FeedRead], 200);
        assert_eq!(before.kept(more), terms(&[], &[CasesRead], 100));
        let other = Terms { owner_user_id: Id::from_uuid(uuid::Uuid::max()), ..before };
        assert_eq!(before.kept(other), before);
    }

    #[test]
    fn a_machine_works_on_cases_and_is_nothing_else() {
        let fine = |kind| -> Vec<Role> {
            let alone =
                |role: &&Role| check_machine_roles(RoleSet::EMPTY.with(**role), kind).is_empty();
            Role::ALL.iter().filter(alone).copied().collect()
        };
        assert_eq!(fine(AgencyKind::National), [Role::LiaisonOfficer, Role::CaseOfficer]);
        assert_eq!(fine(AgencyKind::Regional), [Role::CaseOfficer, Role::Coordinator]);
        assert_eq!(fine(AgencyKind::Operator), []);
        let with_authority = RoleSet::EMPTY.with(Role::CaseOfficer).with(Role::Authority);
        assert!(!check_machine_roles(with_authority, AgencyKind::National).is_empty());
        assert!(!check_machine_roles(RoleSet::EMPTY, AgencyKind::National).is_empty());
    }
}
