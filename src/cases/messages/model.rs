//! Messages and the rules of passing them on.

use std::collections::BTreeSet;

use crate::error::{Missing, Refusal, codes};
use crate::ids::AgencyId;
use crate::text_enum;

text_enum! {
    /// What a message is for.
    pub enum MessageKind {
        /// To be known.
        Information = "information",
        /// Asks for something.
        Request = "request",
        /// Answers a message.
        Reply = "reply",
        /// Warns.
        Warning = "warning",
        /// Tells what was agreed to do. Nobody commands another State.
        Instruction = "instruction",
    }
}

/// A message that somebody wants to pass on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Who sent it.
    pub sender: AgencyId,
    /// To whom it was sent.
    pub receivers: BTreeSet<AgencyId>,
    /// Whether it bears `H2`.
    pub not_to_be_passed_on: bool,
    /// To whom its sender consents that it is passed on.
    pub consents: BTreeSet<AgencyId>,
}

/// Whether `by` may pass `original` on to the agencies of `to`. A command: it can be refused. Who sent it may pass it on
/// as he likes, and whoever has it already learns nothing.
///
/// # Errors
/// Invariant 20, naming every agency for which the consent is missing.
pub fn pass_on(original: &Original, by: AgencyId, to: &BTreeSet<AgencyId>) -> Result<(), Refusal> {
    if by == original.sender || !original.not_to_be_passed_on {
        return Ok(());
    }
    let missing: Vec<Missing> = to
        .iter()
        .filter(|agency| {
            **agency != original.sender
                && !original.receivers.contains(agency)
                && !original.consents.contains(agency)
        })
        .map(|agency| Missing::of(agency, "no-consent-to-pass-on"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let detail = "The message bears H2: ask its sender to consent that it is passed on to those who are listed.";
    Err(Refusal::new(&codes::INVARIANT_20_H2, detail).missing(missing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn agency(number: u128) -> AgencyId {
        Id::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn original(h2: bool, consents: &[u128]) -> Original {
        Original {
            sender: agency(1),
            receivers: BTreeSet::from([agency(2)]),
            not_to_be_passed_on: h2,
            consents: consents.iter().map(|number| agency(*number)).collect(),
        }
    }

    #[test]
    fn invariant_20_h2_is_not_passed_on_without_consent() {
        let to = BTreeSet::from([agency(1), agency(2), agency(3), agency(4)]);
        let refused = pass_on(&original(true, &[4]), agency(2), &to).unwrap_err();
        let named: Vec<_> = refused.missing.iter().map(|lack| lack.subject.clone()).collect();
        assert_eq!(named, [Some(agency(3).to_string())]);
        assert_eq!(refused.code, &codes::INVARIANT_20_H2);
    }

    #[test]
    fn invariant_20_what_its_sender_consents_to_is_passed_on() {
        let to = BTreeSet::from([agency(3)]);
        assert_eq!(pass_on(&original(true, &[3]), agency(2), &to), Ok(()));
        assert_eq!(pass_on(&original(true, &[]), agency(1), &to), Ok(()));
        assert_eq!(pass_on(&original(false, &[]), agency(2), &to), Ok(()));
    }
}
