//! The directory over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::Answer;
use crate::clock::Instant;
use crate::country::Country;
use crate::day::Day;
use crate::db::Page;
pub use crate::directory::input::ProfileInput;
use crate::directory::model::{Profile, is_review_due};
use crate::directory::names::{self, Names};
use crate::directory::service;
use crate::directory::store::{ProfileRow, SummaryRow};
use crate::error::Result;
use crate::http::{App, Call};
use crate::ids::{AgencyId, UserId};

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct PageParams {
    /// How many rows at the most: 1 to 200, 50 when missing.
    pub limit: Option<String>,
    /// The `next_cursor` of an earlier answer.
    pub cursor: Option<String>,
}

impl PageParams {
    fn page(call: &Call) -> Result<Page> {
        let sent: Self = call.query()?;
        call.page(sent.limit.as_deref(), sent.cursor.as_deref())
    }
}

/// A country, and how its profile stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "code": "KG", "names": {"en": "Kyrgyzstan", "ru": "Кыргызстан", "ky": "Кыргызстан"}, "has_profile": true,
    "confirmed": true, "reviewed_on": "2026-03-01", "review_due_on": "2027-03-01", "review_due": false
}))]
pub struct CountryItem {
    /// The code.
    pub code: Country,
    /// What it is called.
    pub names: Names,
    /// Whether there is a profile.
    pub has_profile: bool,
    /// Whether an officer of an agency of the country itself kept it; an import is unconfirmed.
    pub confirmed: bool,
    /// When somebody last made sure of it.
    pub reviewed_on: Option<Day>,
    /// By when somebody is to do so again.
    pub review_due_on: Option<Day>,
    /// Whether that day has passed, in UTC.
    pub review_due: bool,
}

/// A page of countries.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountryList {
    /// The countries, in the order of their codes.
    pub items: Vec<CountryItem>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A country with its profile.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountryView {
    /// The country, and how its profile stands.
    #[serde(flatten)]
    pub country: CountryItem,
    /// Counts the versions of the profile; 0 without one.
    pub version: i64,
    /// When this version was kept.
    pub kept_at: Option<Instant>,
    /// Who kept it.
    pub kept_by: Option<UserId>,
    /// For which agency.
    pub kept_by_agency_id: Option<AgencyId>,
    /// The profile, as it is sent with PUT; null without one.
    pub profile: Option<Profile>,
}

/// One version of a country's profile.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProfileVersion {
    /// Counts the versions, from 1.
    pub version: i64,
    /// Whether it is the country's own word.
    pub confirmed: bool,
    /// When it was kept.
    pub kept_at: Instant,
    /// Who kept it.
    pub kept_by: UserId,
    /// For which agency.
    pub kept_by_agency_id: AgencyId,
    /// What was kept.
    pub profile: Profile,
}

/// A page of versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProfileHistory {
    /// The versions, the newest first: the present one is the first of all.
    pub items: Vec<ProfileVersion>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl CountryItem {
    fn new(code: Country, profile: Option<SummaryRow>, today: &Day) -> Self {
        let names = names::of(code);
        match profile {
            None => Self {
                code,
                names,
                has_profile: false,
                confirmed: false,
                reviewed_on: None,
                review_due_on: None,
                review_due: false,
            },
            Some(row) => Self {
                code,
                names,
                has_profile: true,
                confirmed: row.confirmed,
                reviewed_on: Some(row.reviewed_on),
                review_due: is_review_due(row.review_due_on.as_ref(), today),
                review_due_on: row.review_due_on,
            },
        }
    }
}

impl CountryView {
    fn new(code: Country, row: Option<ProfileRow>, today: &Day) -> Self {
        let Some(row) = row else {
            return Self {
                country: CountryItem::new(code, None, today),
                version: 0,
                kept_at: None,
                kept_by: None,
                kept_by_agency_id: None,
                profile: None,
            };
        };
        let summary = SummaryRow {
            country: code,
            version: row.version,
            confirmed: row.confirmed,
            reviewed_on: row.reviewed_on,
            review_due_on: row.review_due_on,
        };
        Self {
            country: CountryItem::new(code, Some(summary), today),
            version: row.version,
            kept_at: Some(row.kept_at),
            kept_by: Some(row.kept_by),
            kept_by_agency_id: Some(row.kept_by_agency_id),
            profile: Some(row.profile.0),
        }
    }
}

impl From<ProfileRow> for ProfileVersion {
    fn from(row: ProfileRow) -> Self {
        Self {
            version: row.version,
            confirmed: row.confirmed,
            kept_at: row.kept_at,
            kept_by: row.kept_by,
            kept_by_agency_id: row.kept_by_agency_id,
            profile: row.profile.0,
        }
    }
}

fn shown(code: Country, row: Option<ProfileRow>, now: Instant) -> Result<Answer> {
    let view = CountryView::new(code, row, &Day::of(now));
    Ok(Answer::ok(&view)?.version(view.version))
}

/// Lists all countries.
///
/// # Errors
/// The page asked for is not right.
pub async fn list_countries(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let today = Day::of(view.now());
        let page = service::list(view, || PageParams::page(call))?
            .map(|(code, profile)| CountryItem::new(code, profile, &today));
        Answer::ok(&CountryList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// One country with its profile.
///
/// # Errors
/// Not found.
pub async fn get_country(app: App, call: Call) -> Result<Answer> {
    let code = call.country("code")?;
    app.read(call, move |view, _| shown(code, service::read(view, code)?, view.now())).await
}

/// Keeps the profile of a country.
///
/// # Errors
/// Not found, forbidden; the version missing or stale; invalid.
pub async fn set_country(app: App, call: Call) -> Result<Answer> {
    let code = call.country("code")?;
    app.write(call, move |tx, call| {
        let now = tx.now();
        service::keep(tx, code, &call.submission)?.try_map(|row| shown(code, Some(row), now))
    })
    .await
}

/// Lists the versions of a country's profile.
///
/// # Errors
/// Not found; the page asked for is not right.
pub async fn list_country_history(app: App, call: Call) -> Result<Answer> {
    let code = call.country("code")?;
    app.read(call, move |view, call| {
        let page = service::history(view, code, || PageParams::page(call))?;
        let page = page.map(ProfileVersion::from);
        Answer::ok(&ProfileHistory { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}
