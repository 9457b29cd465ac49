//! Cases, who takes part, who works on them, what travels.

use crate::cases::api::PageParams;
use crate::cases::assignments::api as assignments;
use crate::cases::case::api as case;
use crate::cases::case::input::{CaseInput, CasePatch, TransitionInput};
use crate::cases::consignments::api as consignments_api;
use crate::cases::consignments::input::{ConsignmentInput, IdentifierInput};
use crate::cases::members::api as members_api;
use crate::http::Method::{Delete, Get, Patch, Post};
use crate::http::Route;

pub(super) fn routes() -> Vec<Route> {
    [cases(), members(), assignments(), consignments()].concat()
}

fn cases() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases",
            "list_cases",
            "Lists the cases that one may see, newest first.",
            case::list_cases,
        )
        .queried::<case::CaseParams>()
        .gives::<case::CaseList>(200),
        Route::new(
            Post,
            "/api/v1/cases",
            "create_case",
            "Opens a case; one's own agency leads it.",
            case::create_case,
        )
        .takes::<CaseInput>()
        .gives::<case::CaseView>(201)
        .or(429),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}",
            "get_case",
            "Reads a case's header.",
            case::get_case,
        )
        .gives::<case::CaseView>(200),
        Route::new(
            Patch,
            "/api/v1/cases/{case_id}",
            "edit_case",
            "Changes a case's header.",
            case::edit_case,
        )
        .takes::<CasePatch>()
        .guarded()
        .gives::<case::CaseView>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/readiness",
            "get_case_readiness",
            "What still stands between a case and its next state, item by item.",
            case::get_case_readiness,
        )
        .gives::<case::ReadinessView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/transitions",
            "change_case_state",
            "Moves a case to another state.",
            case::change_case_state,
        )
        .takes::<TransitionInput>()
        .guarded()
        .gives::<case::CaseView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/consultations",
            "create_consultation",
            "Records why one consults a case, once for this session.",
            case::create_consultation,
        )
        .takes::<case::ConsultationInput>()
        .without_key(),
    ]
}

fn members() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/members",
            "list_members",
            "Lists who takes part in a case.",
            members_api::list_members,
        )
        .queried::<PageParams>()
        .gives::<members_api::MemberList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/members",
            "invite_member",
            "Invites an agency.",
            members_api::invite_member,
        )
        .takes::<members_api::InvitationInput>()
        .gives::<members_api::MemberView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/members/{agency_id}",
            "get_member",
            "Reads one membership.",
            members_api::get_member,
        )
        .gives::<members_api::MemberView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/members/{agency_id}/accept",
            "accept_membership",
            "Accepts an invitation for one's own agency.",
            members_api::accept_membership,
        )
        .gives::<members_api::MemberView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/members/{agency_id}/decline",
            "decline_membership",
            "Declines an invitation for one's own agency.",
            members_api::decline_membership,
        )
        .may_take::<members_api::AnswerInput>()
        .gives::<members_api::MemberView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/members/{agency_id}/leave",
            "leave_case",
            "Leaves a case for one's own agency.",
            members_api::leave_case,
        )
        .may_take::<members_api::AnswerInput>()
        .gives::<members_api::MemberView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/members/{agency_id}/remove",
            "remove_member",
            "Removes an agency, with a reason.",
            members_api::remove_member,
        )
        .takes::<members_api::RemovalInput>()
        .gives::<members_api::MemberView>(200),
    ]
}

fn assignments() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/assignments",
            "list_assignments",
            "Lists which of one's own agency's officers are assigned.",
            assignments::list_assignments,
        )
        .queried::<PageParams>()
        .gives::<assignments::AssignmentList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/assignments",
            "create_assignment",
            "Assigns an officer of one's own agency.",
            assignments::create_assignment,
        )
        .takes::<assignments::AssignmentInput>()
        .gives::<assignments::AssignmentView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/assignments/{user_id}",
            "get_assignment",
            "Reads an assignment of one's own agency.",
            assignments::get_assignment,
        )
        .gives::<assignments::AssignmentView>(200),
        Route::new(
            Delete,
            "/api/v1/cases/{case_id}/assignments/{user_id}",
            "delete_assignment",
            "Ends an assignment of one's own agency.",
            assignments::delete_assignment,
        ),
    ]
}

fn consignments() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/consignments",
            "list_consignments",
            "Lists the consignments of a case.",
            consignments_api::list_consignments,
        )
        .queried::<PageParams>()
        .gives::<consignments_api::ConsignmentList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/consignments",
            "create_consignment",
            "Adds a consignment to a case.",
            consignments_api::create_consignment,
        )
        .takes::<ConsignmentInput>()
        .gives::<consignments_api::ConsignmentView>(201)
        .or(429),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/consignments/{consignment_id}",
            "get_consignment",
            "Reads a consignment.",
            consignments_api::get_consignment,
        )
        .gives::<consignments_api::ConsignmentView>(200),
        Route::new(
            Patch,
            "/api/v1/cases/{case_id}/consignments/{consignment_id}",
            "edit_consignment",
            "Changes a consignment.",
            consignments_api::edit_consignment,
        )
        .takes::<consignments_api::ConsignmentPatch>()
        .guarded()
        .gives::<consignments_api::ConsignmentView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/consignments/{consignment_id}/identifiers",
            "create_identifier",
            "Adds an identifier to a consignment.",
            consignments_api::create_identifier,
        )
        .takes::<IdentifierInput>()
        .gives::<consignments_api::IdentifierView>(201)
        .or(429),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/consignments/{consignment_id}/identifiers/{identifier_id}",
            "get_identifier",
            "Reads an identifier of a consignment.",
            consignments_api::get_identifier,
        )
        .gives::<consignments_api::IdentifierView>(200),
    ]
}
