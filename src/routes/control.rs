//! Control and handovers.

use crate::cases::api::PageParams;
use crate::cases::balance::api as balance;
use crate::cases::control::api::{self as control, views};
use crate::http::Method::{Get, Post};
use crate::http::Route;

pub(super) fn routes() -> Vec<Route> {
    [line(), quantities(), handovers()].concat()
}

/// The line of control.
fn line() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/control",
            "get_control",
            "Who is in control of each consignment now, and the whole line.",
            control::get_control,
        )
        .gives::<views::ControlView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/consignments/{consignment_id}/take-control",
            "take_control",
            "Takes control of a consignment that nobody was in control of.",
            control::take_control,
        )
        .takes::<control::TakeInput>()
        .gives::<views::ControlledView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/consignments/{consignment_id}/end-control",
            "end_control",
            "Ends control for good, as whoever is in control.",
            control::end_control,
        )
        .takes::<control::EndInput>()
        .gives::<views::ControlledView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/consignments/{consignment_id}/report-loss",
            "report_loss",
            "Reports that control is lost: a fact, which is always taken.",
            control::report_loss,
        )
        .takes::<control::ControlReportInput>()
        .gives::<views::ControlledView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/consignments/{consignment_id}/report-recovery",
            "report_recovery",
            "Reports that the goods were found: a fact, which is always taken.",
            control::report_recovery,
        )
        .takes::<control::ControlReportInput>()
        .gives::<views::ControlledView>(200),
    ]
}

/// How the goods add up.
fn quantities() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/consignments/{consignment_id}/balance",
            "get_balance",
            "How a consignment adds up: what there was, what was taken from it, what remained.",
            balance::get_balance,
        )
        .gives::<balance::BalanceView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/consignments/{consignment_id}/report-quantity",
            "report_quantity",
            "Reports how much of the goods was there, was taken out, or is lost: a fact, which is always taken.",
            balance::report_quantity,
        )
        .takes::<balance::QuantityReportInput>()
        .gives::<balance::BalanceView>(200),
    ]
}

/// Handovers.
fn handovers() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/handovers",
            "list_handovers",
            "Lists the handovers.",
            control::list_handovers,
        )
        .queried::<PageParams>()
        .gives::<views::HandoverList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/handovers",
            "create_handover",
            "Proposes a handover.",
            control::create_handover,
        )
        .takes::<control::ProposalInput>()
        .gives::<views::HandoverView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/handovers/{handover_id}",
            "get_handover",
            "One handover.",
            control::get_handover,
        )
        .gives::<views::HandoverView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/handovers/{handover_id}/agree",
            "agree_handover",
            "Agrees to a handover that the other side has proposed.",
            control::agree_handover,
        )
        .gives::<views::HandoverView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/handovers/{handover_id}/offer",
            "offer_handover",
            "Offers the goods, as whoever is in control.",
            control::offer_handover,
        )
        .gives::<views::HandoverView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/handovers/{handover_id}/accept",
            "accept_handover",
            "Takes the goods: the receiver is in control from then on.",
            control::accept_handover,
        )
        .takes::<control::AcceptanceInput>()
        .gives::<views::HandoverView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/handovers/{handover_id}/refuse",
            "refuse_handover",
            "Refuses what is offered.",
            control::refuse_handover,
        )
        .may_take::<control::HandoverReasonInput>()
        .gives::<views::HandoverView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/handovers/{handover_id}/cancel",
            "cancel_handover",
            "Lets a handover come to nothing before it is accepted.",
            control::cancel_handover,
        )
        .may_take::<control::HandoverReasonInput>()
        .gives::<views::HandoverView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/handovers/emergency-takeover",
            "report_takeover",
            "Reports that control had to be taken over at once: a fact, which is always taken.",
            control::report_takeover,
        )
        .takes::<control::TakeoverInput>()
        .gives::<views::HandoverView>(201),
    ]
}
