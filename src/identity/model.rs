//! Users: their roles, which exclude each other where duties are separate, and where an account stands.

use crate::text_enum;
use crate::text_enum::TextEnum;

pub use crate::access::{Role, RoleSet};
pub use crate::agency::{AgencyKind, Branch};

text_enum! {
    /// The language of a user's pages.
    pub enum Locale {
        /// English.
        En = "en",
        /// Russian.
        Ru = "ru",
        /// Kyrgyz.
        Ky = "ky",
    }
}

text_enum! {
    /// Where an account stands.
    pub enum UserStatus {
        /// Made; has no password yet, or waits for its confirmation.
        Invited = "invited",
        /// May sign in.
        Active = "active",
        /// May no longer sign in.
        Deactivated = "deactivated",
    }
}

text_enum! {
    /// What an account is of.
    pub enum UserKind {
        /// Somebody who signs in.
        Person = "person",
        /// Another ministry's system, which proves itself with keys of its own.
        Machine = "machine",
    }
}

/// Separation of duties: everything that is wrong with a user who has `roles` in an agency of that kind.
#[must_use]
pub fn check_roles(roles: RoleSet, agency_kind: AgencyKind) -> Vec<String> {
    let mut faults = Vec::new();
    if roles.is_empty() {
        faults.push(format!("expected at least one role of {}", Role::words()));
    }
    for alone in [Role::Auditor, Role::AgencyAdmin, Role::SystemAdmin] {
        if roles.has(alone) && roles.len() > 1 {
            faults.push(format!("{alone} excludes every other role"));
        }
    }
    for role in roles.iter() {
        let detail = match (role, agency_kind) {
            (Role::SystemAdmin | Role::Auditor, AgencyKind::Operator) => continue,
            (Role::SystemAdmin, _) => "exists in the agency that runs the server only",
            (_, AgencyKind::Operator) => {
                "does not exist in the agency that runs the server; expected system_admin or auditor"
            }
            (Role::Coordinator, AgencyKind::National) => "exists in regional agencies only",
            (Role::LiaisonOfficer, AgencyKind::Regional) => {
                "does not exist in a regional agency; coordinator does its work there"
            }
            (Role::Authority, AgencyKind::Regional) => {
                "does not exist in a regional agency, which never authorises"
            }
            _ => continue,
        };
        faults.push(format!("{role} {detail}"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(roles: &[Role]) -> RoleSet {
        roles.iter().copied().collect()
    }

    /// Every set of roles there is.
    fn all_sets() -> impl Iterator<Item = RoleSet> {
        (0_u8..128).map(|bits| {
            let chosen = Role::ALL.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
            chosen.map(|(_, role)| *role).collect::<RoleSet>()
        })
    }

    #[test]
    fn the_words_are_those_of_the_contract() {
        assert_eq!(
            Role::words(),
            "liaison_officer, case_officer, authority, coordinator, auditor, agency_admin, system_admin"
        );
        assert_eq!(Locale::words(), "en, ru, ky");
        assert_eq!(UserStatus::words(), "invited, active, deactivated");
    }

    #[test]
    fn a_set_is_a_sorted_list_in_json() {
        let roles: RoleSet =
            serde_json::from_str(r#"["authority","liaison_officer","authority"]"#).unwrap();
        assert_eq!(roles.len(), 2);
        assert_eq!(serde_json::to_string(&roles).unwrap(), r#"["liaison_officer","authority"]"#);
        assert_eq!(format!("{roles:?}"), "{LiaisonOfficer, Authority}");
        assert!(serde_json::from_str::<RoleSet>(r#"["king"]"#).is_err());
        for roles in all_sets() {
            let json = serde_json::to_string(&roles).unwrap();
            assert_eq!(serde_json::from_str::<RoleSet>(&json).unwrap(), roles);
            assert_eq!(roles.iter().count(), roles.len());
        }
    }

    #[test]
    fn the_sets_without_fault_are_exactly_these() {
        use Role::{
            AgencyAdmin, Auditor, Authority, CaseOfficer, Coordinator, LiaisonOfficer, SystemAdmin,
        };
        let fine = |kind| -> Vec<RoleSet> {
            all_sets().filter(|roles| check_roles(*roles, kind).is_empty()).collect()
        };
        assert_eq!(
            fine(AgencyKind::National),
            [
                set(&[LiaisonOfficer]),
                set(&[CaseOfficer]),
                set(&[LiaisonOfficer, CaseOfficer]),
                set(&[Authority]),
                set(&[LiaisonOfficer, Authority]),
                set(&[CaseOfficer, Authority]),
                set(&[LiaisonOfficer, CaseOfficer, Authority]),
                set(&[Auditor]),
                set(&[AgencyAdmin]),
            ]
        );
        assert_eq!(
            fine(AgencyKind::Regional),
            [
                set(&[CaseOfficer]),
                set(&[Coordinator]),
                set(&[CaseOfficer, Coordinator]),
                set(&[Auditor]),
                set(&[AgencyAdmin]),
            ]
        );
        assert_eq!(fine(AgencyKind::Operator), [set(&[Auditor]), set(&[SystemAdmin])]);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let faults = check_roles(
            set(&[Role::Auditor, Role::AgencyAdmin, Role::Coordinator]),
            AgencyKind::National,
        );
        assert_eq!(
            faults,
            [
                "auditor excludes every other role",
                "agency_admin excludes every other role",
                "coordinator exists in regional agencies only",
            ]
        );
        assert_eq!(check_roles(RoleSet::default(), AgencyKind::National).len(), 1);
    }
}
