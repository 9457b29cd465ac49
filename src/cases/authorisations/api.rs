//! Requests for authorisation over HTTP.

#![expect(clippy::missing_errors_doc, reason = "a handler's errors are those of its use case")]

use crate::answer::Answer;
use crate::cases::api::{PageParams, report_limits};
use crate::cases::authorisations::rows::Found;
use crate::cases::authorisations::service;
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::Result;
use crate::http::{App, Call};
use crate::ids::{AuthorisationId, CaseId};
use crate::journal::event::Change;

pub use crate::cases::authorisations::input::{
    GrantInput, NothingInput, OralGrantInput, ReasonInput, RequestInput, RequestPatch, TextInput,
};

pub mod views;

use views::{
    AuthorisationList, AuthorisationView, DossierView, GrantList, GrantView, QuestionList,
    QuestionView,
};

fn ids(call: &Call) -> Result<(CaseId, AuthorisationId)> {
    Ok((call.id("case_id")?, call.id("authorisation_id")?))
}

fn show(found: Found, now: Instant) -> Result<Answer> {
    let version = found.row.version;
    Ok(Answer::ok(&AuthorisationView::of(found, now))?.version(version))
}

/// What is done to one request, and answered with the request.
async fn act(
    app: App,
    call: Call,
    step: impl Fn(&mut Tx<'_>, CaseId, AuthorisationId, &Call) -> Result<Change<Found>>
    + Send
    + Sync
    + 'static,
) -> Result<Answer> {
    app.write(call, move |tx, call| {
        let (case, id) = ids(call)?;
        let now = tx.now();
        step(tx, case, id, call)?.try_map(|found| show(found, now))
    })
    .await
}

/// `GET /cases/{case_id}/authorisations`
pub async fn list_authorisations(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, call.id("case_id")?, || PageParams::page(call))?;
        let now = view.now();
        let page = page.map(|found| AuthorisationView::of(found, now));
        Answer::ok(&AuthorisationList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// `POST /cases/{case_id}/authorisations`
pub async fn create_authorisation(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let now = tx.now();
        service::draft(tx, call.id("case_id")?, &call.submission)?.try_map(|found| {
            let path =
                format!("/api/v1/cases/{}/authorisations/{}", found.row.case_id, found.row.id);
            let version = found.row.version;
            Ok(Answer::created(&AuthorisationView::of(found, now), path)?.version(version))
        })
    })
    .await
}

/// `GET /cases/{case_id}/authorisations/{authorisation_id}`
pub async fn get_authorisation(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, id) = ids(call)?;
        let found = service::get(view, case, id)?;
        show(found, view.now())
    })
    .await
}

/// `PATCH /cases/{case_id}/authorisations/{authorisation_id}`
pub async fn edit_authorisation(app: App, call: Call) -> Result<Answer> {
    act(app, call, |tx, case, id, call| service::edit(tx, case, id, &call.submission)).await
}

/// `GET /cases/{case_id}/authorisations/{authorisation_id}/dossier`
pub async fn get_dossier(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, id) = ids(call)?;
        let dossier = service::dossier(view, case, id)?;
        Answer::ok(&DossierView::of(dossier, view.now()))
    })
    .await
}

/// `GET /cases/{case_id}/authorisations/{authorisation_id}/grants`
pub async fn list_grants(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, id) = ids(call)?;
        let page = service::versions(view, case, id, || PageParams::page(call))?;
        let page = page.map(GrantView::from);
        Answer::ok(&GrantList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// `GET /cases/{case_id}/authorisations/{authorisation_id}/questions`
pub async fn list_questions(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, id) = ids(call)?;
        let page = service::questions(view, case, id, || PageParams::page(call))?;
        let page = page.map(QuestionView::from);
        Answer::ok(&QuestionList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// `POST /cases/{case_id}/authorisations/{authorisation_id}/submit`
pub async fn submit_authorisation(app: App, call: Call) -> Result<Answer> {
    act(app, call, |tx, case, id, _| service::submit(tx, case, id)).await
}

/// `POST /cases/{case_id}/authorisations/{authorisation_id}/withdraw`
pub async fn withdraw_authorisation(app: App, call: Call) -> Result<Answer> {
    act(app, call, |tx, case, id, _| service::withdraw(tx, case, id)).await
}

/// `POST /cases/{case_id}/authorisations/{authorisation_id}/acknowledge`
pub async fn acknowledge_authorisation(app: App, call: Call) -> Result<Answer> {
    act(app, call, |tx, case, id, _| service::acknowledge(tx, case, id)).await
}

/// `POST /cases/{case_id}/authorisations/{authorisation_id}/request-info`
pub async fn request_information(app: App, call: Call) -> Result<Answer> {
    act(app, call, |tx, case, id, call| service::request_info(tx, case, id, &call.submission)).await
}

/// `POST /cases/{case_id}/authorisations/{authorisation_id}/answer`
pub async fn answer_question(app: App, call: Call) -> Result<Answer> {
    act(app, call, |tx, case, id, call| service::answer(tx, case, id, &call.submission)).await
}

/// `POST /cases/{case_id}/authorisations/{authorisation_id}/grant`
pub async fn grant_authorisation(app: App, call: Call) -> Result<Answer> {
    act(app, call, |tx, case, id, call| service::grant(tx, case, id, &call.submission)).await
}

/// `POST /cases/{case_id}/authorisations/{authorisation_id}/grant-orally`
pub async fn grant_orally(app: App, call: Call) -> Result<Answer> {
    let skew = report_limits(&app.config).allowed_skew;
    act(app, call, move |tx, case, id, call| {
        service::grant_orally(tx, case, id, &call.submission, skew)
    })
    .await
}

/// `POST /cases/{case_id}/authorisations/{authorisation_id}/confirm`
pub async fn confirm_grant(app: App, call: Call) -> Result<Answer> {
    act(app, call, |tx, case, id, call| service::confirm(tx, case, id, &call.submission)).await
}

/// `POST /cases/{case_id}/authorisations/{authorisation_id}/extend`
pub async fn extend_grant(app: App, call: Call) -> Result<Answer> {
    act(app, call, |tx, case, id, call| service::extend(tx, case, id, &call.submission)).await
}

/// `POST /cases/{case_id}/authorisations/{authorisation_id}/refuse`
pub async fn refuse_authorisation(app: App, call: Call) -> Result<Answer> {
    act(app, call, |tx, case, id, call| service::refuse(tx, case, id, &call.submission)).await
}

/// `POST /cases/{case_id}/authorisations/{authorisation_id}/revoke`
pub async fn revoke_grant(app: App, call: Call) -> Result<Answer> {
    act(app, call, |tx, case, id, call| service::revoke(tx, case, id, &call.submission)).await
}
