//! The one list of routes. The server mounts it, the contract describes it, the coverage tests walk it. Each part of it
//! stands in a file of its own; a route that is in no part is nowhere. Here it is said which parts are open to machine
//! accounts, and with which scope.
//!
//! May import: `http` and every domain's `api`.

use std::sync::Arc;

use utoipa::openapi::OpenApi;

use crate::answer::Answer;
use crate::http::Method::Get;
use crate::http::{Route, health, openapi};
use crate::machine_scope::MachineScope as Scope;

mod alerts;
mod authorisations;
mod cases;
mod control;
mod deconfliction;
mod directory;
mod evidence;
mod federation;
mod feed;
mod identity;
mod journal;
mod legs;
mod machines;
mod messages;
mod milestones;
mod passkeys;
mod provisioning;
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
        federation::routes(),
        passkeys::routes(),
        provisioning::routes(),
        machines::routes(),
        open(cases::routes(), Scope::CasesRead, Scope::CasesWrite),
        open(milestones::routes(), Scope::MilestonesRead, Scope::MilestonesWrite),
        open(evidence::routes(), Scope::EvidenceRead, Scope::EvidenceWrite),
        journal::routes(),
        open(messages::routes(), Scope::MessagesRead, Scope::MessagesWrite),
        open(state_reports::routes(), Scope::ReportsRead, Scope::ReportsWrite),
        open(deconfliction::routes(), Scope::DeconflictionRead, Scope::DeconflictionWrite),
        open(legs::routes(), Scope::RouteRead, Scope::RouteWrite),
        open(authorisations::routes(), Scope::AuthorisationsRead, Scope::AuthorisationsWrite),
        directory::routes(),
        open(control::routes(), Scope::ControlRead, Scope::ControlWrite),
        open(alerts::routes(), Scope::AlertsRead, Scope::AlertsWrite),
        feed::routes(),
    ]
    .concat()
}

/// A part that is open to machine accounts: with one scope they read there, with the other they change. What stands in no
/// such part, and has no scope of its own, is for people.
fn open(routes: Vec<Route>, reads: Scope, writes: Scope) -> Vec<Route> {
    let scoped = |route: Route| {
        let scope = if route.method == Get { reads } else { writes };
        route.scoped(scope)
    };
    routes.into_iter().map(scoped).collect()
}

/// The contract that the routes make.
#[must_use]
pub fn contract() -> OpenApi {
    // The document describes the route that serves it, which does not depend on what it serves.
    openapi::document(&routes(&Arc::new(OpenApi::default())))
}
