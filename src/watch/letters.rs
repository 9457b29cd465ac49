//! What is mailed about alerts: to whom and in which words; and what is left to send, of these letters and of those that
//! somebody is sent about the own account.
//!
//! A letter is written in the transaction of what it is about, and sent afterwards: nothing is lost because the mail server
//! was away. It may be sent twice, when a server ends between sending and noting it. It says that there is something and
//! where to look; mail is read by others. What a letter opens is kept sealed, and no longer than until it is sent.

use diesel::prelude::*;
use secrecy::SecretString;

use crate::access::{MemberRole, MemberStatus, Permit, Role, RoleSet, act};
use crate::clock::Instant;
use crate::db::schema::{
    agencies, alerts, authorisations, case_assignments, case_members, cases, letters, users,
};
use crate::db::types::Json;
use crate::db::{Run, Tx, View};
use crate::email::Email;
use crate::error::Result;
use crate::identity::letters::Notice;
use crate::identity::model::{UserKind, UserStatus};
use crate::ids::{AgencyId, AlertId, CaseId, LetterId, UserId};
use crate::language::Language;
use crate::watch::model::{TO_CONTACT_POINT, TO_COORDINATORS};
use crate::watch::store::AlertRow;

/// How long a server has for sending what it took in hand, in seconds; then another one tries.
const IN_HAND_SECONDS: i64 = 300;
/// How many letters are taken in hand at once.
const AT_ONCE: i64 = 20;
/// How often a letter is tried.
const TRIES: i32 = 12;
/// The shortest and the longest rest between two tries, in seconds.
const REST: (i64, i64) = (30, 3600);

/// A letter that is taken in hand.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The letter.
    pub id: LetterId,
    /// What it is about.
    pub about: About,
    /// To whom.
    pub address: Email,
    /// In which language, as a tag.
    pub language: String,
    /// How often it was tried, this try included.
    pub tries: i32,
}

/// What a letter is about.
#[derive(Debug, Clone)]
pub enum About {
    /// An alert.
    Alert(AlertId),
    /// The addressee's own account, with what the letter opens.
    Account(Notice, Option<SecretString>),
}

/// Writes the letters for the levels of `alert` above `former`, one to each address.
///
/// # Errors
/// When the database fails.
pub fn write(
    tx: &mut Tx<'_>,
    permit: &Permit<act::RaiseAlerts>,
    alert: &AlertRow,
    former: Option<i32>,
) -> Result<()> {
    for level in former.map_or(0, |level| level + 1)..=alert.level {
        let mut addressees = match level {
            0 => officers(tx, permit, &[alert.agency_id], alert.case_id)?,
            TO_CONTACT_POINT => contact_point(tx, permit, alert.agency_id)?,
            _ => coordinators(tx, permit, alert.case_id)?,
        };
        addressees.retain(|(address, _)| address.reaches_somebody());
        addressees.sort_unstable();
        addressees.dedup_by(|one, other| one.0 == other.0);
        let now = tx.now();
        let rows: Vec<_> = addressees
            .into_iter()
            .map(|(address, language)| {
                (
                    letters::id.eq(LetterId::new(now)),
                    letters::alert_id.eq(Some(alert.id)),
                    letters::level.eq(level),
                    letters::address.eq(address),
                    letters::language.eq(language),
                    letters::tries.eq(0),
                    letters::next_try_at.eq(Some(now)),
                )
            })
            .collect();
        if !rows.is_empty() {
            diesel::insert_into(letters::table).values(rows).run(tx)?;
        }
    }
    Ok(())
}

/// Takes up again the letters about an alert that were let go of before they were sent.
///
/// # Errors
/// When the database fails.
pub fn take_up(tx: &mut Tx<'_>, _: &Permit<act::RaiseAlerts>, alert: AlertId) -> Result<()> {
    let now = tx.now();
    diesel::update(
        letters::table
            .filter(letters::alert_id.eq(alert))
            .filter(letters::sent_at.is_null())
            .filter(letters::next_try_at.is_null())
            .filter(letters::tries.lt(TRIES)),
    )
    .set(letters::next_try_at.eq(Some(now)))
    .run(tx)?;
    Ok(())
}

type Addressee = (Email, Language);

/// Who answers for agencies and can open what the letter points to: liaison officers and coordinators whose accounts are in
/// effect, and authorities where their agency was asked to decide; in a restricted case those who are assigned to it.
fn officers(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    agencies: &[AgencyId],
    case: Option<CaseId>,
) -> Result<Vec<Addressee>> {
    type Row = (UserId, AgencyId, Email, Language, Json<RoleSet>);
    let rows: Vec<Row> = users::table
        .filter(users::agency_id.eq_any(agencies))
        .filter(users::kind.eq(UserKind::Person))
        .filter(users::status.eq(UserStatus::Active))
        .filter(users::confirmed_at.is_not_null())
        .select((users::id, users::agency_id, users::email, users::locale, users::roles))
        .all(view)?;
    let (restricted, assigned, deciding) = match case {
        Some(case) => {
            (restricted(view, case)?, assigned(view, case)?, deciding(view, permit, case)?)
        }
        None => (false, Vec::new(), Vec::new()),
    };
    let speaks = [Role::LiaisonOfficer, Role::Coordinator];
    let opens = |(user, agency, _, _, Json(roles)): &Row| {
        let assigned = assigned.contains(user);
        let seen = assigned || !restricted;
        let decides = assigned || deciding.contains(agency);
        seen && (roles.has_any(&speaks) || (roles.has(Role::Authority) && decides))
    };
    let rows = rows.into_iter().filter(opens);
    Ok(rows.map(|(_, _, email, language, _)| (email, language)).collect())
}

fn assigned(view: &mut View<'_>, case: CaseId) -> Result<Vec<UserId>> {
    case_assignments::table
        .filter(case_assignments::case_id.eq(case))
        .select(case_assignments::user_id)
        .all(view)
}

/// The agencies that take part in a case to decide, or have something to decide in it.
fn deciding(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    case: CaseId,
) -> Result<Vec<AgencyId>> {
    let asked = authorisations::table
        .filter(authorisations::case_id.eq(case))
        .filter(authorisations::submitted_at.is_not_null())
        .select(authorisations::authority_agency_id);
    case_members::table
        .filter(case_members::case_id.eq(case))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .filter(
            case_members::role.eq(MemberRole::Authority).or(case_members::agency_id.eq_any(asked)),
        )
        .select(case_members::agency_id)
        .all(view)
}

fn restricted(view: &mut View<'_>, case: CaseId) -> Result<bool> {
    cases::table.find(case).select(cases::restricted).one(view)
}

/// Where the agency is reached at any hour, in its first language.
fn contact_point(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    agency: AgencyId,
) -> Result<Vec<Addressee>> {
    let (email, Json(languages)): (Option<Email>, Json<Vec<Language>>) = agencies::table
        .find(agency)
        .select((agencies::contact_email, agencies::languages))
        .one(view)?;
    Ok(email.into_iter().zip(languages).collect())
}

/// The officers of the agencies that coordinate the case.
fn coordinators(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    case: Option<CaseId>,
) -> Result<Vec<Addressee>> {
    let Some(case) = case else { return Ok(Vec::new()) };
    let coordinating: Vec<AgencyId> = case_members::table
        .filter(case_members::case_id.eq(case))
        .filter(case_members::role.eq(MemberRole::Coordinator))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .select(case_members::agency_id)
        .all(view)?;
    officers(view, permit, &coordinating, Some(case))
}

/// When a letter that is due is needless: its alert was acknowledged or settled, or what it opens has ended.
type Due = (LetterId, Option<Instant>, Option<Instant>, Option<Instant>);

/// A letter as its row says it.
type Row = (LetterId, Option<AlertId>, Option<Notice>, Option<Vec<u8>>, Email, String, i32);

/// Takes in hand what is due. What nobody needs any more, because the alert was acknowledged or settled, or because what
/// it opens has ended, is let go.
///
/// # Errors
/// When the database fails.
pub fn take_in_hand(tx: &mut Tx<'_>) -> Result<Vec<Letter>> {
    let now = tx.now();
    let due: Vec<Due> = letters::table
        .left_join(alerts::table.on(letters::alert_id.eq(alerts::id.nullable())))
        .filter(letters::next_try_at.le(now))
        .order(letters::next_try_at)
        .limit(AT_ONCE)
        .select((
            letters::id,
            alerts::acknowledged_at.nullable(),
            alerts::resolved_at.nullable(),
            letters::expires_at,
        ))
        .all(tx)?;
    let (needed, needless): (Vec<Due>, Vec<Due>) =
        due.into_iter().partition(|(_, acknowledged, resolved, expires_at)| {
            acknowledged.is_none() && resolved.is_none() && expires_at.is_none_or(|end| end > now)
        });
    let ids = |due: Vec<Due>| due.into_iter().map(|(id, ..)| id).collect::<Vec<_>>();
    diesel::update(letters::table.filter(letters::id.eq_any(ids(needless))))
        .set((letters::next_try_at.eq(None::<Instant>), letters::sealed.eq(None::<Vec<u8>>)))
        .run(tx)?;
    // Asked again: another server may have taken it in hand meanwhile.
    let taken: Vec<Row> = diesel::update(
        letters::table.filter(letters::id.eq_any(ids(needed))).filter(letters::next_try_at.le(now)),
    )
    .set((
        letters::next_try_at.eq(Some(now.plus_seconds(IN_HAND_SECONDS))),
        letters::tries.eq(letters::tries + 1),
    ))
    .returning((
        letters::id,
        letters::alert_id,
        letters::notice,
        letters::sealed,
        letters::address,
        letters::language,
        letters::tries,
    ))
    .all(tx)?;
    Ok(taken.into_iter().filter_map(|row| letter(tx, row)).collect())
}

/// None for a letter about nothing, which there is not.
fn letter(tx: &Tx<'_>, row: Row) -> Option<Letter> {
    let (id, alert, notice, sealed, address, language, tries) = row;
    // What can no longer be opened is put off like what was not taken.
    let opens = sealed.and_then(|sealed| tx.marks().open(id.uuid().as_bytes(), &sealed).ok());
    let about = match (alert, notice) {
        (Some(alert), _) => About::Alert(alert),
        (None, Some(notice)) => About::Account(notice, opens.map(SecretString::from)),
        (None, None) => return None,
    };
    Some(Letter { id, about, address, language, tries })
}

/// Notes that a letter was sent.
///
/// # Errors
/// When the database fails.
pub fn sent(tx: &mut Tx<'_>, id: LetterId) -> Result<()> {
    let now = tx.now();
    diesel::update(letters::table.find(id))
        .set((
            letters::sent_at.eq(Some(now)),
            letters::next_try_at.eq(None::<Instant>),
            letters::sealed.eq(None::<Vec<u8>>),
        ))
        .run(tx)?;
    Ok(())
}

/// Notes when a letter that was not taken is tried next: never, after too many tries or where it never will be.
///
/// # Errors
/// When the database fails.
pub fn put_off(tx: &mut Tx<'_>, letter: &Letter, for_good: bool) -> Result<()> {
    let next =
        (!for_good && letter.tries < TRIES).then(|| tx.now().plus_seconds(rest(letter.tries)));
    diesel::update(letters::table.find(letter.id)).set(letters::next_try_at.eq(next)).run(tx)?;
    if next.is_none() {
        diesel::update(letters::table.find(letter.id))
            .set(letters::sealed.eq(None::<Vec<u8>>))
            .run(tx)?;
    }
    Ok(())
}

/// Seals at most `most` letters anew that stand under a former key, and tells how many those were.
///
/// # Errors
/// When the database fails, or the former key is no longer in the file of keys.
pub fn seal_anew(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let newest = tx.marks().newest_number()?;
    let former: Vec<(LetterId, Option<Vec<u8>>)> = letters::table
        .filter(letters::sealed.is_not_null())
        .filter(letters::seal_key.ne(newest))
        .select((letters::id, letters::sealed))
        .order(letters::id)
        .limit(most)
        .all(tx)?;
    for (id, sealed) in &former {
        let about = id.uuid();
        let opens = tx.marks().open(about.as_bytes(), sealed.as_deref().unwrap_or_default())?;
        let sealed = tx.marks().seal(about.as_bytes(), &opens)?;
        diesel::update(letters::table.find(id))
            .set((letters::sealed.eq(sealed), letters::seal_key.eq(newest)))
            .run(tx)?;
    }
    Ok(former.len())
}

fn rest(tries: i32) -> i64 {
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(20);
    (REST.0 << doublings).min(REST.1)
}

/// What a letter about an alert says: its subject and its text. `place` is where to look.
#[must_use]
pub fn words(language: &str, place: &str) -> (&'static str, String) {
    let (subject, text) = match language.split('-').next().unwrap_or_default() {
        "ru" => (
            "Passage: требуется ваше внимание",
            "В Passage есть сообщение для вас. Смотрите здесь:",
        ),
        "ky" => (
            "Passage: көңүл буруңуз",
            "Passage системасында сизге билдирүү бар. Бул жерден караңыз:",
        ),
        _ => (
            "Passage: something needs your attention",
            "There is something for you in Passage. Look here:",
        ),
    };
    (subject, format!("{text}\n\n{place}\n"))
}

// The highest level goes to the coordinators, and nothing is above it.
const _: () = assert!(TO_COORDINATORS == TO_CONTACT_POINT + 1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_ever_farther_apart_up_to_an_hour() {
        let rests: Vec<i64> = (1..=12).map(rest).collect();
        assert_eq!(rests[..4], [30, 60, 120, 240]);
        assert_eq!(rests.last(), Some(&3600));
    }

    #[test]
    fn a_letter_says_where_to_look_and_nothing_else() {
        for language in ["en", "ru-KG", "ky", "fr", ""] {
            let (subject, text) = words(language, "https://example.org/x");
            assert!(subject.starts_with("Passage: ") && text.ends_with("https://example.org/x\n"));
        }
        assert_ne!(words("ky", "").0, words("ru", "").0);
    }
}
