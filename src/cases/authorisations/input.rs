//! What a caller says of a request and of a grant, judged field by field.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cases::authorisations::model::{Channel, ReasonCode};
use crate::cases::authorisations::rows::{GrantTerms, Spoken, Terms};
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::country::Country;
use crate::delivery::{Ask, Modality};
use crate::error::{Faults, Result, codes};
use crate::field::{Field, Patch};
use crate::ids::AgencyId;
use crate::quantity::Quantity;

/// Longest name, office and legal basis, in characters.
const LONGEST_LINE: usize = 500;
/// Longest account, in characters.
const LONGEST_TEXT: usize = 10_000;
/// Longest name of a border point, in characters.
const LONGEST_POINT: usize = 200;
/// Most border points.
const MOST_POINTS: usize = 50;

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Its first moment.
    pub from: Instant,
    /// Its last moment.
    pub until: Instant,
}

/// What the requesting State promises.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assurances {
    /// That the goods are seized in the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seizure: Option<String>,
    /// That those behind them are prosecuted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prosecution: Option<String>,
    /// That the requested State hears of the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
}

/// A request for authorisation; a change of a draft names only what changes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "country": "KZ", "authority_agency_id": "0198c1de-0000-7000-8000-000000000001",
    "legal_basis": "UNTOC article 20; agreement of 2002 on cooperation against trafficking",
    "offence": "Smuggling of narcotic drugs in an especially large amount",
    "facts": "A lorry with heroin among dried fruit leaves Osh tonight for Almaty.",
    "asks": ["transit"], "modalities": ["live"], "entry_points": ["Korday"],
    "window": {"from": "2026-12-01T00:00:00Z", "until": "2026-12-04T00:00:00Z"},
    "intervention_criteria": "The lorry leaves the planned road, or contact is lost for an hour.",
    "decision_needed_by": "2026-11-30T18:00:00Z"
}))]
pub struct RequestInput {
    /// The country that is asked.
    #[serde(default)]
    #[schema(value_type = Country, required)]
    pub country: Field<Country>,
    /// The agency that holds authority there.
    #[serde(default)]
    #[schema(value_type = AgencyId, required)]
    pub authority_agency_id: Field<AgencyId>,
    /// The treaty or law, in 1 to 500 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub legal_basis: Field<String>,
    /// The offence, in 1 to 500 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub offence: Field<String>,
    /// Why other means fail, in at most 10,000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub why_other_means_fail: Field<String>,
    /// The facts, in 1 to 10,000 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub facts: Field<String>,
    /// What the country is asked to let happen.
    #[serde(default)]
    #[schema(value_type = Vec<Ask>, required)]
    pub asks: Field<Vec<Ask>>,
    /// How the goods are to travel.
    #[serde(default)]
    #[schema(value_type = Vec<Modality>, required)]
    pub modalities: Field<Vec<Modality>>,
    /// Where they are to come in, at most 50.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub entry_points: Field<Vec<String>>,
    /// Where they are to go out, at most 50.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub exit_points: Field<Vec<String>>,
    /// When it is to happen.
    #[serde(default)]
    #[schema(value_type = Window, required)]
    pub window: Field<Window>,
    /// When to intervene, in at most 10,000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub intervention_criteria: Field<String>,
    /// What the requesting State promises.
    #[serde(default)]
    #[schema(value_type = Option<Assurances>)]
    pub assurances: Field<Assurances>,
    /// By when the decision is needed.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub decision_needed_by: Field<Instant>,
}

/// A change of a draft: absent stays, null goes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"intervention_criteria": "Contact is lost for half an hour."}))]
pub struct RequestPatch {
    /// The treaty or law.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub legal_basis: Field<String>,
    /// The offence.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub offence: Field<String>,
    /// Why other means fail.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub why_other_means_fail: Field<String>,
    /// The facts.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub facts: Field<String>,
    /// What the country is asked to let happen.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Ask>>)]
    pub asks: Field<Vec<Ask>>,
    /// How the goods are to travel.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Modality>>)]
    pub modalities: Field<Vec<Modality>>,
    /// Where they are to come in.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub entry_points: Field<Vec<String>>,
    /// Where they are to go out.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub exit_points: Field<Vec<String>>,
    /// When it is to happen.
    #[serde(default)]
    #[schema(value_type = Option<Window>)]
    pub window: Field<Window>,
    /// When to intervene.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub intervention_criteria: Field<String>,
    /// What the requesting State promises.
    #[serde(default)]
    #[schema(value_type = Option<Assurances>)]
    pub assurances: Field<Assurances>,
    /// By when the decision is needed.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    pub decision_needed_by: Field<Instant>,
}

/// A request that was judged to be right, all but whom it is addressed to.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) country: Country,
    pub(super) authority: AgencyId,
    pub(super) terms: Terms,
    pub(super) decision_needed_by: Instant,
}

impl RequestInput {
    /// The request; none where a fault was noted.
    pub(super) fn judge(&self, faults: &mut Faults) -> Option<Judged> {
        let country = self.country.required(faults, "/country");
        let authority = self.authority_agency_id.required(faults, "/authority_agency_id");
        let legal_basis = self.legal_basis.text(faults, "/legal_basis", LONGEST_LINE);
        let offence = self.offence.text(faults, "/offence", LONGEST_LINE);
        let why = &self.why_other_means_fail;
        let why_other_means_fail = why.optional_text(faults, "/why_other_means_fail", LONGEST_TEXT);
        let facts = self.facts.text(faults, "/facts", LONGEST_TEXT);
        let asks = self.asks.required(faults, "/asks");
        let modalities = self.modalities.required(faults, "/modalities");
        let entry_points = self.entry_points.optional(faults, "/entry_points").unwrap_or_default();
        let exit_points = self.exit_points.optional(faults, "/exit_points").unwrap_or_default();
        let window = self.window.required(faults, "/window");
        let criteria = &self.intervention_criteria;
        let intervention_criteria =
            criteria.optional_text(faults, "/intervention_criteria", LONGEST_TEXT);
        let assurances = self.assurances.optional(faults, "/assurances").unwrap_or_default();
        let decision_needed_by = self.decision_needed_by.required(faults, "/decision_needed_by");
        let terms = Terms {
            legal_basis: legal_basis?,
            offence: offence?,
            why_other_means_fail,
            facts: facts?,
            asks: once(asks?),
            modalities: once(modalities?),
            entry_points,
            exit_points,
            window: window?,
            intervention_criteria,
            assurances,
        };
        judge_terms(&terms, faults);
        Some(Judged {
            country: country?,
            authority: authority?,
            terms,
            decision_needed_by: decision_needed_by?,
        })
    }
}

impl RequestPatch {
    /// The terms and the deadline with the changes in them, every fault noted.
    pub(super) fn apply(
        &self,
        faults: &mut Faults,
        mut terms: Terms,
        mut needed_by: Instant,
    ) -> (Terms, Instant) {
        let line =
            |field: &Field<String>, faults: &mut Faults, name: &str, longest, old: String| {
                match field.patch_text(faults, name, longest) {
                    Patch::Set(text) => text,
                    Patch::Keep => old,
                    Patch::Clear => {
                        faults.add(name, "cannot be taken away");
                        old
                    }
                }
            };
        let sent = &self.legal_basis;
        terms.legal_basis = line(sent, faults, "/legal_basis", LONGEST_LINE, terms.legal_basis);
        terms.offence = line(&self.offence, faults, "/offence", LONGEST_LINE, terms.offence);
        terms.facts = line(&self.facts, faults, "/facts", LONGEST_TEXT, terms.facts);
        let why = &self.why_other_means_fail;
        why.patch_text(faults, "/why_other_means_fail", LONGEST_TEXT)
            .apply(&mut terms.why_other_means_fail);
        let criteria = &self.intervention_criteria;
        criteria
            .patch_text(faults, "/intervention_criteria", LONGEST_TEXT)
            .apply(&mut terms.intervention_criteria);
        if let Some(asks) = self.asks.patch_required(faults, "/asks") {
            terms.asks = once(asks);
        }
        if let Some(modalities) = self.modalities.patch_required(faults, "/modalities") {
            terms.modalities = once(modalities);
        }
        terms.entry_points = list(&self.entry_points, faults, "/entry_points", terms.entry_points);
        terms.exit_points = list(&self.exit_points, faults, "/exit_points", terms.exit_points);
        terms.window = self.window.patch_required(faults, "/window").unwrap_or(terms.window);
        let mut assurances = Some(terms.assurances);
        self.assurances.patch(faults, "/assurances").apply(&mut assurances);
        terms.assurances = assurances.unwrap_or_default();
        let deadline = self.decision_needed_by.patch_required(faults, "/decision_needed_by");
        needed_by = deadline.unwrap_or(needed_by);
        judge_terms(&terms, faults);
        (terms, needed_by)
    }
}

fn list(
    field: &Field<Vec<String>>,
    faults: &mut Faults,
    pointer: &str,
    old: Vec<String>,
) -> Vec<String> {
    let mut points = Some(old);
    field.patch(faults, pointer).apply(&mut points);
    points.unwrap_or_default()
}

fn judge_terms(terms: &Terms, faults: &mut Faults) {
    faults.check(!terms.asks.is_empty(), "/asks", "expected at least one");
    faults.check(!terms.modalities.is_empty(), "/modalities", "expected at least one");
    judge_points(&terms.entry_points, faults, "/entry_points");
    judge_points(&terms.exit_points, faults, "/exit_points");
    let fine = terms.window.from < terms.window.until;
    faults.check(fine, "/window/until", "expected a time after from");
    let Assurances { seizure, prosecution, feedback } = &terms.assurances;
    for (name, text) in [("seizure", seizure), ("prosecution", prosecution), ("feedback", feedback)]
    {
        faults.optional_text(&format!("/assurances/{name}"), text.as_deref(), LONGEST_TEXT);
    }
}

fn judge_points(points: &[String], faults: &mut Faults, at: &str) {
    faults.check(points.len() <= MOST_POINTS, at, "expected at most 50");
    for (index, point) in points.iter().take(MOST_POINTS).enumerate() {
        faults.text(&format!("{at}/{index}"), point, LONGEST_POINT);
    }
}

/// Words in their order, each once.
fn once<T: Ord>(mut words: Vec<T>) -> Vec<T> {
    words.sort_unstable();
    words.dedup();
    words
}

/// What an authority grants.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "permitted_modalities": ["live", "substituted"], "asks": ["transit"], "live_cap": {"value": "6", "unit": "kg"},
    "valid_from": "2026-12-01T00:00:00Z", "valid_until": "2026-12-04T00:00:00Z",
    "conditions": "Officers of the Committee follow the lorry at all times."
}))]
pub struct GrantInput {
    /// How the goods may travel: a set, not a level.
    #[serde(default)]
    #[schema(value_type = Vec<Modality>, required)]
    pub permitted_modalities: Field<Vec<Modality>>,
    /// What may happen; what was asked unless said.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Ask>>)]
    pub asks: Field<Vec<Ask>>,
    /// The most that may be live, over all consignments.
    #[serde(default)]
    #[schema(value_type = Option<Quantity>)]
    pub live_cap: Field<Quantity>,
    /// The first moment at which it counts.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub valid_from: Field<Instant>,
    /// The last moment at which it counts.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub valid_until: Field<Instant>,
    /// Under which conditions, in at most 10,000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub conditions: Field<String>,
    /// Where the goods may come in, at most 50; anywhere unless said.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub entry_points: Field<Vec<String>>,
    /// Where they may go out, at most 50; anywhere unless said.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub exit_points: Field<Vec<String>>,
    /// Whether officers of other countries may be in control of the goods there; false unless said.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub foreign_officers: Field<bool>,
}

/// What an authority has said, and by when it is confirmed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "permitted_modalities": ["live"], "valid_from": "2026-12-01T00:00:00Z", "valid_until": "2026-12-04T00:00:00Z",
    "person": "Prosecutor on duty", "office": "General Prosecutor's Office, Astana", "spoken_at": "2026-11-30T22:10:00Z",
    "channel": "phone", "confirm_by": "2026-12-01T12:00:00Z"
}))]
pub struct OralGrantInput {
    /// What was granted.
    #[serde(default)]
    #[schema(value_type = Vec<Modality>, required)]
    pub permitted_modalities: Field<Vec<Modality>>,
    /// What may happen; what was asked unless said.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Ask>>)]
    pub asks: Field<Vec<Ask>>,
    /// The most that may be live.
    #[serde(default)]
    #[schema(value_type = Option<Quantity>)]
    pub live_cap: Field<Quantity>,
    /// The first moment at which it counts.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub valid_from: Field<Instant>,
    /// The last moment at which it counts.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub valid_until: Field<Instant>,
    /// Under which conditions.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub conditions: Field<String>,
    /// Where the goods may come in.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub entry_points: Field<Vec<String>>,
    /// Where they may go out.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub exit_points: Field<Vec<String>>,
    /// Whether officers of other countries may be in control of the goods there.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub foreign_officers: Field<bool>,
    /// Who said it, in 1 to 500 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub person: Field<String>,
    /// In which office, in 1 to 500 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub office: Field<String>,
    /// When it was said.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub spoken_at: Field<Instant>,
    /// How it was said.
    #[serde(default)]
    #[schema(value_type = Channel, required)]
    pub channel: Field<Channel>,
    /// By when it is confirmed; what is not, lapses.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub confirm_by: Field<Instant>,
}

/// A grant that was judged to be right.
#[derive(Debug, Clone)]
pub(super) struct Granted {
    pub(super) terms: GrantTerms,
    pub(super) valid_from: Instant,
    pub(super) valid_until: Instant,
    pub(super) spoken: Option<(Spoken, Instant)>,
}

impl GrantInput {
    /// The grant, as given at `now`; what was `asked` is what is granted unless something else is said.
    ///
    /// # Errors
    /// Invalid, with every fault named.
    pub(super) fn judge(&self, asked: &[Ask], now: Instant) -> Result<Granted> {
        let mut faults = Faults::new();
        let granted = self.terms(&mut faults, asked);
        // What was said is recorded as it was said; nobody grants for a time that is over.
        let ahead = granted.as_ref().is_none_or(|granted| {
            granted.valid_until > now || granted.valid_until <= granted.valid_from
        });
        faults.check(ahead, "/valid_until", "expected a time ahead of now");
        faults.finish()?;
        granted.ok_or_else(|| crate::error::Error::internal("a grant without faults"))
    }

    fn terms(&self, faults: &mut Faults, asked: &[Ask]) -> Option<Granted> {
        let modalities = self.permitted_modalities.required(faults, "/permitted_modalities");
        let asks = self.asks.optional(faults, "/asks").unwrap_or_else(|| asked.to_vec());
        faults.check(!asks.is_empty(), "/asks", "expected at least one");
        let some = modalities.as_ref().is_none_or(|modalities| !modalities.is_empty());
        faults.check(some, "/permitted_modalities", "expected at least one");
        let live_cap = self.live_cap.optional(faults, "/live_cap");
        let valid_from = self.valid_from.required(faults, "/valid_from");
        let valid_until = self.valid_until.required(faults, "/valid_until");
        let fine = valid_from.zip(valid_until).is_none_or(|(from, until)| from < until);
        faults.check(fine, "/valid_until", "expected a time after valid_from");
        let conditions = self.conditions.optional_text(faults, "/conditions", LONGEST_TEXT);
        let entry_points = self.entry_points.optional(faults, "/entry_points").unwrap_or_default();
        judge_points(&entry_points, faults, "/entry_points");
        let exit_points = self.exit_points.optional(faults, "/exit_points").unwrap_or_default();
        judge_points(&exit_points, faults, "/exit_points");
        let foreign = self.foreign_officers.optional(faults, "/foreign_officers");
        let terms = GrantTerms {
            permitted_modalities: once(modalities?),
            asks: once(asks),
            live_cap,
            conditions,
            entry_points,
            exit_points,
            foreign_officers: foreign.unwrap_or_default(),
        };
        Some(Granted { terms, valid_from: valid_from?, valid_until: valid_until?, spoken: None })
    }
}

impl OralGrantInput {
    /// The grant with who said it, as known at `now`; clocks may run ahead by `skew` seconds.
    ///
    /// # Errors
    /// Invalid, with every fault named; by invariant 8 where only that is wrong which it asks for.
    pub(super) fn judge(self, asked: &[Ask], now: Instant, skew: i64) -> Result<Granted> {
        let (mut faults, mut oral) = (Faults::new(), Faults::new());
        let person = self.person.text(&mut oral, "/person", LONGEST_LINE);
        let office = self.office.text(&mut oral, "/office", LONGEST_LINE);
        let spoken_at = self.spoken_at.required(&mut oral, "/spoken_at");
        let heard = spoken_at.is_none_or(|spoken| spoken <= now.plus_seconds(skew));
        oral.check(heard, "/spoken_at", "expected a time that is not ahead of now");
        let channel = self.channel.required(&mut oral, "/channel");
        let confirm_by = self.confirm_by.required(&mut oral, "/confirm_by");
        let ahead = confirm_by.is_none_or(|confirm_by| confirm_by > now);
        oral.check(ahead, "/confirm_by", "expected a time ahead of now");
        let plain = GrantInput {
            permitted_modalities: self.permitted_modalities,
            asks: self.asks,
            live_cap: self.live_cap,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            conditions: self.conditions,
            entry_points: self.entry_points,
            exit_points: self.exit_points,
            foreign_officers: self.foreign_officers,
        };
        let granted = plain.terms(&mut faults, asked);
        if faults.is_empty() {
            oral.finish_as(&codes::INVARIANT_8)?;
        } else {
            faults.append(oral);
            faults.finish()?;
        }
        let spoken = (|| {
            let spoken = Spoken {
                person: person?,
                office: office?,
                spoken_at: spoken_at?,
                channel: channel?,
            };
            Some((spoken, confirm_by?))
        })();
        let granted = granted.zip(spoken);
        let granted = granted.map(|(granted, spoken)| Granted { spoken: Some(spoken), ..granted });
        granted.ok_or_else(|| crate::error::Error::internal("an oral grant without faults"))
    }
}

/// Why an authority refuses or revokes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason_code": "risk_of_loss", "reason": "Nobody can follow the lorry through the night."}))]
pub struct ReasonInput {
    /// The reason in a word.
    #[serde(default)]
    #[schema(value_type = ReasonCode, required)]
    pub reason_code: Field<ReasonCode>,
    /// The reason, in 1 to 2000 characters.
    #[serde(default)]
    #[schema(value_type = Reason, required)]
    pub reason: Field<Reason>,
}

impl ReasonInput {
    /// The reason.
    ///
    /// # Errors
    /// By invariant 9, with every fault named.
    pub(super) fn judge(&self) -> Result<(ReasonCode, Reason)> {
        let mut faults = Faults::new();
        let code = self.reason_code.required(&mut faults, "/reason_code");
        let reason = self.reason.required(&mut faults, "/reason");
        faults.finish_as(&codes::INVARIANT_9)?;
        code.zip(reason).ok_or_else(|| crate::error::Error::internal("a reason without faults"))
    }
}

/// What is asked or answered.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Which firm does the lorry belong to?"}))]
pub struct TextInput {
    /// The words, in 1 to 10,000 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub text: Field<String>,
}

impl TextInput {
    /// The words.
    ///
    /// # Errors
    /// Invalid.
    pub(super) fn judge(&self) -> Result<String> {
        let mut faults = Faults::new();
        let text = self.text.text(&mut faults, "/text", LONGEST_TEXT);
        faults.finish()?;
        text.ok_or_else(|| crate::error::Error::internal("a text without faults"))
    }
}

/// Nothing has to be said.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct NothingInput {}
