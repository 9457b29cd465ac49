//! Judges a profile field by field: every fault is noted, none stops the rest.

use crate::day::Day;
use crate::directory::input::{
    AuthorityInput, ForeignOfficersInput, OralProcedureInput, PermittedInput, ProfileInput,
};
use crate::directory::model::{
    CompetentAuthority, ForeignOfficers, OralProcedure, Permitted, Profile,
};
use crate::error::Faults;
use crate::field::Field;
use crate::ids::AgencyId;
use crate::language::Language;

/// Longest name or line, in characters.
const LONGEST_LINE: usize = 300;
/// Longest text, in characters.
const LONGEST_TEXT: usize = 5000;
/// Most rows of a list.
const MOST: usize = 50;
/// Most hours of anything: ten years.
const MOST_HOURS: u32 = 87_600;

impl ProfileInput {
    /// The profile; none where a fault was noted. Whether the agencies that it names are the country's is not judged
    /// here. `tomorrow` is the last day that can have begun anywhere.
    pub(super) fn judge(&self, tomorrow: &Day, faults: &mut Faults) -> Option<Profile> {
        let competent_authorities = authorities(&self.competent_authorities, faults);
        let signatory = self.signatory.optional_text(faults, "/signatory", LONGEST_LINE);
        let permitted = permitted(&self.permitted, faults);
        let substitution_allowed =
            self.substitution_allowed.required(faults, "/substitution_allowed");
        let duration = hours(&self.maximum_duration_hours, faults, "/maximum_duration_hours", 1);
        let notice_hours = hours(&self.notice_hours, faults, "/notice_hours", 0);
        let oral = self.oral_procedure.optional(faults, "/oral_procedure");
        let oral_procedure = oral.map(|sent| sent.judge(faults));
        let languages = languages(&self.languages, faults);
        let required_documents = documents(&self.required_documents, faults);
        let officers = self.foreign_officers.optional(faults, "/foreign_officers");
        let foreign_officers = officers.map(|sent| sent.judge(faults));
        let on_control_lost =
            self.on_control_lost.optional_text(faults, "/on_control_lost", LONGEST_TEXT);
        let legal_basis = self.legal_basis.text(faults, "/legal_basis", LONGEST_TEXT);
        let source = self.source.text(faults, "/source", LONGEST_TEXT);
        let reviewed_on = self.reviewed_on.required(faults, "/reviewed_on");
        let review_due_on = self.review_due_on.optional(faults, "/review_due_on");
        if let Some(reviewed) = &reviewed_on {
            faults.check(reviewed <= tomorrow, "/reviewed_on", "expected a day that has begun");
            let later = review_due_on.as_ref().is_none_or(|due| due > reviewed);
            faults.check(later, "/review_due_on", "expected a day after reviewed_on");
        }
        Some(Profile {
            competent_authorities: competent_authorities?,
            signatory,
            permitted: permitted?,
            substitution_allowed: substitution_allowed?,
            maximum_duration_hours: duration,
            notice_hours,
            oral_procedure: oral_procedure.flatten(),
            languages: languages?,
            required_documents,
            foreign_officers: foreign_officers.flatten(),
            on_control_lost,
            legal_basis: legal_basis?,
            source: source?,
            reviewed_on: reviewed_on?,
            review_due_on,
        })
    }
}

impl ProfileInput {
    /// The agencies that are named, each with its place among the authorities.
    pub(super) fn named_agencies(&self) -> Vec<(usize, AgencyId)> {
        // What is wrong with the list has been noted by `judge`.
        let noted = &mut Faults::new();
        let sent = self.competent_authorities.optional(noted, "").unwrap_or_default();
        let named = sent.iter().map(|one| one.agency_id.optional(noted, ""));
        let numbered = named.enumerate().take(MOST);
        numbered.filter_map(|(at, agency)| Some((at, agency?))).collect()
    }
}

impl OralProcedureInput {
    fn judge(&self, faults: &mut Faults) -> Option<OralProcedure> {
        let allowed = self.allowed.required(faults, "/oral_procedure/allowed");
        let confirm_within_hours =
            hours(&self.confirm_within_hours, faults, "/oral_procedure/confirm_within_hours", 1);
        let description =
            self.description.optional_text(faults, "/oral_procedure/description", LONGEST_TEXT);
        Some(OralProcedure { allowed: allowed?, confirm_within_hours, description })
    }
}

impl ForeignOfficersInput {
    fn judge(&self, faults: &mut Faults) -> Option<ForeignOfficers> {
        let allowed = self.allowed.required(faults, "/foreign_officers/allowed");
        let armed = self.armed.required(faults, "/foreign_officers/armed");
        let note = self.note.optional_text(faults, "/foreign_officers/note", LONGEST_TEXT);
        let (allowed, armed) = (allowed?, armed?);
        let fine = allowed || !armed;
        faults.check(fine, "/foreign_officers/armed", "expected false where none are allowed");
        Some(ForeignOfficers { allowed, armed, note })
    }
}

fn hours(field: &Field<u32>, faults: &mut Faults, pointer: &str, least: u32) -> Option<u32> {
    let hours = field.optional(faults, pointer)?;
    if !(least..=MOST_HOURS).contains(&hours) {
        faults.add(pointer, format!("expected {least} to {MOST_HOURS} hours"));
    }
    Some(hours)
}

/// Notes at `pointer` when a list is too long.
fn not_too_many<T>(list: &[T], faults: &mut Faults, pointer: &str) {
    if list.len() > MOST {
        faults.add(pointer, format!("expected at most {MOST}"));
    }
}

fn authorities(
    field: &Field<Vec<AuthorityInput>>,
    faults: &mut Faults,
) -> Option<Vec<CompetentAuthority>> {
    let sent = field.optional(faults, "/competent_authorities").unwrap_or_default();
    not_too_many(&sent, faults, "/competent_authorities");
    let judged: Vec<_> = sent
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let at = |field: &str| format!("/competent_authorities/{at}/{field}");
            let name = one.name.text(faults, &at("name"), LONGEST_LINE);
            let agency_id = one.agency_id.optional(faults, &at("agency_id"));
            let phone = one.phone.required(faults, &at("phone"));
            let email = one.email.optional(faults, &at("email"));
            let hours = one.hours.optional_text(faults, &at("hours"), LONGEST_LINE);
            Some(CompetentAuthority { name: name?, agency_id, phone: phone?, email, hours })
        })
        .collect();
    judged.into_iter().collect()
}

fn permitted(field: &Field<Vec<PermittedInput>>, faults: &mut Faults) -> Option<Vec<Permitted>> {
    let sent = field.required(faults, "/permitted")?;
    not_too_many(&sent, faults, "/permitted");
    let mut known = Vec::new();
    let judged: Vec<_> = sent
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let at = |field: &str| format!("/permitted/{at}/{field}");
            let kind = one.kind.required(faults, &at("kind"));
            let modalities = one.modalities.required(faults, &at("modalities"));
            if let Some(kind) = kind {
                faults.check(!known.contains(&kind), &at("kind"), "expected each kind once");
                known.push(kind);
            }
            let mut modalities = modalities?;
            each_once(&mut modalities, faults, &at("modalities"));
            Some(Permitted { kind: kind?, modalities })
        })
        .collect();
    judged.into_iter().collect()
}

/// Sorts a list, and notes at `pointer` what stands there twice.
fn each_once<T: Ord>(list: &mut Vec<T>, faults: &mut Faults, pointer: &str) {
    let before = list.len();
    list.sort_unstable();
    list.dedup();
    faults.check(list.len() == before, pointer, "expected each once");
}

fn languages(field: &Field<Vec<Language>>, faults: &mut Faults) -> Option<Vec<Language>> {
    let languages = field.required(faults, "/languages")?;
    faults.check(!languages.is_empty(), "/languages", "expected at least one");
    not_too_many(&languages, faults, "/languages");
    each_once(&mut languages.clone(), faults, "/languages");
    Some(languages)
}

fn documents(field: &Field<Vec<String>>, faults: &mut Faults) -> Vec<String> {
    let sent = field.optional(faults, "/required_documents").unwrap_or_default();
    not_too_many(&sent, faults, "/required_documents");
    for (at, document) in sent.iter().enumerate() {
        faults.text(&format!("/required_documents/{at}"), document, LONGEST_LINE);
    }
    sent.iter().map(|document| document.trim().to_owned()).collect()
}
