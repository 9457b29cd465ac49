//! Milestones and what is reported of them.

use crate::cases::milestones::api as milestones;
use crate::cases::milestones::api::requests::{
    ConfirmMilestone, DisputeMilestone, MilestoneParams, PostMilestone, ReportMilestone,
    ReportParams, SupersedeReport, WaiveMilestone,
};
use crate::cases::milestones::api::views::{MilestoneList, MilestoneView, ReportList};
use crate::http::Method::{Get, Post};
use crate::http::Route;

pub(super) fn routes() -> Vec<Route> {
    [milestones(), milestone_reports()].concat()
}

fn milestones() -> Vec<Route> {
    let list = "/api/v1/cases/{case_id}/milestones";
    vec![
        Route::new(
            Get,
            list,
            "list_milestones",
            "The milestones of a case, as they stand now.",
            milestones::list_milestones,
        )
        .queried::<MilestoneParams>()
        .gives::<MilestoneList>(200),
        Route::new(
            Post,
            list,
            "post_milestone",
            "Plan a milestone, or report one that nobody planned.",
            milestones::post_milestone,
        )
        .takes::<PostMilestone>()
        .gives::<MilestoneView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/milestones/{milestone_id}",
            "get_milestone",
            "A milestone, as it stands now.",
            milestones::get_milestone,
        )
        .gives::<MilestoneView>(200),
    ]
}

fn milestone_reports() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/milestones/{milestone_id}/reports",
            "list_milestone_reports",
            "Every report of a milestone, with its corrections and what was said of it.",
            milestones::list_milestone_reports,
        )
        .queried::<ReportParams>()
        .gives::<ReportList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/milestones/{milestone_id}/report",
            "report_milestone",
            "Report that a milestone happened; never refused for its state.",
            milestones::report_milestone,
        )
        .takes::<ReportMilestone>()
        .gives::<MilestoneView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/milestones/{milestone_id}/confirm",
            "confirm_milestone",
            "Confirm another agency's report.",
            milestones::confirm_milestone,
        )
        .may_take::<ConfirmMilestone>()
        .gives::<MilestoneView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/milestones/{milestone_id}/dispute",
            "dispute_milestone",
            "Dispute another agency's report.",
            milestones::dispute_milestone,
        )
        .takes::<DisputeMilestone>()
        .gives::<MilestoneView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/milestones/{milestone_id}/waive",
            "waive_milestone",
            "Waive a milestone that is no longer expected.",
            milestones::waive_milestone,
        )
        .takes::<WaiveMilestone>()
        .gives::<MilestoneView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/milestones/{milestone_id}/supersede",
            "supersede_report",
            "Correct the report that stands; the old one stays readable.",
            milestones::supersede_report,
        )
        .takes::<SupersedeReport>()
        .gives::<MilestoneView>(200),
    ]
}
