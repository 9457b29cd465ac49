//! What was told of a milestone, checked.

use crate::cases::milestones::position::Position;
use crate::clock::Instant;
use crate::error::Faults;
use crate::time_zone;

/// Longest place, in characters.
const LONGEST_PLACE: usize = 200;
/// Longest note, in characters.
const LONGEST_NOTE: usize = 2000;
/// Minutes of tolerance where the plan names none.
const DEFAULT_TOLERANCE: i32 = 60;
/// A week, in minutes: what comes later than that was not expected then.
const LARGEST_TOLERANCE: i64 = 10_080;
/// No case is older than this.
const FIRST_YEAR: i16 = 1900;

/// When and where something is expected or happened, as sent.
#[derive(Debug)]
pub(super) struct Told {
    /// When.
    pub(super) at: Instant,
    /// Where.
    pub(super) place: Option<String>,
    /// The zone in which the time is told.
    pub(super) time_zone: Option<String>,
    /// Where, in degrees.
    pub(super) position: Option<Position>,
    /// Anything else.
    pub(super) note: Option<String>,
}

/// When and where something is expected or happened.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// When.
    pub(super) at: Instant,
    /// Where.
    pub(super) place: Option<String>,
    /// The IANA zone in which the time is told.
    pub(super) time_zone: String,
    /// Where, in degrees.
    pub(super) position: Option<Position>,
    /// Anything else.
    pub(super) note: Option<String>,
}

impl Told {
    /// What was told, every fault noted; the time stands at `pointer`, and is told in the zone `home` unless said.
    pub(super) fn check(self, faults: &mut Faults, pointer: &str, home: &str) -> Account {
        let sensible = self.at.year() >= FIRST_YEAR;
        faults.check(sensible, pointer, "expected a time in 1900 or later");
        faults.optional_text("/place", self.place.as_deref(), LONGEST_PLACE);
        let zone =
            self.time_zone.and_then(|zone| faults.take("/time_zone", time_zone::canonical(&zone)));
        Account {
            at: self.at,
            place: tidy(self.place),
            time_zone: zone.unwrap_or_else(|| home.to_owned()),
            position: self.position,
            note: note(faults, self.note),
        }
    }
}

/// A note, checked.
pub(super) fn note(faults: &mut Faults, note: Option<String>) -> Option<String> {
    faults.optional_text("/note", note.as_deref(), LONGEST_NOTE);
    tidy(note)
}

/// Minutes of tolerance, checked.
pub(super) fn tolerance(faults: &mut Faults, minutes: Option<i64>) -> i32 {
    let Some(minutes) = minutes else { return DEFAULT_TOLERANCE };
    let fitting = Some(minutes).filter(|minutes| (0..=LARGEST_TOLERANCE).contains(minutes));
    if let Some(fine) = fitting.and_then(|minutes| i32::try_from(minutes).ok()) {
        return fine;
    }
    faults.add("/tolerance_minutes", format!("expected minutes from 0 to {LARGEST_TOLERANCE}"));
    DEFAULT_TOLERANCE
}

/// The text without space around it; nothing where nothing else is in it.
fn tidy(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
