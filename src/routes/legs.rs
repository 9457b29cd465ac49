//! The route: legs and crossings.

use crate::cases::api::PageParams;
use crate::cases::legs::api as legs;
use crate::http::Method::{Delete, Get, Patch, Post};
use crate::http::Route;
use crate::planning::api as planning;

pub(super) fn routes() -> Vec<Route> {
    [plan(), travel()].concat()
}

/// The plan of the route.
fn plan() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/legs",
            "list_legs",
            "Lists the legs of the route.",
            legs::list_legs,
        )
        .queried::<PageParams>()
        .gives::<legs::LegList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/legs",
            "create_leg",
            "Plans a leg at the end of the route.",
            legs::create_leg,
        )
        .takes::<legs::LegInput>()
        .gives::<legs::LegView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/legs/{leg_id}",
            "get_leg",
            "One leg.",
            legs::get_leg,
        )
        .gives::<legs::LegView>(200),
        Route::new(
            Patch,
            "/api/v1/cases/{case_id}/legs/{leg_id}",
            "edit_leg",
            "Changes the plan of a leg that was not started.",
            legs::edit_leg,
        )
        .takes::<legs::LegPatch>()
        .gives::<legs::LegView>(200)
        .guarded(),
        Route::new(
            Delete,
            "/api/v1/cases/{case_id}/legs/{leg_id}",
            "delete_leg",
            "Takes the last leg off the plan.",
            legs::delete_leg,
        )
        .gives::<legs::LegView>(200)
        .guarded(),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/legs/{leg_id}/plans",
            "list_leg_plans",
            "Lists the plans that a leg has had.",
            legs::list_leg_plans,
        )
        .queried::<PageParams>()
        .gives::<legs::LegPlanList>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/route-check",
            "get_route_check",
            "What the countries on the route need, in words to act on.",
            planning::get_route_check,
        )
        .gives::<planning::RouteCheckView>(200),
    ]
}

/// How it is travelled.
fn travel() -> Vec<Route> {
    vec![
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/legs/{leg_id}/start",
            "start_leg",
            "Starts a leg, where every country that it touches allows it.",
            legs::start_leg,
        )
        .may_take::<legs::StartInput>()
        .gives::<legs::LegView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/legs/{leg_id}/complete",
            "complete_leg",
            "Completes a leg: the goods have arrived.",
            legs::complete_leg,
        )
        .may_take::<legs::CompleteInput>()
        .gives::<legs::LegView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/legs/{leg_id}/divert",
            "divert_leg",
            "Reports that the goods went another way: a fact, which is always taken.",
            legs::divert_leg,
        )
        .takes::<legs::DivertInput>()
        .gives::<legs::LegView>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/legs/{leg_id}/diversions",
            "list_diversions",
            "Lists the other ways that the goods were reported to take.",
            legs::list_diversions,
        )
        .queried::<PageParams>()
        .gives::<legs::DiversionList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/legs/{leg_id}/resume",
            "resume_leg",
            "Lets a leg go on that was held.",
            legs::resume_leg,
        )
        .takes::<legs::ResumeInput>()
        .gives::<legs::LegView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/legs/{leg_id}/report-crossing",
            "report_crossing",
            "Reports that a border was crossed: a fact, which is always taken.",
            legs::report_crossing,
        )
        .takes::<legs::CrossingInput>()
        .gives::<legs::CrossingView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/legs/{leg_id}/crossings",
            "list_crossings",
            "Lists the crossings that were reported on a leg.",
            legs::list_crossings,
        )
        .queried::<PageParams>()
        .gives::<legs::CrossingList>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/legs/{leg_id}/crossings/{crossing_id}",
            "get_crossing",
            "One crossing.",
            legs::get_crossing,
        )
        .gives::<legs::CrossingView>(200),
    ]
}
