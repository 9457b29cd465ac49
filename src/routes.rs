//! The one list of routes. The server mounts it, the contract describes it, the coverage tests walk it. Each part of it
//! stands in a file of its own; a route that is in no part is nowhere.
//!
//! May import: `http` and every domain's `api`.

use std::sync::Arc;

use utoipa::openapi::OpenApi;

use crate::answer::Answer;
use crate::http::Method::Get;
use crate::http::{Route, health, openapi};

mod alerts;
mod authorisations;
mod cases;
mod control;
mod deconfliction;
mod directory;
mod evidence;
mod feed;
mod identity;
mod journal;
mod legs;
mod messages;
mod milestones;
mod passkeys;
mod server;
mod state_reports;

/// Every route, serving `document` as the contract.
#[must_use]
pub fn routes(document: &Arc<OpenApi>) -> Vec<Route> {
    let document = document.clone();
    let contract =
        Route::new(Get, "/api/v1/openapi.json", "get_openapi", "This contract.", move |_, _| {
            std::future::ready(Answer::ok(&*document))
        })
        .public()
        .gives::<health::Document>(200);
    [
        vec![contract],
        server::routes(),
        identity::routes(),
        passkeys::routes(),
        cases::routes(),
        milestones::routes(),
        evidence::routes(),
        journal::routes(),
        messages::routes(),
        state_reports::routes(),
        deconfliction::routes(),
        legs::routes(),
        authorisations::routes(),
        directory::routes(),
        control::routes(),
        alerts::routes(),
        feed::routes(),
    ]
    .concat()
}

/// The contract that the routes make.
#[must_use]
pub fn contract() -> OpenApi {
    // The document describes the route that serves it, which does not depend on what it serves.
    openapi::document(&routes(&Arc::new(OpenApi::default())))
}
