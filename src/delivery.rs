//! The words of a controlled delivery that several domains need: what the goods are, how they travel, and what a
//! country is asked to let happen.
//!
//! May import: `text_enum`.

use crate::text_enum;

text_enum! {
    /// What a consignment is. People are left out on purpose.
    pub enum ConsignmentKind {
        /// Narcotic drug (1961 Convention).
        Narcotic = "narcotic",
        /// Psychotropic substance (1971 Convention).
        Psychotropic = "psychotropic",
        /// New psychoactive substance.
        Nps = "nps",
        /// Precursor (1988 Convention).
        Precursor = "precursor",
        /// Weapons and their parts.
        Weapons = "weapons",
        /// Explosives.
        Explosives = "explosives",
        /// Money.
        Currency = "currency",
        /// Counterfeit goods.
        Counterfeit = "counterfeit",
        /// Tobacco.
        Tobacco = "tobacco",
        /// Wild animals and plants.
        Wildlife = "wildlife",
        /// Cultural property.
        CulturalProperty = "cultural_property",
        /// Stolen goods.
        StolenGoods = "stolen_goods",
        /// Nuclear or radioactive material.
        NuclearRadioactive = "nuclear_radioactive",
        /// Anything else.
        Other = "other",
    }
}

text_enum! {
    /// How goods travel.
    pub enum Modality {
        /// As they were found.
        Live = "live",
        /// All replaced by something harmless.
        Substituted = "substituted",
        /// Partly replaced.
        Partial = "partial",
    }
}

text_enum! {
    /// What a country is asked to let happen on its territory.
    pub enum Ask {
        /// Let the goods leave the country in which they were found.
        Exit = "exit",
        /// Let them through.
        Transit = "transit",
        /// Let them in.
        Enter = "enter",
        /// Let them be handed to whoever expects them.
        Deliver = "deliver",
        /// Replace all or part of them.
        Substitute = "substitute",
        /// Take samples.
        Sample = "sample",
        /// Fit a device that tells where they are.
        InstallDevice = "install_device",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_enum::TextEnum;

    #[test]
    fn the_words_are_those_of_the_contract() {
        assert_eq!(
            ConsignmentKind::words(),
            "narcotic, psychotropic, nps, precursor, weapons, explosives, currency, counterfeit, tobacco, wildlife, \
             cultural_property, stolen_goods, nuclear_radioactive, other"
        );
        assert_eq!(Modality::words(), "live, substituted, partial");
        assert_eq!(
            Ask::words(),
            "exit, transit, enter, deliver, substitute, sample, install_device"
        );
    }
}
