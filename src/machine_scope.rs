//! What a machine account may ask for: a closed list of scopes, by area and by whether one reads or changes.
//!
//! May import: `text_enum`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ArrayBuilder, RefOr, Schema};

use crate::text_enum;
use crate::text_enum::TextEnum;

text_enum! {
    /// One thing that a machine account may ask for. What it gets is still judged by its roles.
    pub enum MachineScope {
        /// Reads cases, their members, assignments and consignments.
        CasesRead = "cases.read",
        /// Changes them.
        CasesWrite = "cases.write",
        /// Reads milestones.
        MilestonesRead = "milestones.read",
        /// Plans and reports them.
        MilestonesWrite = "milestones.write",
        /// Reads the route.
        RouteRead = "route.read",
        /// Plans legs, moves them and reports crossings.
        RouteWrite = "route.write",
        /// Reads requests for authorisation and grants.
        AuthorisationsRead = "authorisations.read",
        /// Drafts and pursues requests. No machine decides one.
        AuthorisationsWrite = "authorisations.write",
        /// Reads who is in control, handovers and the balance.
        ControlRead = "control.read",
        /// Takes part in handovers and reports.
        ControlWrite = "control.write",
        /// Reads evidence references.
        EvidenceRead = "evidence.read",
        /// Registers them and hands items on.
        EvidenceWrite = "evidence.write",
        /// Reads messages.
        MessagesRead = "messages.read",
        /// Sends and acknowledges them.
        MessagesWrite = "messages.write",
        /// Reads the reports on action taken.
        ReportsRead = "reports.read",
        /// Files them.
        ReportsWrite = "reports.write",
        /// Reads watch entries and hits.
        DeconflictionRead = "deconfliction.read",
        /// Asks, and keeps watch entries.
        DeconflictionWrite = "deconfliction.write",
        /// Reads alerts.
        AlertsRead = "alerts.read",
        /// Acknowledges them.
        AlertsWrite = "alerts.write",
        /// Reads the journals of cases.
        JournalRead = "journal.read",
        /// Follows what happens in cases.
        FeedRead = "feed.read",
        /// Reads agencies and what each country requires.
        DirectoryRead = "directory.read",
    }
}

impl MachineScope {
    fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// A set of scopes; JSON is the list of its words, OAuth (RFC 6749, section 3.3) the same with spaces between.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct MachineScopes(u32);

impl MachineScopes {
    /// Whether `scope` is in the set.
    #[must_use]
    pub fn has(self, scope: MachineScope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The scopes that are in both sets.
    #[must_use]
    pub fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether all of `others` are in the set.
    #[must_use]
    pub fn covers(self, others: Self) -> bool {
        self.both(others) == others
    }

    /// Whether no scope is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = MachineScope> {
        MachineScope::ALL.iter().copied().filter(move |scope| self.has(*scope))
    }

    /// Reads scopes with spaces between; none where a word is not on the list.
    #[must_use]
    pub fn from_words(text: &str) -> Option<Self> {
        text.split(' ').map(MachineScope::from_word).collect()
    }
}

impl fmt::Display for MachineScopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            write!(formatter, "{gap}{scope}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for MachineScopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

impl FromIterator<MachineScope> for MachineScopes {
    fn from_iter<I: IntoIterator<Item = MachineScope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::default(), |set, scope| Self(set.0 | scope.bit()))
    }
}

impl Serialize for MachineScopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for MachineScopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<MachineScope>::deserialize(deserializer)?.into_iter().collect())
    }
}

impl utoipa::PartialSchema for MachineScopes {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(utoipa::openapi::Ref::from_schema_name("MachineScope")).into()
    }
}

impl utoipa::ToSchema for MachineScopes {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        let schema = <MachineScope as utoipa::PartialSchema>::schema();
        schemas.push(("MachineScope".to_owned(), schema));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_has_a_bit_of_its_own() {
        let all: MachineScopes = MachineScope::ALL.iter().copied().collect();
        assert_eq!(all.iter().count(), MachineScope::ALL.len());
        for scope in MachineScope::ALL {
            let alone: MachineScopes = [*scope].into_iter().collect();
            assert_eq!(alone.iter().collect::<Vec<_>>(), [*scope]);
            assert!(all.covers(alone) && !alone.covers(all));
            assert_eq!(MachineScopes::from_words(&alone.to_string()), Some(alone));
        }
        assert_eq!(MachineScopes::from_words(&all.to_string()), Some(all));
    }

    #[test]
    fn words_that_are_not_on_the_list_are_no_scopes() {
        for text in ["", "cases", "cases.read ", "cases.read  cases.write", "cases.read,feed.read"]
        {
            assert_eq!(MachineScopes::from_words(text), None, "{text:?}");
        }
    }
}
