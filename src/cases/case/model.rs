//! The closed lists of words of a case and its consignments.

pub use crate::delivery::{ConsignmentKind, Modality};
use crate::error::{Refusal, Result, codes};
use crate::text_enum;

text_enum! {
    /// Where a case stands.
    pub enum CaseStatus {
        /// Being written.
        Draft = "draft",
        /// The route is planned and countries are asked.
        Planning = "planning",
        /// All is decided; waiting for the start.
        Ready = "ready",
        /// On the move.
        Active = "active",
        /// Held back; the goods stay watched.
        Suspended = "suspended",
        /// The goods are being seized.
        Intervention = "intervention",
        /// Over; reports and evidence are being settled.
        Concluded = "concluded",
        /// Settled.
        Closed = "closed",
        /// Given up before anything moved, or while suspended.
        CalledOff = "called_off",
    }
}

text_enum! {
    /// How much haste there is.
    pub enum Priority {
        /// Hours.
        Urgent = "urgent",
        /// Days.
        Routine = "routine",
    }
}

text_enum! {
    /// How information may be used (Europol handling codes); codes combine.
    pub enum HandlingCode {
        /// May be used to prevent and combat crime.
        H0 = "H0",
        /// Not to be used as evidence without the provider's permission.
        H1 = "H1",
        /// Not to be passed on without the provider's permission.
        H2 = "H2",
        /// Another restriction, in words.
        H3 = "H3",
    }
}

text_enum! {
    /// How a case ended.
    pub enum Outcome {
        /// Delivered, and people arrested.
        DeliveredArrests = "delivered_arrests",
        /// Delivered, nobody arrested.
        DeliveredNoArrest = "delivered_no_arrest",
        /// Seized before the delivery.
        EarlyIntervention = "early_intervention",
        /// Seized by an agency that took no part.
        SeizedByThirdAgency = "seized_by_third_agency",
        /// Lost for good.
        Lost = "lost",
        /// Lost and found again.
        Recovered = "recovered",
        /// Abandoned by those who sent or carried it.
        Abandoned = "abandoned",
        /// Given up by the agencies.
        CalledOff = "called_off",
        /// A country refused.
        Refused = "refused",
    }
}

text_enum! {
    /// Whether a quantity was measured.
    pub enum Measured {
        /// Weighed or counted.
        Measured = "measured",
        /// Estimated.
        Estimated = "estimated",
    }
}

impl CaseStatus {
    /// Whether no move leads out of this state.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Closed | Self::CalledOff)
    }

    /// Whether the case may still be planned: `what` is a command, and is refused once the case has ended.
    ///
    /// # Errors
    /// Refused in a final state.
    pub fn plans(self, what: &str) -> Result<()> {
        if !self.is_final() {
            return Ok(());
        }
        let detail = format!("The case has ended as {self}: {what} stays as it is.");
        Err(Refusal::new(&codes::STATE, detail).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_enum::TextEnum;

    #[test]
    fn the_words_are_those_of_the_contract() {
        assert_eq!(
            CaseStatus::words(),
            "draft, planning, ready, active, suspended, intervention, concluded, closed, called_off"
        );
        assert_eq!(Priority::words(), "urgent, routine");
        assert_eq!(HandlingCode::words(), "H0, H1, H2, H3");
        assert_eq!(
            Outcome::words(),
            "delivered_arrests, delivered_no_arrest, early_intervention, seized_by_third_agency, lost, recovered, \
             abandoned, called_off, refused"
        );
        assert_eq!(Measured::words(), "measured, estimated");
    }
}
