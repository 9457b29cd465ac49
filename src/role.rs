//! Roles: what a user may be for the agency.
//!
//! May import: `text_enum`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ArrayBuilder, RefOr, Schema};

use crate::text_enum;
use crate::text_enum::TextEnum;

text_enum! {
    /// What a user may be for the agency.
    pub enum Role {
        /// Speaks for the agency across borders.
        LiaisonOfficer = "liaison_officer",
        /// Works the cases assigned to him or her.
        CaseOfficer = "case_officer",
        /// Prosecutor, judge or office holder who grants, refuses and revokes for the country.
        Authority = "authority",
        /// Officer of a regional centre; mediates, never grants.
        Coordinator = "coordinator",
        /// Reads the journal of the agency's cases; changes nothing.
        Auditor = "auditor",
        /// Manages the agency's users; sees no case content.
        AgencyAdmin = "agency_admin",
        /// Manages agencies, countries and the server; sees no case content.
        SystemAdmin = "system_admin",
    }
}

impl Role {
    /// Whether the role works on cases.
    #[must_use]
    pub fn is_operational(self) -> bool {
        matches!(
            self,
            Self::LiaisonOfficer | Self::CaseOfficer | Self::Authority | Self::Coordinator
        )
    }

    /// Whether whoever has this role confirms new accounts of the own agency.
    #[must_use]
    pub fn confirms_accounts(self) -> bool {
        matches!(self, Self::LiaisonOfficer | Self::Coordinator)
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// A set of roles; JSON is the list of its words in the order of [`Role`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct RoleSet(u8);

impl RoleSet {
    /// The set without a role.
    pub const EMPTY: Self = Self(0);

    /// Whether `role` is in the set.
    #[must_use]
    pub fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether any of `roles` is in the set.
    #[must_use]
    pub fn has_any(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }

    /// The same set with `role` in it.
    #[must_use]
    pub fn with(self, role: Role) -> Self {
        Self(self.0 | role.bit())
    }

    /// The roles that are in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The roles that are in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The roles that are in this set and not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The roles, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.has(*role))
    }

    /// Whether a role in the set works on cases.
    #[must_use]
    pub fn is_operational(self) -> bool {
        self.iter().any(Role::is_operational)
    }

    /// How many roles the set has.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether no role is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl std::fmt::Debug for RoleSet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

impl std::fmt::Display for RoleSet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<&str> = self.iter().map(Role::as_str).collect();
        formatter.write_str(&words.join(", "))
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl Serialize for RoleSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for RoleSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Role>::deserialize(deserializer)?.into_iter().collect())
    }
}

impl utoipa::PartialSchema for RoleSet {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(utoipa::openapi::Ref::from_schema_name("Role")).into()
    }
}

impl utoipa::ToSchema for RoleSet {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("Role".to_owned(), <Role as utoipa::PartialSchema>::schema()));
    }
}
