//! Agencies over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::agency::{AgencyKind, Branch};
use crate::answer::Answer;
use crate::clock::Instant;
use crate::country::Country;
use crate::email::Email;
use crate::error::Result;
use crate::http::{App, Call};
use crate::identity::agencies::model::AuthorityMark;
pub use crate::identity::agencies::requests::{
    ContactPointInput, CreateAgency, EditAgency, EditContactPoint,
};
use crate::identity::agencies::store::AgencyRow;
use crate::identity::agencies::{authority, service};
use crate::ids::AgencyId;

/// Whom to reach at any hour.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactPoint {
    /// A number with its country code.
    pub phone: Option<String>,
    /// An address.
    pub email: Option<Email>,
    /// When somebody answers.
    pub hours: Option<String>,
}

/// An agency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "name": "State Service for Drug Control", "short_name": "SSDC",
    "kind": "national", "branch": "drug_control", "country": "KG", "time_zone": "Asia/Bishkek",
    "languages": ["ky", "ru"],
    "contact_point": {"phone": "+996312123456", "email": "duty@example.kg", "hours": "24/7"},
    "authority": "held", "created_at": "2026-03-01T04:30:00.000000Z", "updated_at": "2026-03-01T04:30:00.000000Z"
}))]
pub struct AgencyView {
    /// The agency.
    pub id: AgencyId,
    /// Its name.
    pub name: String,
    /// Its name in lists.
    pub short_name: String,
    /// What it is.
    pub kind: AgencyKind,
    /// Which branch it belongs to.
    pub branch: Option<Branch>,
    /// Its country; null but for national agencies.
    pub country: Option<Country>,
    /// Its IANA time zone.
    pub time_zone: String,
    /// The languages it can be written to in.
    pub languages: Vec<String>,
    /// Whom to reach at any hour.
    pub contact_point: ContactPoint,
    /// Whether it holds authority for its country.
    pub authority: AuthorityMark,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

impl From<AgencyRow> for AgencyView {
    fn from(row: AgencyRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            short_name: row.short_name,
            kind: row.kind,
            branch: row.branch,
            country: row.country,
            time_zone: row.time_zone,
            languages: row.languages.0,
            contact_point: ContactPoint {
                phone: row.contact_phone,
                email: row.contact_email,
                hours: row.contact_hours,
            },
            authority: row.authority_mark,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A page of agencies.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgencyList {
    /// The agencies, the oldest first.
    pub items: Vec<AgencyView>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Which page of the agencies.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AgencyQuery {
    /// How many at the most.
    #[param(example = "50")]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

fn shown(row: AgencyRow) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&AgencyView::from(row))?.version(version))
}

/// Lists all agencies: whom one may invite and call.
///
/// # Errors
/// The page asked for is not right.
pub async fn list_agencies(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, || {
            let query: AgencyQuery = call.query()?;
            call.page(query.limit.as_deref(), query.cursor.as_deref())
        })?
        .map(AgencyView::from);
        Answer::ok(&AgencyList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Makes an agency.
///
/// # Errors
/// Forbidden; invalid.
pub async fn create_agency(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::create(tx, &call.submission)?.try_map(|row| {
            let (path, version) = (format!("/api/v1/agencies/{}", row.id), row.version);
            Ok(Answer::created(&AgencyView::from(row), path)?.version(version))
        })
    })
    .await
}

/// One agency.
///
/// # Errors
/// Not found.
pub async fn get_agency(app: App, call: Call) -> Result<Answer> {
    let id = call.id("agency_id")?;
    app.read(call, move |view, _| shown(service::read(view, id)?)).await
}

/// Changes an agency.
///
/// # Errors
/// Not found, forbidden; stale; invalid.
pub async fn edit_agency(app: App, call: Call) -> Result<Answer> {
    let id = call.id("agency_id")?;
    app.write(call, move |tx, call| service::edit(tx, id, &call.submission)?.try_map(shown)).await
}

/// Marks an agency as holding authority for its country.
///
/// # Errors
/// Not found, forbidden; refused but for national agencies.
pub async fn mark_authority(app: App, call: Call) -> Result<Answer> {
    let id = call.id("agency_id")?;
    app.write(call, move |tx, _| authority::mark(tx, id)?.try_map(shown)).await
}

/// Confirms that an agency of one's own country holds authority.
///
/// # Errors
/// Not found, forbidden; refused where there is nothing to confirm.
pub async fn confirm_authority(app: App, call: Call) -> Result<Answer> {
    let id = call.id("agency_id")?;
    app.write(call, move |tx, _| authority::confirm(tx, id)?.try_map(shown)).await
}

/// Takes the mark of authority away.
///
/// # Errors
/// Not found, forbidden.
pub async fn unmark_authority(app: App, call: Call) -> Result<Answer> {
    let id = call.id("agency_id")?;
    app.write(call, move |tx, _| Ok(authority::unmark(tx, id)?.map(|_| Answer::empty()))).await
}
