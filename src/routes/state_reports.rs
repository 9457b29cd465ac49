//! Reports on action taken.

use crate::cases::api::PageParams;
use crate::cases::state_reports::api as reports;
use crate::http::Method::{Get, Post, Put};
use crate::http::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/reports",
            "list_state_reports",
            "Lists the States' reports on action taken.",
            reports::list_state_reports,
        )
        .queried::<PageParams>()
        .gives::<reports::StateReportList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/reports",
            "create_state_report",
            "Files the report on action taken of one's own State, or of one's regional centre.",
            reports::create_state_report,
        )
        .takes::<reports::StateReportInput>()
        .gives::<reports::StateReportView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/reports/{state_report_id}",
            "get_state_report",
            "One report on action taken.",
            reports::get_state_report,
        )
        .gives::<reports::StateReportView>(200),
        Route::new(
            Put,
            "/api/v1/cases/{case_id}/reports/{state_report_id}",
            "change_state_report",
            "Puts a corrected report in the place of the one that one's own agency filed.",
            reports::change_state_report,
        )
        .takes::<reports::StateReportInput>()
        .gives::<reports::StateReportView>(200)
        .guarded(),
    ]
}
