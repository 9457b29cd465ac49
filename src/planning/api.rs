//! The route check over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::country::Country;
use crate::directory::route_check::Finding;
use crate::error::Result;
use crate::http::{App, Call};
use crate::planning::service;

/// What stands between the route and its countries.
#[derive(Debug, Serialize, ToSchema)]
pub struct RouteCheckView {
    /// The countries, in the order of travel.
    pub countries: Vec<CountryCheckView>,
}

/// What was found about one country.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountryCheckView {
    /// The country.
    pub country: Country,
    /// What is missing, impossible or to be looked out for; nothing where all is well.
    pub findings: Vec<Finding>,
}

/// Holds the route of a case against the directory and against what the countries answered.
///
/// # Errors
/// As the contract says.
pub async fn get_route_check(app: App, call: Call) -> Result<Answer> {
    let margin = app.config.planning.grant_margin;
    let margin = i64::try_from(margin.as_secs()).unwrap_or(i64::MAX);
    app.read(call, move |view, call| {
        let countries = service::check(view, call.id("case_id")?, margin)?
            .into_iter()
            .map(|(country, findings)| CountryCheckView { country, findings })
            .collect();
        Answer::ok(&RouteCheckView { countries })
    })
    .await
}
