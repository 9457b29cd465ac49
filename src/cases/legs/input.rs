//! What a caller says of a leg, judged field by field.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::cases::legs::model::{Direction, End, Mode, Plan, Responsible};
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::country::Country;
use crate::error::Faults;
use crate::field::Field;
use crate::ids::CrossingId;
use crate::time_zone;

/// Longest place and border point, in characters.
const LONGEST_PLACE: usize = 200;
/// Longest note, in characters.
const LONGEST_NOTE: usize = 2000;
/// No case is older than this.
const FIRST_YEAR: i16 = 1900;

/// One end of a leg.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"place": "Korday", "country": "KZ", "time_zone": "Asia/Almaty"}))]
pub struct EndInput {
    /// Where, in 1 to 200 characters.
    pub place: String,
    /// In which country.
    pub country: Country,
    /// The IANA zone of the place; the agency's unless said.
    pub time_zone: Option<String>,
}

/// A leg to be planned.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "sequence": 1,
    "from": {"place": "Bishkek", "country": "KG", "time_zone": "Asia/Bishkek"},
    "to": {"place": "Almaty", "country": "KZ", "time_zone": "Asia/Almaty"},
    "mode": "road", "exit_point": "Ak-Jol", "entry_point": "Korday",
    "planned_departure": "2026-12-01T02:00:00Z", "planned_arrival": "2026-12-01T08:00:00Z"
}))]
pub struct LegInput {
    /// Its place on the route, from 1; behind the last leg unless said.
    #[serde(default)]
    #[schema(value_type = Option<i32>)]
    pub sequence: Field<i32>,
    /// Where it begins.
    #[serde(default)]
    #[schema(value_type = EndInput, required)]
    pub from: Field<EndInput>,
    /// Where it ends.
    #[serde(default)]
    #[schema(value_type = EndInput, required)]
    pub to: Field<EndInput>,
    /// How the goods travel.
    #[serde(default)]
    #[schema(value_type = Mode, required)]
    pub mode: Field<Mode>,
    /// Where they leave the first country, in at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub exit_point: Field<String>,
    /// Where they enter the second, in at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub entry_point: Field<String>,
    /// When they leave.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub planned_departure: Field<Instant>,
    /// When they arrive.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub planned_arrival: Field<Instant>,
    /// Who answers for them, at most one agency for each country of the leg.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Responsible>>)]
    pub responsible: Field<Vec<Responsible>>,
}

/// A change of a leg that was not started: absent stays, null goes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"planned_arrival": "2026-12-01T10:00:00Z"}))]
pub struct LegPatch {
    /// Where it begins.
    #[serde(default)]
    #[schema(value_type = Option<EndInput>)]
    pub from: Field<EndInput>,
    /// Where it ends.
    #[serde(default)]
    #[schema(value_type = Option<EndInput>)]
    pub to: Field<EndInput>,
    /// How the goods travel.
    #[serde(default)]
    #[schema(value_type = Option<Mode>)]
    pub mode: Field<Mode>,
    /// Where they leave the first country.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub exit_point: Field<String>,
    /// Where they enter the second.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub entry_point: Field<String>,
    /// When they leave.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    pub planned_departure: Field<Instant>,
    /// When they arrive.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    pub planned_arrival: Field<Instant>,
    /// Who answers for them.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Responsible>>)]
    pub responsible: Field<Vec<Responsible>>,
}

impl LegInput {
    /// The place on the route, if one is named, and the plan; every fault noted, `at` is the pointer of the leg itself
    /// and `home` the zone of the caller's agency.
    pub fn judge(&self, faults: &mut Faults, at: &str, home: &str) -> Option<(Option<i32>, Plan)> {
        let pointer = |name: &str| format!("{at}/{name}");
        let sequence = self.sequence.optional(faults, &pointer("sequence"));
        let fine = sequence.is_none_or(|sequence| sequence >= 1);
        faults.check(fine, &pointer("sequence"), "expected a whole number from 1");
        let from = self.from.required(faults, &pointer("from"));
        let to = self.to.required(faults, &pointer("to"));
        let mode = self.mode.required(faults, &pointer("mode"));
        let exit_point =
            self.exit_point.optional_text(faults, &pointer("exit_point"), LONGEST_PLACE);
        let entry_point =
            self.entry_point.optional_text(faults, &pointer("entry_point"), LONGEST_PLACE);
        let departure = self.planned_departure.required(faults, &pointer("planned_departure"));
        let arrival = self.planned_arrival.required(faults, &pointer("planned_arrival"));
        let responsible =
            self.responsible.optional(faults, &pointer("responsible")).unwrap_or_default();
        let from = from.and_then(|from| end(from, faults, &pointer("from"), home));
        let to = to.and_then(|to| end(to, faults, &pointer("to"), home));
        let plan = Plan {
            from: from?,
            to: to?,
            mode: mode?,
            exit_point,
            entry_point,
            planned_departure: departure?,
            planned_arrival: arrival?,
            responsible,
        };
        judge_plan(&plan, faults, at);
        Some((sequence, plan))
    }
}

impl LegPatch {
    /// The plan with the changes in it, every fault noted.
    pub fn apply(&self, faults: &mut Faults, mut plan: Plan, home: &str) -> Plan {
        if let Some(from) = self.from.patch_required(faults, "/from")
            && let Some(from) = end(from, faults, "/from", home)
        {
            plan.from = from;
        }
        if let Some(to) = self.to.patch_required(faults, "/to")
            && let Some(to) = end(to, faults, "/to", home)
        {
            plan.to = to;
        }
        plan.mode = self.mode.patch_required(faults, "/mode").unwrap_or(plan.mode);
        let exit = self.exit_point.patch_text(faults, "/exit_point", LONGEST_PLACE);
        exit.apply(&mut plan.exit_point);
        let entry = self.entry_point.patch_text(faults, "/entry_point", LONGEST_PLACE);
        entry.apply(&mut plan.entry_point);
        let departure = self.planned_departure.patch_required(faults, "/planned_departure");
        plan.planned_departure = departure.unwrap_or(plan.planned_departure);
        let arrival = self.planned_arrival.patch_required(faults, "/planned_arrival");
        plan.planned_arrival = arrival.unwrap_or(plan.planned_arrival);
        let mut responsible = Some(plan.responsible);
        self.responsible.patch(faults, "/responsible").apply(&mut responsible);
        plan.responsible = responsible.unwrap_or_default();
        judge_plan(&plan, faults, "");
        plan
    }
}

fn end(sent: EndInput, faults: &mut Faults, at: &str, home: &str) -> Option<End> {
    faults.text(&format!("{at}/place"), &sent.place, LONGEST_PLACE);
    let zone = match sent.time_zone {
        None => Some(home.to_owned()),
        Some(zone) => faults.take(&format!("{at}/time_zone"), time_zone::canonical(&zone)),
    };
    Some(End { place: sent.place.trim().to_owned(), country: sent.country, time_zone: zone? })
}

fn judge_plan(plan: &Plan, faults: &mut Faults, at: &str) {
    let increasing = plan.planned_departure < plan.planned_arrival;
    let detail = "expected a time after planned_departure";
    faults.check(increasing, &format!("{at}/planned_arrival"), detail);
    let sensible = plan.planned_departure.year() >= FIRST_YEAR;
    let detail = "expected a time in 1900 or later";
    faults.check(sensible, &format!("{at}/planned_departure"), detail);
    for (index, responsible) in plan.responsible.iter().enumerate() {
        let pointer = format!("{at}/responsible/{index}/country");
        let detail = "expected a country that the leg touches";
        faults.check(plan.touches(responsible.country), &pointer, detail);
        let again = plan.responsible.iter().take(index);
        let once = again.filter(|other| other.country == responsible.country).count() == 0;
        faults.check(once, &pointer, "expected each country once");
    }
}

/// The start of a leg.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct StartInput {
    /// When the goods left, not later than now; now unless said.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    pub occurred_at: Field<Instant>,
}

/// The arrival of a leg.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_at": "2026-12-01T08:10:00Z"}))]
pub struct CompleteInput {
    /// When the goods arrived, not later than now; now unless said.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    pub occurred_at: Field<Instant>,
    /// Anything else, in at most 2000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Field<String>,
}

/// Another way than planned.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "reason": "The lorry turned off towards Taraz", "occurred_at": "2026-12-01T05:40:00Z", "place": "Merke"
}))]
pub struct DivertInput {
    /// What is known of the reason, in 1 to 2000 characters.
    #[serde(default)]
    #[schema(value_type = Reason, required)]
    pub reason: Field<Reason>,
    /// When it was seen; now unless said.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    pub occurred_at: Field<Instant>,
    /// Where it was seen, in at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub place: Field<String>,
    /// The IANA zone in which the time is told; the agency's unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub time_zone: Field<String>,
}

/// Why a leg goes on.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Back on the planned road"}))]
pub struct ResumeInput {
    /// The reason, in 1 to 2000 characters.
    #[serde(default)]
    #[schema(value_type = Reason, required)]
    pub reason: Field<Reason>,
}

/// A border that was crossed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "direction": "enter", "country": "KZ", "occurred_at": "2026-12-01T05:10:00Z", "place": "Korday"
}))]
pub struct CrossingInput {
    /// Which way.
    #[serde(default)]
    #[schema(value_type = Direction, required)]
    pub direction: Field<Direction>,
    /// Of which country's border.
    #[serde(default)]
    #[schema(value_type = Country, required)]
    pub country: Field<Country>,
    /// When it happened.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub occurred_at: Field<Instant>,
    /// Where it happened, in 1 to 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub place: Field<String>,
    /// The IANA zone in which the time is told; the agency's unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub time_zone: Field<String>,
    /// Anything else, in at most 2000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Field<String>,
    /// The crossing of this leg that this report corrects.
    #[serde(default)]
    #[schema(value_type = Option<CrossingId>)]
    pub supersedes: Field<CrossingId>,
    /// Why it corrects that one; there with `supersedes`.
    #[serde(default)]
    #[schema(value_type = Option<Reason>)]
    pub reason: Field<Reason>,
}

/// A crossing that was judged to be right.
#[derive(Debug)]
pub struct Crossing {
    /// Which way.
    pub direction: Direction,
    /// Of which country's border.
    pub country: Country,
    /// When it happened.
    pub occurred_at: Instant,
    /// Where it happened.
    pub place: String,
    /// The zone in which the time was told.
    pub time_zone: String,
    /// Anything else.
    pub note: Option<String>,
    /// The crossing that this one corrects, and why.
    pub supersedes: Option<(CrossingId, Reason)>,
}

impl CrossingInput {
    /// The crossing; none where a fault was noted.
    pub fn judge(&self, faults: &mut Faults, home: &str) -> Option<Crossing> {
        let direction = self.direction.required(faults, "/direction");
        let country = self.country.required(faults, "/country");
        let occurred_at = self.occurred_at.required(faults, "/occurred_at");
        let sensible = occurred_at.is_none_or(|at| at.year() >= FIRST_YEAR);
        faults.check(sensible, "/occurred_at", "expected a time in 1900 or later");
        let place = self.place.text(faults, "/place", LONGEST_PLACE);
        let time_zone = self.time_zone.zone(faults, "/time_zone", home);
        let note = self.note.optional_text(faults, "/note", LONGEST_NOTE);
        let old = self.supersedes.optional(faults, "/supersedes");
        let reason = self.reason.optional(faults, "/reason");
        let together = old.is_some() == reason.is_some();
        faults.check(together, "/reason", "expected a reason with supersedes, and only with it");
        Some(Crossing {
            direction: direction?,
            country: country?,
            occurred_at: occurred_at?,
            place: place?,
            time_zone,
            note,
            supersedes: old.zip(reason),
        })
    }
}

/// A moment that is not said, or lies not ahead of `now` by more than `skew` seconds.
pub fn moment(
    field: &Field<Instant>,
    faults: &mut Faults,
    now: Instant,
    skew: i64,
) -> Option<Instant> {
    let at = field.optional(faults, "/occurred_at")?;
    let fine = at <= now.plus_seconds(skew) && at.year() >= FIRST_YEAR;
    faults.check(fine, "/occurred_at", "expected a time in 1900 or later that is not ahead of now");
    Some(at)
}

/// A place that may be said.
pub fn place(field: &Field<String>, faults: &mut Faults) -> Option<String> {
    field.optional_text(faults, "/place", LONGEST_PLACE)
}

/// A note that may be made.
pub fn note(field: &Field<String>, faults: &mut Faults) -> Option<String> {
    field.optional_text(faults, "/note", LONGEST_NOTE)
}
