//! When an account and its roles take effect: pure.

use crate::access::{Role, RoleSet};
use crate::agency::AgencyKind;

/// Who has ever been in effect in an agency, as far as letting others in is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Staff {
    /// Somebody who works on cases.
    pub operational: bool,
    /// Somebody who confirms accounts.
    pub confirmers: bool,
}

impl FromIterator<RoleSet> for Staff {
    fn from_iter<I: IntoIterator<Item = RoleSet>>(accounts: I) -> Self {
        accounts.into_iter().fold(Self::default(), |staff, roles| Self {
            operational: staff.operational || roles.is_operational(),
            confirmers: staff.confirmers || confirms(roles),
        })
    }
}

fn confirms(roles: RoleSet) -> bool {
    roles.iter().any(Role::confirms_accounts)
}

/// Whether `roles` give power over others: to let somebody in, to let somebody else do that, or to say yes for a country.
#[must_use]
pub fn gives_power(roles: RoleSet) -> bool {
    let admins = [Role::AgencyAdmin, Role::SystemAdmin, Role::Authority];
    confirms(roles) || admins.into_iter().any(|role| roles.has(role))
}

/// Where accounts are made: what the gate at the door depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// What the agency is.
    pub kind: AgencyKind,
    /// Who has been in effect there.
    pub staff: Staff,
    /// Whether accounts wait for a confirmation at all.
    pub confirm_accounts: bool,
}

impl Gate {
    /// Whether `roles` take effect only when somebody confirms them.
    ///
    /// The first operational account of an agency has nobody to confirm it, and neither has the first that could
    /// confirm others. An auditor waits until there is somebody. The operator has no liaison officers.
    #[must_use]
    pub fn holds(self, roles: RoleSet) -> bool {
        if !self.confirm_accounts || self.kind == AgencyKind::Operator {
            return false;
        }
        let first = !self.staff.operational || (!self.staff.confirmers && confirms(roles));
        roles.has(Role::Auditor) || (roles.is_operational() && !first)
    }
}

/// The roles of an account: those in effect and those that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The roles in effect; all of them wait where the account was not confirmed.
    pub roles: RoleSet,
    /// The roles that it has once somebody confirms them.
    pub proposed: Option<RoleSet>,
    /// Whether the account is in effect.
    pub confirmed: bool,
}

impl Standing {
    /// A new account with `roles`.
    #[must_use]
    pub fn new(roles: RoleSet, gate: Gate) -> Self {
        Self { roles, proposed: None, confirmed: !gate.holds(roles) }
    }

    /// The account when `wanted` are asked for: what is taken away counts at once, what is added waits where the gate
    /// holds it.
    #[must_use]
    pub fn with(self, wanted: RoleSet, gate: Gate) -> Self {
        if !self.confirmed {
            return Self::new(wanted, gate);
        }
        let stay: RoleSet = wanted.iter().filter(|role| self.roles.has(*role)).collect();
        let added: RoleSet = wanted.iter().filter(|role| !self.roles.has(*role)).collect();
        if gate.holds(added) {
            Self { roles: stay, proposed: Some(wanted), confirmed: true }
        } else {
            Self { roles: wanted, proposed: None, confirmed: true }
        }
    }

    /// The account when somebody has confirmed it and its proposed roles.
    #[must_use]
    pub fn confirm(self) -> Self {
        Self { roles: self.proposed.unwrap_or(self.roles), proposed: None, confirmed: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{AgencyAdmin, Auditor, Authority, CaseOfficer, Coordinator, LiaisonOfficer};

    fn set(roles: &[Role]) -> RoleSet {
        roles.iter().copied().collect()
    }

    fn gate(staff: &[RoleSet]) -> Gate {
        Gate {
            kind: AgencyKind::National,
            staff: staff.iter().copied().collect(),
            confirm_accounts: true,
        }
    }

    #[test]
    fn the_first_operational_account_takes_effect_and_later_ones_wait() {
        let empty = gate(&[]);
        for first in [LiaisonOfficer, CaseOfficer, Authority, Coordinator] {
            assert!(!empty.holds(set(&[first])));
            assert!(gate(&[set(&[LiaisonOfficer])]).holds(set(&[first])));
        }
        let admin_only = gate(&[set(&[AgencyAdmin])]);
        assert!(!admin_only.holds(set(&[LiaisonOfficer])));
    }

    #[test]
    fn an_agency_that_began_without_one_who_confirms_is_not_stuck() {
        let gate = gate(&[set(&[CaseOfficer])]);
        assert!(gate.holds(set(&[CaseOfficer])));
        assert!(gate.holds(set(&[Authority])));
        assert!(!gate.holds(set(&[LiaisonOfficer])));
    }

    #[test]
    fn auditors_always_wait_and_admins_never() {
        for staff in [gate(&[]), gate(&[set(&[LiaisonOfficer])])] {
            assert!(staff.holds(set(&[Auditor])));
            assert!(!staff.holds(set(&[AgencyAdmin])));
        }
    }

    #[test]
    fn nobody_waits_at_the_operator_nor_where_the_configuration_says_so() {
        let staff = gate(&[set(&[LiaisonOfficer])]);
        for open in [
            Gate { kind: AgencyKind::Operator, ..staff },
            Gate { confirm_accounts: false, ..staff },
        ] {
            for role in [LiaisonOfficer, CaseOfficer, Authority, Auditor, AgencyAdmin] {
                assert!(!open.holds(set(&[role])));
            }
        }
    }

    #[test]
    fn power_is_what_admins_authorities_and_those_who_confirm_have() {
        for role in [AgencyAdmin, Role::SystemAdmin, Authority, LiaisonOfficer, Coordinator] {
            assert!(gives_power(set(&[CaseOfficer, role])), "{role}");
        }
        for role in [CaseOfficer, Auditor] {
            assert!(!gives_power(set(&[role])), "{role}");
        }
    }

    #[test]
    fn what_is_taken_away_counts_at_once_and_what_is_added_waits() {
        let gate = gate(&[set(&[LiaisonOfficer])]);
        let before = Standing {
            roles: set(&[LiaisonOfficer, CaseOfficer]),
            proposed: None,
            confirmed: true,
        };
        let wanted = set(&[CaseOfficer, Authority]);
        let after = before.with(wanted, gate);
        assert_eq!(after.roles, set(&[CaseOfficer]));
        assert_eq!(after.proposed, Some(wanted));
        assert_eq!(after.confirm().roles, wanted);
        assert_eq!(after.confirm().proposed, None);
        assert_eq!(after.with(set(&[CaseOfficer]), gate).proposed, None);
        let admin = before.with(set(&[AgencyAdmin]), gate);
        assert_eq!((admin.roles, admin.proposed), (set(&[AgencyAdmin]), None));
        let back = admin.with(set(&[LiaisonOfficer]), gate);
        assert_eq!((back.roles, back.proposed), (set(&[]), Some(set(&[LiaisonOfficer]))));
    }

    #[test]
    fn an_account_that_waits_waits_whatever_it_is_changed_to_unless_the_gate_lets_it_pass() {
        let gate = gate(&[set(&[LiaisonOfficer])]);
        let waiting = Standing::new(set(&[CaseOfficer]), gate);
        assert!(!waiting.confirmed);
        let changed = waiting.with(set(&[Authority]), gate);
        assert_eq!((changed.roles, changed.confirmed), (set(&[Authority]), false));
        assert!(waiting.with(set(&[AgencyAdmin]), gate).confirmed);
        assert!(waiting.confirm().confirmed);
    }
}
