//! Milestones over HTTP.

#![expect(clippy::missing_errors_doc, reason = "a handler's errors are those of its use case")]

use crate::answer::Answer;
use crate::cases::api::report_limits;
use crate::cases::milestones::api::requests::{MilestoneParams, ReportParams};
use crate::cases::milestones::api::views::{MilestoneList, MilestoneView, ReportList};
use crate::cases::milestones::model::{MilestoneKind, MilestoneStatus};
use crate::cases::milestones::rows::Found;
use crate::cases::milestones::service;
use crate::cases::milestones::store::Filter;
use crate::clock::Instant;
use crate::db::{Page, Tx};
use crate::error::{Faults, Result};
use crate::http::{App, Call};
use crate::ids::{CaseId, MilestoneId};
use crate::journal::event::Change;
use crate::text_enum::TextEnum;

pub mod requests;
pub mod views;

/// `GET /cases/{case_id}/milestones`
pub async fn list_milestones(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, call.id("case_id")?, || asked(call))?;
        let now = view.now();
        let items: Result<_> =
            page.items.into_iter().map(|found| MilestoneView::of(found, now)).collect();
        Answer::ok(&MilestoneList { items: items?, next_cursor: page.next_cursor })
    })
    .await
}

/// `POST /cases/{case_id}/milestones`
pub async fn post_milestone(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    app.write(call, move |tx, call| {
        let case: CaseId = call.id("case_id")?;
        let now = tx.now();
        service::post(tx, case, &call.submission, limits)?.try_map(|found| {
            let version = found.row.version;
            let path = format!("/api/v1/cases/{case}/milestones/{}", found.row.id);
            Ok(Answer::created(&MilestoneView::of(found, now)?, path)?.version(version))
        })
    })
    .await
}

/// `GET /cases/{case_id}/milestones/{milestone_id}`
pub async fn get_milestone(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, milestone) = ids(call)?;
        let found = service::get(view, case, milestone)?;
        shown(found, view.now())
    })
    .await
}

/// `GET /cases/{case_id}/milestones/{milestone_id}/reports`
pub async fn list_milestone_reports(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, milestone) = ids(call)?;
        let history = service::history(view, case, milestone, || {
            let params: ReportParams = call.query()?;
            call.page(params.limit.as_deref(), params.cursor.as_deref())
        })?;
        Answer::ok(&ReportList::from(history))
    })
    .await
}

/// `POST /cases/{case_id}/milestones/{milestone_id}/report`
pub async fn report_milestone(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    change(app, call, move |tx, call, case, id| {
        service::report(tx, case, id, &call.submission, limits)
    })
    .await
}

/// `POST /cases/{case_id}/milestones/{milestone_id}/supersede`
pub async fn supersede_report(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    change(app, call, move |tx, call, case, id| {
        service::supersede(tx, case, id, &call.submission, limits)
    })
    .await
}

/// `POST /cases/{case_id}/milestones/{milestone_id}/confirm`
pub async fn confirm_milestone(app: App, call: Call) -> Result<Answer> {
    change(app, call, |tx, call, case, id| service::confirm(tx, case, id, &call.submission)).await
}

/// `POST /cases/{case_id}/milestones/{milestone_id}/dispute`
pub async fn dispute_milestone(app: App, call: Call) -> Result<Answer> {
    change(app, call, |tx, call, case, id| service::dispute(tx, case, id, &call.submission)).await
}

/// `POST /cases/{case_id}/milestones/{milestone_id}/waive`
pub async fn waive_milestone(app: App, call: Call) -> Result<Answer> {
    change(app, call, |tx, call, case, id| service::waive(tx, case, id, &call.submission)).await
}

/// Answers with the milestone as `work` left it.
async fn change(
    app: App,
    call: Call,
    work: impl Fn(&mut Tx<'_>, &Call, CaseId, MilestoneId) -> Result<Change<Found>> + Send + 'static,
) -> Result<Answer> {
    app.write(call, move |tx, call| {
        let (case, milestone) = ids(call)?;
        let now = tx.now();
        work(tx, call, case, milestone)?.try_map(|found| shown(found, now))
    })
    .await
}

fn ids(call: &Call) -> Result<(CaseId, MilestoneId)> {
    Ok((call.id("case_id")?, call.id("milestone_id")?))
}

fn shown(found: Found, now: Instant) -> Result<Answer> {
    let version = found.row.version;
    Ok(Answer::ok(&MilestoneView::of(found, now)?)?.version(version))
}

fn asked(call: &Call) -> Result<(Filter, Page)> {
    let params: MilestoneParams = call.query()?;
    let mut faults = Faults::new();
    let filter = Filter {
        status: word::<MilestoneStatus>(&mut faults, "?status", params.status.as_deref()),
        kind: word::<MilestoneKind>(&mut faults, "?kind", params.kind.as_deref()),
    };
    let page = call.page(params.limit.as_deref(), params.cursor.as_deref());
    if let Err(error) = &page {
        for fault in error.faults() {
            faults.add(fault.pointer.clone(), fault.detail.clone());
        }
    }
    faults.finish()?;
    Ok((filter, page?))
}

fn word<T: TextEnum>(faults: &mut Faults, pointer: &str, word: Option<&str>) -> Option<T> {
    let found = T::from_word(word?);
    faults.check(found.is_some(), pointer, &format!("expected one of {}", T::words()));
    found
}
