//! Deconfliction over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::cases::api::PageParams;
use crate::cases::identifiers::IdentifierKind;
use crate::clock::Instant;
use crate::country::Country;
use crate::deconfliction::service;
use crate::deconfliction::store::{ContactRow, HitRow, WatchRow, Watched};
use crate::error::Result;
use crate::field::Field;
use crate::http::{App, Call};
use crate::ids::{AgencyId, CaseId, HitId, IdentifierId, WatchId};

/// What is asked about.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "container", "value": "CSQU 305438-3", "case_id": "0198c1de-0000-7000-8000-000000000001"
}))]
pub struct CheckInput {
    /// What kind of identifier.
    #[serde(default)]
    #[schema(value_type = IdentifierKind, required)]
    pub kind: Field<IdentifierKind>,
    /// The identifier, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub value: Field<String>,
    /// The case for which it is asked, where the caller describes consignments: the check of that case was run then.
    #[serde(default)]
    #[schema(value_type = Option<CaseId>)]
    pub case_id: Field<CaseId>,
}

/// What is to be watched for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "vehicle_plate", "value": "01 KG 123 ABC", "note": "Seen at the warehouse"}))]
pub struct WatchInput {
    /// What kind of identifier.
    #[serde(default)]
    #[schema(value_type = IdentifierKind, required)]
    pub kind: Field<IdentifierKind>,
    /// The identifier, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub value: Field<String>,
    /// Why, in at most 2000 characters; for one's own agency only.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Field<String>,
    /// When the entry ends by itself.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    pub expires_at: Field<Instant>,
}

/// Whom to call.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactView {
    /// The agency.
    pub agency_id: AgencyId,
    /// What it is called.
    pub name: String,
    /// Its country; none of a regional centre.
    pub country: Option<Country>,
    /// Its number at any hour.
    pub phone: Option<String>,
    /// Its address.
    pub email: Option<String>,
    /// When somebody answers.
    pub hours: Option<String>,
}

/// What a check found.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckView {
    /// Whether anybody else is after the same thing.
    pub found: bool,
    /// Whom to call; they are told as well.
    pub contacts: Vec<ContactView>,
}

/// A watch entry of one's own agency.
#[derive(Debug, Serialize, ToSchema)]
pub struct WatchView {
    /// The entry.
    pub id: WatchId,
    /// What kind of identifier.
    pub kind: IdentifierKind,
    /// The identifier, as it was read.
    pub value: String,
    /// As it is compared.
    pub normal_form: String,
    /// Why.
    pub note: Option<String>,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// When it was ended.
    pub ended_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
}

/// A page of watch entries.
#[derive(Debug, Serialize, ToSchema)]
pub struct WatchList {
    /// The entries.
    pub items: Vec<WatchView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// A hit: what of one's own it concerns, and whom to call.
#[derive(Debug, Serialize, ToSchema)]
pub struct HitView {
    /// The hit.
    pub id: HitId,
    /// What kind of identifier.
    pub kind: IdentifierKind,
    /// One's own case that it concerns.
    pub case_id: Option<CaseId>,
    /// One's own identifier that it concerns.
    pub identifier_id: Option<IdentifierId>,
    /// One's own watch entry that it concerns; none and no case: one asked.
    pub watch_id: Option<WatchId>,
    /// When it was found.
    pub found_at: Instant,
    /// Whom to call.
    pub contact: ContactView,
}

/// A page of hits.
#[derive(Debug, Serialize, ToSchema)]
pub struct HitList {
    /// The hits, newest first.
    pub items: Vec<HitView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

impl From<ContactRow> for ContactView {
    fn from(row: ContactRow) -> Self {
        Self {
            agency_id: row.id,
            name: row.name,
            country: row.country,
            phone: row.contact_phone,
            email: row.contact_email,
            hours: row.contact_hours,
        }
    }
}

impl From<(WatchRow, Watched)> for WatchView {
    fn from((row, watched): (WatchRow, Watched)) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            value: watched.value,
            normal_form: watched.normal_form,
            note: watched.note,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
            created_at: row.created_at,
        }
    }
}

impl From<(HitRow, ContactRow)> for HitView {
    fn from((row, contact): (HitRow, ContactRow)) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            case_id: row.case_id,
            identifier_id: row.identifier_id,
            watch_id: row.watch_id,
            found_at: row.found_at,
            contact: contact.into(),
        }
    }
}

/// Asks whether anybody else is after the same thing.
///
/// # Errors
/// As the contract says.
pub async fn create_check(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::check(tx, &call.submission)?.try_map(|contacts| {
            let contacts: Vec<ContactView> = contacts.into_iter().map(Into::into).collect();
            Answer::ok(&CheckView { found: !contacts.is_empty(), contacts })
        })
    })
    .await
}

/// Lists the watch entries of one's own agency.
///
/// # Errors
/// As the contract says.
pub async fn list_watches(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list_watches(view, || PageParams::page(call))?.map(WatchView::from);
        Answer::ok(&WatchList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Begins to watch for an identifier.
///
/// # Errors
/// As the contract says.
pub async fn create_watch(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::watch(tx, &call.submission)?.try_map(|watch| {
            let path = format!("/api/v1/deconfliction/watches/{}", watch.0.id);
            let version = watch.0.version;
            Ok(Answer::created(&WatchView::from(watch), path)?.version(version))
        })
    })
    .await
}

/// Reads one watch entry of one's own agency.
///
/// # Errors
/// As the contract says.
pub async fn get_watch(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let watch = service::get_watch(view, call.id("watch_id")?)?;
        let version = watch.0.version;
        Ok(Answer::ok(&WatchView::from(watch))?.version(version))
    })
    .await
}

/// Ends a watch entry of one's own agency.
///
/// # Errors
/// As the contract says.
pub async fn end_watch(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::end_watch(tx, call.id("watch_id")?)?.try_map(|()| Ok(Answer::empty()))
    })
    .await
}

/// Lists the hits that concern one's own agency.
///
/// # Errors
/// As the contract says.
pub async fn list_hits(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list_hits(view, || PageParams::page(call))?.map(HitView::from);
        Answer::ok(&HitList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Reads one hit.
///
/// # Errors
/// As the contract says.
pub async fn get_hit(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let hit = service::get_hit(view, call.id("hit_id")?)?;
        Ok(Answer::ok(&HitView::from(hit))?.version(1))
    })
    .await
}
