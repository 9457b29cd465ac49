//! Control and handovers over HTTP.

#![expect(clippy::missing_errors_doc, reason = "a handler's errors are those of its use case")]

use crate::answer::Answer;
use crate::cases::api::{PageParams, balance_rules, report_limits};
use crate::cases::control::rows::HandoverRow;
use crate::cases::control::service::{self, Controlled};
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::Result;
use crate::http::{App, Call};
use crate::ids::{CaseId, ConsignmentId, HandoverId};
use crate::journal::event::Change;

pub use crate::cases::control::input::{
    AcceptanceInput, ControlReportInput, EndInput, HandoverReasonInput, ProposalInput, TakeInput,
    TakeoverInput,
};

pub mod views;

use views::{ControlView, ControlledView, HandoverList, HandoverView};

/// `GET /cases/{case_id}/control`
pub async fn get_control(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let consignments = service::read(view, call.id("case_id")?)?;
        let consignments = consignments.into_iter().map(ControlledView::from).collect();
        Answer::ok(&ControlView { consignments })
    })
    .await
}

/// What is done to the control of one consignment, and answered with its line.
async fn control(
    app: App,
    call: Call,
    what: impl Fn(&mut Tx<'_>, CaseId, ConsignmentId, &Call) -> Result<Change<Controlled>>
    + Send
    + Sync
    + 'static,
) -> Result<Answer> {
    app.write(call, move |tx, call| {
        let (case, consignment) = (call.id("case_id")?, call.id("consignment_id")?);
        what(tx, case, consignment, call)?
            .try_map(|controlled| Answer::ok(&ControlledView::from(controlled)))
    })
    .await
}

/// `POST /cases/{case_id}/consignments/{consignment_id}/take-control`
pub async fn take_control(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    control(app, call, move |tx, case, consignment, call| {
        service::take(tx, case, consignment, &call.submission, limits)
    })
    .await
}

/// `POST /cases/{case_id}/consignments/{consignment_id}/end-control`
pub async fn end_control(app: App, call: Call) -> Result<Answer> {
    let rules = balance_rules(&app.config);
    control(app, call, move |tx, case, consignment, call| {
        service::end(tx, case, consignment, &call.submission, rules)
    })
    .await
}

/// `POST /cases/{case_id}/consignments/{consignment_id}/report-loss`
pub async fn report_loss(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    control(app, call, move |tx, case, consignment, call| {
        service::report_loss(tx, case, consignment, &call.submission, limits)
    })
    .await
}

/// `POST /cases/{case_id}/consignments/{consignment_id}/report-recovery`
pub async fn report_recovery(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    control(app, call, move |tx, case, consignment, call| {
        service::report_recovery(tx, case, consignment, &call.submission, limits)
    })
    .await
}

fn show(row: HandoverRow, now: Instant) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&HandoverView::of(row, now))?.version(version))
}

fn made(row: HandoverRow, now: Instant) -> Result<Answer> {
    let path = format!("/api/v1/cases/{}/handovers/{}", row.case_id, row.id);
    let version = row.version;
    Ok(Answer::created(&HandoverView::of(row, now), path)?.version(version))
}

/// What is done to one handover, and answered with it.
async fn handle(
    app: App,
    call: Call,
    what: impl Fn(&mut Tx<'_>, CaseId, HandoverId, &Call) -> Result<Change<HandoverRow>>
    + Send
    + Sync
    + 'static,
) -> Result<Answer> {
    app.write(call, move |tx, call| {
        let (case, handover) = (call.id("case_id")?, call.id("handover_id")?);
        let now = tx.now();
        what(tx, case, handover, call)?.try_map(|row| show(row, now))
    })
    .await
}

/// `GET /cases/{case_id}/handovers`
pub async fn list_handovers(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, call.id("case_id")?, || PageParams::page(call))?;
        let now = view.now();
        let page = page.map(|row| HandoverView::of(row, now));
        Answer::ok(&HandoverList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// `POST /cases/{case_id}/handovers`
pub async fn create_handover(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let now = tx.now();
        service::propose(tx, call.id("case_id")?, &call.submission)?.try_map(|row| made(row, now))
    })
    .await
}

/// `GET /cases/{case_id}/handovers/{handover_id}`
pub async fn get_handover(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let row = service::get(view, call.id("case_id")?, call.id("handover_id")?)?;
        show(row, view.now())
    })
    .await
}

/// `POST /cases/{case_id}/handovers/{handover_id}/agree`
pub async fn agree_handover(app: App, call: Call) -> Result<Answer> {
    handle(app, call, |tx, case, id, _| service::agree(tx, case, id)).await
}

/// `POST /cases/{case_id}/handovers/{handover_id}/offer`
pub async fn offer_handover(app: App, call: Call) -> Result<Answer> {
    handle(app, call, |tx, case, id, _| service::offer(tx, case, id)).await
}

/// `POST /cases/{case_id}/handovers/{handover_id}/accept`
pub async fn accept_handover(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    handle(app, call, move |tx, case, id, call| {
        service::accept(tx, case, id, &call.submission, limits)
    })
    .await
}

/// `POST /cases/{case_id}/handovers/{handover_id}/refuse`
pub async fn refuse_handover(app: App, call: Call) -> Result<Answer> {
    handle(app, call, |tx, case, id, call| service::refuse(tx, case, id, &call.submission)).await
}

/// `POST /cases/{case_id}/handovers/{handover_id}/cancel`
pub async fn cancel_handover(app: App, call: Call) -> Result<Answer> {
    handle(app, call, |tx, case, id, call| service::cancel(tx, case, id, &call.submission)).await
}

/// `POST /cases/{case_id}/handovers/emergency-takeover`
pub async fn report_takeover(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    app.write(call, move |tx, call| {
        let now = tx.now();
        service::take_over(tx, call.id("case_id")?, &call.submission, limits)?
            .try_map(|row| made(row, now))
    })
    .await
}
