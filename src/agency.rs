//! The words that tell one kind of agency from another, which several domains need.
//!
//! May import: `text_enum`.

use crate::text_enum;

text_enum! {
    /// What an agency is.
    pub enum AgencyKind {
        /// Of one country, on whose territory it acts.
        National = "national",
        /// An information and coordination centre: coordinates and never authorises. Has no country.
        Regional = "regional",
        /// Runs the server; never a member of a case.
        Operator = "operator",
    }
}

text_enum! {
    /// Which branch a national agency belongs to.
    pub enum Branch {
        /// Drug control.
        DrugControl = "drug_control",
        /// Police.
        Police = "police",
        /// Customs.
        Customs = "customs",
        /// Border guard.
        BorderGuard = "border_guard",
        /// Security service.
        SecurityService = "security_service",
        /// Prosecutor.
        Prosecutor = "prosecutor",
        /// Court.
        Court = "court",
    }
}

text_enum! {
    /// Whether an agency holds authority for its country.
    pub enum AuthorityMark {
        /// It does not.
        None = "none",
        /// It was marked; another agency of the country has to confirm it.
        Proposed = "proposed",
        /// It does.
        Held = "held",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_enum::TextEnum;

    #[test]
    fn the_words_are_those_of_the_contract() {
        assert_eq!(AgencyKind::words(), "national, regional, operator");
        assert_eq!(
            Branch::words(),
            "drug_control, police, customs, border_guard, security_service, prosecutor, court"
        );
    }
}
