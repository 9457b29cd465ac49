//! Alerts over HTTP.

#![expect(clippy::missing_errors_doc, reason = "a handler's errors are those of its use case")]

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::Answer;
use crate::clock::Instant;
use crate::error::{Fault, Faults, Result};
use crate::http::{App, Call};
use crate::ids::{AgencyId, AlertId, CaseId, EntryId, UserId};
use crate::watch::model::AlertKind;
use crate::watch::service;
use crate::watch::store::{AlertRow, Filter};

/// An alert: that there is something, and where to look.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertView {
    /// The alert.
    pub id: AlertId,
    /// The agency that it is for.
    pub agency_id: AgencyId,
    /// The case; none for what belongs to an agency alone.
    pub case_id: Option<CaseId>,
    /// What it is about.
    pub kind: AlertKind,
    /// The id of the thing that it is about.
    pub subject_id: EntryId,
    /// Since when it is so.
    pub since: Instant,
    /// When it was raised.
    pub raised_at: Instant,
    /// How far it was passed on: 0, 1 to the 24/7 contact point, 2 to the coordinators of the case.
    pub level: i32,
    /// Who acknowledged it.
    pub acknowledged_by: Option<UserId>,
    /// When.
    pub acknowledged_at: Option<Instant>,
    /// When it was settled: its cause is gone, or somebody has taken note of what happened.
    pub resolved_at: Option<Instant>,
}

impl From<AlertRow> for AlertView {
    fn from(row: AlertRow) -> Self {
        Self {
            id: row.id,
            agency_id: row.agency_id,
            case_id: row.case_id,
            kind: row.kind,
            subject_id: row.subject_id,
            since: row.since,
            raised_at: row.raised_at,
            level: row.level,
            acknowledged_by: row.acknowledged_by,
            acknowledged_at: row.acknowledged_at,
            resolved_at: row.resolved_at,
        }
    }
}

/// A page of alerts, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertList {
    /// The alerts.
    pub items: Vec<AlertView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// Which alerts are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct AlertParams {
    /// `open`, `acknowledged` (and not settled) or `resolved`; all of them when missing.
    pub state: Option<String>,
    /// Of this case.
    pub case: Option<String>,
    /// How many at the most: 1 to 200, 50 when missing.
    pub limit: Option<String>,
    /// The `next_cursor` of an earlier answer.
    pub cursor: Option<String>,
}

impl AlertParams {
    fn filter(&self, faults: &mut Faults) -> Filter {
        let mut filter = Filter::default();
        match self.state.as_deref() {
            None => {}
            Some("open") => (filter.resolved, filter.acknowledged) = (Some(false), Some(false)),
            Some("acknowledged") => {
                (filter.resolved, filter.acknowledged) = (Some(false), Some(true));
            }
            Some("resolved") => filter.resolved = Some(true),
            Some(_) => faults.add("?state", "expected one of open, acknowledged, resolved"),
        }
        filter.case = self.case.as_deref().and_then(|id| {
            let parsed = id.parse().ok();
            faults.check(parsed.is_some(), "?case", "expected a case's id");
            parsed
        });
        filter
    }
}

fn show(row: AlertRow) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&AlertView::from(row))?.version(version))
}

/// `GET /alerts`
pub async fn list_alerts(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, || {
            let params: AlertParams = call.query()?;
            let mut faults = Faults::new();
            let filter = params.filter(&mut faults);
            let page = call.page(params.limit.as_deref(), params.cursor.as_deref());
            for Fault { pointer, detail } in page.as_ref().err().map_or(&[][..], |e| e.faults()) {
                faults.add(pointer.clone(), detail.clone());
            }
            faults.finish()?;
            Ok((filter, page?))
        })?;
        for row in &page.items {
            view.note_consultation(row.case_id, None);
        }
        let page = page.map(AlertView::from);
        Answer::ok(&AlertList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// `GET /alerts/{alert_id}`
pub async fn get_alert(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let row = service::get(view, call.id("alert_id")?)?;
        view.note_consultation(row.case_id, None);
        show(row)
    })
    .await
}

/// `POST /alerts/{alert_id}/acknowledge`
pub async fn acknowledge_alert(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| service::acknowledge(tx, call.id("alert_id")?)?.try_map(show)).await
}
