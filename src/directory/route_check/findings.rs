//! The findings about one country.

use super::{
    CountryAnswer, Finding, FindingCode as Code, Gap, GapKind, Goods, KnownLaw, RoutePlan,
    Severity, Stay,
};
use crate::clock::Instant;
use crate::country::Country;
use crate::day::Day;
use crate::delivery::Modality;
use crate::directory::model::{self, Profile};
use crate::directory::names;
use crate::language::Language;
use crate::text_enum::TextEnum as _;

const HOUR: i64 = 3600;

/// What was found about one country, in the order in which it was looked for.
struct Found {
    country: Country,
    /// What it is called.
    name: &'static str,
    findings: Vec<Finding>,
}

impl Found {
    fn add(&mut self, severity: Severity, code: Code, words: String) {
        self.findings.push(Finding { country: self.country, severity, code, words });
    }
}

/// The findings about `country`; none where no leg touches it.
pub(super) fn of(plan: &RoutePlan, country: Country) -> Vec<Finding> {
    let Some(stay) = Stay::of(&plan.legs, country) else { return Vec::new() };
    let mut found = Found { country, name: names::of(country).en, findings: Vec::new() };
    let answer = plan.answers.get(&country).cloned().unwrap_or_default();
    let law = plan.laws.get(&country);
    about_the_profile(&mut found, law, plan.now);
    let whom = whom_to_call(law);
    about_the_answer(&mut found, &answer, plan.now, &whom);
    if answer.is_to_be_asked() && !plan.represented.contains(&country) {
        about_nobody_here(&mut found, &whom);
    }
    if let Some(law) = law {
        about_the_law(&mut found, &law.profile, &answer, plan, stay);
        about_the_request(&mut found, &law.profile, &answer);
    }
    about_the_grant(&mut found, &answer, plan, stay);
    if let Some(law) = law {
        about_foreign_officers(&mut found, &law.profile);
    }
    found.findings
}

fn about_the_profile(found: &mut Found, law: Option<&KnownLaw>, now: Instant) {
    let name = found.name;
    let Some(law) = law else {
        let words = format!(
            "The directory knows nothing of {name}: ask its authorities what they need, and let them keep a profile."
        );
        return found.add(Severity::Missing, Code::NoProfile, words);
    };
    if !law.confirmed {
        let words = format!(
            "Nobody of {name} has confirmed what the directory says of it: ask its authorities before you rely on it."
        );
        found.add(Severity::Warning, Code::ProfileUnconfirmed, words);
    }
    let due = law.profile.review_due_on.as_ref();
    if let Some(due) = due.filter(|due| model::is_review_due(Some(due), &Day::of(now))) {
        let words = format!(
            "What the directory says of {name} should have been reviewed by {due}: ask whether it still holds."
        );
        found.add(Severity::Warning, Code::ProfileReviewDue, words);
    }
}

/// Whom to call there, as the end of a sentence that says to ask; nothing where the directory knows of nobody.
fn whom_to_call(law: Option<&KnownLaw>) -> String {
    let authorities = law.map_or(&[][..], |law| law.profile.competent_authorities.as_slice());
    let called = authorities.iter().map(|authority| {
        let hours = authority.hours.as_ref().map(|hours| format!(" ({hours})"));
        format!("{}, {}{}", authority.name, authority.phone, hours.unwrap_or_default())
    });
    let called = called.collect::<Vec<_>>().join("; or ");
    if called.is_empty() { called } else { format!("; call {called}") }
}

fn about_nobody_here(found: &mut Found, whom: &str) {
    let name = found.name;
    let words = format!(
        "No agency on this server holds authority for {name}, so no request can be sent to it here: let the operator bring \
         one in{whom}."
    );
    found.add(Severity::Missing, Code::NoAuthorityHere, words);
}

fn about_the_answer(found: &mut Found, answer: &CountryAnswer, now: Instant, whom: &str) {
    let name = found.name;
    match answer {
        CountryAnswer::NotAsked => {
            let words = format!("Nobody has asked {name} yet: send the request{whom}.");
            found.add(Severity::Missing, Code::NoRequest, words);
        }
        CountryAnswer::Requested { since, needed_by } => {
            let is = if *needed_by < now { "was" } else { "is" };
            let words = format!(
                "{name} was asked on {} and has not decided; the decision {is} needed by {}: ask how it stands{whom}.",
                at(*since),
                at(*needed_by)
            );
            found.add(Severity::Missing, Code::NotDecided, words);
        }
        CountryAnswer::Refused => {
            let words = format!(
                "{name} has said no: choose another route, or ask again on other terms{whom}."
            );
            found.add(Severity::Impossible, Code::Refused, words);
        }
        CountryAnswer::Revoked => {
            let words = format!(
                "{name} has taken back what it had granted: choose another route, or ask again on other terms{whom}."
            );
            found.add(Severity::Impossible, Code::GrantRevoked, words);
        }
        CountryAnswer::Withdrawn => {
            let words = format!("The request to {name} was taken back: send a new one{whom}.");
            found.add(Severity::Missing, Code::RequestWithdrawn, words);
        }
        CountryAnswer::Lapsed { by } => {
            let words = format!(
                "What {name} granted by word of mouth was to be confirmed by {} and has lapsed: ask again{whom}.",
                at(*by)
            );
            found.add(Severity::Missing, Code::OralGrantLapsed, words);
        }
        CountryAnswer::Expired { ended } => {
            let words = format!("The grant of {name} ran out on {}: ask again{whom}.", at(*ended));
            found.add(Severity::Missing, Code::GrantExpired, words);
        }
        CountryAnswer::Granted { .. } => {}
    }
}

fn about_the_law(
    found: &mut Found,
    profile: &Profile,
    answer: &CountryAnswer,
    plan: &RoutePlan,
    stay: Stay,
) {
    let granted = matches!(answer, CountryAnswer::Granted { .. });
    about_notice(found, profile, answer, plan.now, stay);
    about_modalities(found, profile, &plan.goods, answer);
    let bar = if granted { Severity::Warning } else { Severity::Impossible };
    about_duration(found, profile, stay, bar);
}

/// What its authority has granted stands above what the directory says of the law, as far as it was granted.
fn bar(answer: &CountryAnswer, modality: Modality) -> Severity {
    match answer {
        CountryAnswer::Granted { permitted, .. } if permitted.contains(&modality) => {
            Severity::Warning
        }
        _ => Severity::Impossible,
    }
}

fn about_modalities(found: &mut Found, profile: &Profile, goods: &[Goods], answer: &CountryAnswer) {
    let name = found.name;
    for Goods { kind, modality } in each_once(goods) {
        let permitted = profile.permitted.iter().find(|permitted| permitted.kind == kind);
        let modalities = permitted.map(|permitted| permitted.modalities.as_slice());
        if modalities.is_some_and(|modalities| modalities.contains(&modality)) {
            continue;
        }
        let rest = match modalities {
            None | Some([]) => "none of them may pass.".to_owned(),
            Some(modalities) => format!("they may pass {} only.", words_of(modalities)),
        };
        let kind = kind.as_str().replace('_', " ");
        let words = format!(
            "By its law {name} does not let goods of the kind {kind} pass {}: {rest}",
            modality.as_str()
        );
        found.add(bar(answer, modality), Code::ModalityForbidden, words);
    }
    let mut replaced =
        goods.iter().map(|goods| goods.modality).filter(|one| *one != Modality::Live);
    if let (Some(modality), false) = (replaced.next(), profile.substitution_allowed) {
        let words = format!(
            "{name} does not allow that goods are replaced: agree with its authorities, or plan with live goods."
        );
        found.add(bar(answer, modality), Code::SubstitutionNotAllowed, words);
    }
}

fn about_duration(found: &mut Found, profile: &Profile, stay: Stay, bar: Severity) {
    let name = found.name;
    if let Some(most) = profile.maximum_duration_hours {
        let limit = i64::from(most) * HOUR;
        let longest = stay.exit.seconds() - stay.entry.seconds();
        let longer = [(stay.certain, bar, "would be"), (longest, Severity::Warning, "may be")];
        if let Some((stays, severity, verb)) =
            longer.into_iter().find(|(stays, _, _)| *stays > limit)
        {
            let hours = (stays + HOUR - 1) / HOUR;
            let words = format!(
                "The goods {verb} in {name} for {hours} hours; its law allows {most}: shorten the stay, or ask for more."
            );
            found.add(severity, Code::LongerThanAllowed, words);
        }
    }
}

fn about_notice(
    found: &mut Found,
    profile: &Profile,
    answer: &CountryAnswer,
    now: Instant,
    stay: Stay,
) {
    let asked = match answer {
        answer if answer.is_to_be_asked() => now,
        CountryAnswer::Requested { since, .. } => *since,
        _ => return,
    };
    let Some(notice) = profile.notice_hours else { return };
    let (name, left) = (found.name, stay.entry.seconds() - asked.seconds());
    if left >= i64::from(notice) * HOUR {
        return;
    }
    let hours = left.max(0) / HOUR;
    let words = format!("{name} wants to be asked {notice} hours ahead, and {hours} are left: ");
    let oral = profile.oral_procedure.as_ref().filter(|oral| oral.allowed);
    let (severity, advice) = match (oral, answer) {
        (Some(oral), _) => {
            let confirmed = oral.confirm_within_hours.map_or_else(
                || "in writing".to_owned(),
                |most| format!("in writing within {most} hours"),
            );
            (Severity::Warning, format!("ask by word of mouth, to be confirmed {confirmed}."))
        }
        (None, CountryAnswer::Requested { .. }) => {
            (Severity::Warning, "ask whether it can decide in time.".to_owned())
        }
        (None, _) => {
            (Severity::Impossible, "it takes no urgent requests; move the departure.".to_owned())
        }
    };
    found.add(severity, Code::NoticeTooShort, words + &advice);
}

/// What to bring along matters until one has asked.
fn about_the_request(found: &mut Found, profile: &Profile, answer: &CountryAnswer) {
    if !answer.is_to_be_asked() {
        return;
    }
    let name = found.name;
    if !profile.languages.is_empty() {
        let languages: Vec<&str> = profile.languages.iter().map(Language::as_str).collect();
        let words = format!("Write the request to {name} in one of: {}.", languages.join(", "));
        found.add(Severity::Missing, Code::LanguagesRequired, words);
    }
    if !profile.required_documents.is_empty() {
        let words = format!(
            "Enclose with the request to {name}: {}.",
            profile.required_documents.join("; ").trim_end_matches('.')
        );
        found.add(Severity::Missing, Code::DocumentsRequired, words);
    }
}

fn about_the_grant(found: &mut Found, answer: &CountryAnswer, plan: &RoutePlan, stay: Stay) {
    let CountryAnswer::Granted { permitted, begins, ends, to_be_confirmed_by } = answer else {
        return;
    };
    let name = found.name;
    if *begins > stay.entry {
        let words = format!(
            "The grant of {name} begins on {}, and the goods set out on {}: move the departure, or ask for an earlier grant.",
            at(*begins),
            at(stay.entry)
        );
        found.add(Severity::Missing, Code::GrantBeginsTooLate, words);
    }
    if *ends < stay.exit.plus_seconds(plan.margin_seconds) {
        let over = *ends < stay.entry;
        let severity = if over { Severity::Missing } else { Severity::Warning };
        let when = if *ends < stay.exit { "before" } else { "shortly after" };
        let words = format!(
            "The grant of {name} ends on {}, {when} the goods are to be out on {}: ask for a longer one.",
            at(*ends),
            at(stay.exit)
        );
        found.add(severity, Code::GrantEndsTooEarly, words);
    }
    let mut modalities: Vec<Modality> = plan.goods.iter().map(|goods| goods.modality).collect();
    modalities.sort_unstable();
    modalities.dedup();
    for modality in modalities.iter().filter(|modality| !permitted.contains(modality)) {
        let words = format!(
            "The grant of {name} is not for {} goods, only for {}: ask for that as well, or change the plan.",
            modality.as_str(),
            words_of(permitted)
        );
        found.add(Severity::Missing, Code::ModalityNotGranted, words);
    }
    about_the_gaps(found, &plan.gaps);
    if let Some(by) = to_be_confirmed_by {
        let words = format!(
            "What {name} granted by word of mouth lapses on {} unless it is confirmed in writing.",
            at(*by)
        );
        found.add(Severity::Warning, Code::ConfirmOralGrant, words);
    }
}

/// What the grant does not cover of the legs, each once with all its legs.
fn about_the_gaps(found: &mut Found, gaps: &[Gap]) {
    const ALL: [GapKind; 7] = [
        GapKind::Leaving,
        GapKind::Entering,
        GapKind::Passage,
        GapKind::EntryPoint,
        GapKind::ExitPoint,
        GapKind::LiveCap,
        GapKind::LiveNotComparable,
    ];
    let name = found.name;
    for kind in ALL {
        let of_kind = gaps.iter().filter(|gap| gap.country == found.country && gap.kind == kind);
        let mut legs: Vec<String> = of_kind.map(|gap| gap.leg.to_string()).collect();
        legs.dedup();
        let on = match legs.as_slice() {
            [] => continue,
            [leg] => format!("leg {leg}"),
            legs => format!("legs {}", legs.join(", ")),
        };
        let (code, words) = match kind {
            GapKind::Leaving => (
                Code::PassageNotGranted,
                format!(
                    "The grant of {name} does not let the goods out on {on}: ask for exit or transit as well."
                ),
            ),
            GapKind::Entering => (
                Code::PassageNotGranted,
                format!(
                    "The grant of {name} does not let the goods in on {on}: ask for entry, transit or delivery as well."
                ),
            ),
            GapKind::Passage => (
                Code::PassageNotGranted,
                format!(
                    "The grant of {name} does not let the goods pass on {on}: ask for transit as well."
                ),
            ),
            GapKind::EntryPoint => (
                Code::EntryPointNotGranted,
                format!(
                    "The grant of {name} lets the goods in elsewhere than planned on {on}: change the entry point, or ask for that one as well."
                ),
            ),
            GapKind::ExitPoint => (
                Code::ExitPointNotGranted,
                format!(
                    "The grant of {name} lets the goods out elsewhere than planned on {on}: change the exit point, or ask for that one as well."
                ),
            ),
            GapKind::LiveCap => (
                Code::LiveQuantityNotGranted,
                format!(
                    "More is live on {on} than the grant of {name} permits: replace more of the goods, or ask for more."
                ),
            ),
            GapKind::LiveNotComparable => (
                Code::LiveQuantityNotGranted,
                format!(
                    "What is live on {on} is counted otherwise than the grant of {name} counts it: ask for a cap in that unit."
                ),
            ),
        };
        found.add(Severity::Missing, code, words);
    }
}

fn about_foreign_officers(found: &mut Found, profile: &Profile) {
    let name = found.name;
    match &profile.foreign_officers {
        Some(officers) if !officers.allowed => {
            let words = format!(
                "Officers of other States may not accompany the goods in {name}: hand control over to its agencies."
            );
            found.add(Severity::Warning, Code::ForeignOfficersNotAllowed, words);
        }
        Some(officers) if !officers.armed => {
            let words = format!("Officers of other States bear no arms in {name}.");
            found.add(Severity::Warning, Code::ForeignOfficersUnarmed, words);
        }
        _ => {}
    }
}

/// Each kind with each modality once, in the order in which they were named.
fn each_once(goods: &[Goods]) -> Vec<Goods> {
    let mut once: Vec<Goods> = Vec::new();
    for goods in goods {
        if !once.contains(goods) {
            once.push(*goods);
        }
    }
    once
}

fn words_of(modalities: &[Modality]) -> String {
    let words: Vec<&str> = modalities.iter().map(|modality| modality.as_str()).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(" or ") }
}

/// A moment as officers write it.
fn at(moment: Instant) -> String {
    moment.timestamp().strftime("%Y-%m-%d %H:%M UTC").to_string()
}
