//! Holds a route against the directory and against what the countries answered: what is missing, what is impossible,
//! what to look out for, before anyone phones.
//!
//! Pure, and advice only: nothing is refused here. What a country's authority has granted stands above what the
//! directory says of its law; then what would be impossible is a warning. Findings come in the order in which the route
//! touches the countries, and for each country in the order of [`FindingCode`].
//!
//! Where inside of a leg a border is crossed is not known. The goods count as being in a country from the departure of
//! the leg that brings them to the arrival of the leg that takes them away, and as being there for certain from the
//! arrival of the former to the departure of the latter. What is certain of several visits is added up.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Instant;
use crate::country::Country;
use crate::delivery::{ConsignmentKind, Modality};
use crate::directory::model::Profile;
use crate::text_enum;

mod findings;
#[cfg(test)]
mod tests;

text_enum! {
    /// How grave a finding is.
    pub enum Severity {
        /// Something has to be got first.
        Missing = "missing",
        /// It cannot be done like this.
        Impossible = "impossible",
        /// Something to look out for.
        Warning = "warning",
    }
}

text_enum! {
    /// What was found.
    pub enum FindingCode {
        /// The directory knows nothing of the country.
        NoProfile = "no-profile",
        /// Nobody of the country has confirmed what the directory says.
        ProfileUnconfirmed = "profile-unconfirmed",
        /// What the directory says should have been reviewed.
        ProfileReviewDue = "profile-review-due",
        /// Nobody has asked the country.
        NoRequest = "no-request",
        /// The country has not decided.
        NotDecided = "not-decided",
        /// The country has said no.
        Refused = "refused",
        /// The country has taken back what it had granted.
        GrantRevoked = "grant-revoked",
        /// The request was taken back.
        RequestWithdrawn = "request-withdrawn",
        /// A grant by word of mouth was not confirmed in time.
        OralGrantLapsed = "oral-grant-lapsed",
        /// The grant has run out.
        GrantExpired = "grant-expired",
        /// The country is to be asked, and no agency on this server holds authority for it.
        NoAuthorityHere = "no-authority-here",
        /// The request comes later than the country wants it.
        NoticeTooShort = "notice-too-short",
        /// The law does not let these goods travel like this.
        ModalityForbidden = "modality-forbidden",
        /// The law does not let goods be replaced.
        SubstitutionNotAllowed = "substitution-not-allowed",
        /// The goods would be there for longer than the law allows.
        LongerThanAllowed = "longer-than-allowed",
        /// In which languages to ask.
        LanguagesRequired = "languages-required",
        /// What to bring along when asking.
        DocumentsRequired = "documents-required",
        /// The grant begins after the goods come.
        GrantBeginsTooLate = "grant-begins-too-late",
        /// The grant ends before the goods are out, or shortly after.
        GrantEndsTooEarly = "grant-ends-too-early",
        /// The grant is for another modality.
        ModalityNotGranted = "modality-not-granted",
        /// The grant is not for what the goods do on some leg.
        PassageNotGranted = "passage-not-granted",
        /// The grant is for other entry points.
        EntryPointNotGranted = "entry-point-not-granted",
        /// The grant is for other exit points.
        ExitPointNotGranted = "exit-point-not-granted",
        /// The grant is for less that is live, or in another unit.
        LiveQuantityNotGranted = "live-quantity-not-granted",
        /// A grant by word of mouth is to be confirmed.
        ConfirmOralGrant = "confirm-oral-grant",
        /// Officers of other States may not come along.
        ForeignOfficersNotAllowed = "foreign-officers-not-allowed",
        /// Officers of other States may come along without arms only.
        ForeignOfficersUnarmed = "foreign-officers-unarmed",
    }
}

/// A leg of the route, as it is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedLeg {
    /// Where it begins.
    pub from: Country,
    /// Where it ends.
    pub to: Country,
    /// When the goods leave.
    pub planned_departure: Instant,
    /// When they arrive.
    pub planned_arrival: Instant,
}

/// Goods that travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goods {
    /// What they are.
    pub kind: ConsignmentKind,
    /// How they travel.
    pub modality: Modality,
}

/// What a country has said to the request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CountryAnswer {
    /// It was not asked, or the request is a draft still.
    #[default]
    NotAsked,
    /// It was asked and has not decided.
    Requested {
        /// When the request was sent.
        since: Instant,
        /// By when a decision is needed.
        needed_by: Instant,
    },
    /// It said yes.
    Granted {
        /// How the goods may travel.
        permitted: Vec<Modality>,
        /// The first moment at which it counts.
        begins: Instant,
        /// The last moment at which it counts, once confirmed.
        ends: Instant,
        /// By when it lapses unless it is confirmed, where it was only spoken.
        to_be_confirmed_by: Option<Instant>,
    },
    /// It said no.
    Refused,
    /// It took back what it had granted.
    Revoked,
    /// It was asked, and the request was taken back.
    Withdrawn,
    /// It said yes by word of mouth, and did not confirm that in time.
    Lapsed {
        /// By when it was to be confirmed.
        by: Instant,
    },
    /// It said yes, and that has run out.
    Expired {
        /// When.
        ended: Instant,
    },
}

impl CountryAnswer {
    /// Whether the next thing to do is to ask.
    fn is_to_be_asked(&self) -> bool {
        matches!(
            self,
            Self::NotAsked | Self::Withdrawn | Self::Lapsed { .. } | Self::Expired { .. }
        )
    }
}

/// What a grant that counts when a leg departs does not cover of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapKind {
    /// That the goods leave the country.
    Leaving,
    /// That they come in.
    Entering,
    /// That they pass inside.
    Passage,
    /// That they come in where it is planned.
    EntryPoint,
    /// That they leave where it is planned.
    ExitPoint,
    /// That so much is live.
    LiveCap,
    /// What is live is counted in another unit.
    LiveNotComparable,
}

/// Something on a leg that a grant does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Whose grant.
    pub country: Country,
    /// The leg, by its place on the route.
    pub leg: i32,
    /// What is not covered.
    pub kind: GapKind,
}

/// What the directory says of a country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLaw {
    /// The present profile.
    pub profile: Profile,
    /// Whether somebody of the country itself kept it.
    pub confirmed: bool,
}

/// Everything that a check rests on.
#[derive(Debug, Clone)]
pub struct RoutePlan {
    /// The legs, in the order of travel.
    pub legs: Vec<PlannedLeg>,
    /// What travels.
    pub goods: Vec<Goods>,
    /// What each country has said; one that is not named was not asked.
    pub answers: BTreeMap<Country, CountryAnswer>,
    /// What the grants do not cover of the legs that lie ahead.
    pub gaps: Vec<Gap>,
    /// What the directory says of each country.
    pub laws: BTreeMap<Country, KnownLaw>,
    /// The countries for which an agency on this server holds authority: to others no request can be sent here.
    pub represented: BTreeSet<Country>,
    /// The present moment.
    pub now: Instant,
    /// How long a grant is to last beyond the planned exit, in seconds.
    pub margin_seconds: i64,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "country": "KZ", "severity": "missing", "code": "no-request",
    "words": "Nobody has asked Kazakhstan yet: send the request."
}))]
pub struct Finding {
    /// The country that it is about.
    pub country: Country,
    /// How grave it is.
    pub severity: Severity,
    /// What it is.
    pub code: FindingCode,
    /// What to do about it.
    pub words: String,
}

/// When the goods are in a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stay {
    /// When they can be there first.
    entry: Instant,
    /// When they can be there last.
    exit: Instant,
    /// For how many seconds they are there for certain, over all visits.
    certain: i64,
}

impl Stay {
    fn of(legs: &[PlannedLeg], country: Country) -> Option<Self> {
        let touching = || legs.iter().filter(|leg| leg.from == country || leg.to == country);
        let inside = touching()
            .filter(|leg| leg.from == leg.to)
            .map(|leg| leg.planned_arrival.seconds() - leg.planned_departure.seconds());
        let between = legs.windows(2).filter_map(|pair| match pair {
            [before, after] if before.to == country && after.from == country => {
                Some(after.planned_departure.seconds() - before.planned_arrival.seconds())
            }
            _ => None,
        });
        Some(Self {
            entry: touching().map(|leg| leg.planned_departure).min()?,
            exit: touching().map(|leg| leg.planned_arrival).max()?,
            certain: inside.chain(between).sum(),
        })
    }
}

/// The countries that the route touches, in the order of travel, each once.
#[must_use]
pub fn countries(legs: &[PlannedLeg]) -> Vec<Country> {
    let mut countries = Vec::new();
    for country in legs.iter().flat_map(|leg| [leg.from, leg.to]) {
        if !countries.contains(&country) {
            countries.push(country);
        }
    }
    countries
}

/// What is missing, impossible or to be looked out for on the route.
#[must_use]
pub fn check(plan: &RoutePlan) -> Vec<Finding> {
    countries(&plan.legs).into_iter().flat_map(|country| findings::of(plan, country)).collect()
}
