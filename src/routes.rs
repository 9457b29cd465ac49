//! The one list of routes. The server mounts it, the contract describes it, the coverage tests walk it.
//!
//! May import: `http` and every domain's `api`.

use std::sync::Arc;

use utoipa::openapi::OpenApi;

use crate::answer::Answer;
use crate::cases::api::PageParams;
use crate::cases::assignments::api as assignments;
use crate::cases::case::api as case;
use crate::cases::case::input::{CaseInput, CasePatch, TransitionInput};
use crate::cases::consignments::api as consignments_api;
use crate::cases::consignments::input::{ConsignmentInput, IdentifierInput};
use crate::cases::evidence::{api as evidence, input};
use crate::cases::journal as case_journal;
use crate::cases::members::api as members_api;
use crate::cases::milestones::api as milestones;
use crate::cases::milestones::api::requests::{
    ConfirmMilestone, DisputeMilestone, MilestoneParams, PostMilestone, ReportMilestone,
    ReportParams, SupersedeReport, WaiveMilestone,
};
use crate::cases::milestones::api::views::{MilestoneList, MilestoneView, ReportList};
use crate::http::Method::{Delete, Get, Patch, Post, Put};
use crate::http::{Route, health, openapi};
use crate::identity::agencies::api as agencies;
use crate::identity::auth::api as auth;
use crate::identity::journal as agency_journal;
use crate::identity::users::api as users;
use crate::journal::view::JournalPage;

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
        server(),
        identity(),
        cases(),
        members(),
        assignments(),
        consignments(),
        milestones(),
        milestone_reports(),
        evidence(),
        transfers(),
        journal(),
    ]
    .concat()
}

/// The contract that the routes make.
#[must_use]
pub fn contract() -> OpenApi {
    // The document describes the route that serves it, which does not depend on what it serves.
    openapi::document(&routes(&Arc::new(OpenApi::default())))
}

fn server() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/health/live",
            "get_liveness",
            "Whether the process is up.",
            health::get_liveness,
        )
        .public()
        .gives::<health::Health>(200),
        Route::new(
            Get,
            "/health/ready",
            "get_readiness",
            "Whether the server can serve.",
            health::get_readiness,
        )
        .public()
        .gives::<health::Health>(200),
        Route::new(
            Get,
            "/.well-known/jwks.json",
            "get_jwks",
            "The keys with which access tokens can be verified.",
            health::get_jwks,
        )
        .public()
        .gives::<health::KeySet>(200),
    ]
}

fn identity() -> Vec<Route> {
    [agencies(), users(), auth()].concat()
}

fn agencies() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/agencies",
            "list_agencies",
            "Lists all agencies.",
            agencies::list_agencies,
        )
        .queried::<agencies::AgencyQuery>()
        .gives::<agencies::AgencyList>(200),
        Route::new(
            Post,
            "/api/v1/agencies",
            "create_agency",
            "Makes an agency.",
            agencies::create_agency,
        )
        .takes::<agencies::CreateAgency>()
        .gives::<agencies::AgencyView>(201),
        Route::new(
            Get,
            "/api/v1/agencies/{agency_id}",
            "get_agency",
            "One agency.",
            agencies::get_agency,
        )
        .gives::<agencies::AgencyView>(200),
        Route::new(
            Patch,
            "/api/v1/agencies/{agency_id}",
            "edit_agency",
            "Changes an agency, or its contact point only.",
            agencies::edit_agency,
        )
        .takes::<agencies::EditAgency>()
        .gives::<agencies::AgencyView>(200)
        .guarded(),
        Route::new(
            Post,
            "/api/v1/agencies/{agency_id}/authority",
            "mark_authority",
            "Marks an agency as holding authority for its country.",
            agencies::mark_authority,
        )
        .gives::<agencies::AgencyView>(200),
        Route::new(
            Delete,
            "/api/v1/agencies/{agency_id}/authority",
            "unmark_authority",
            "Takes the mark of authority away.",
            agencies::unmark_authority,
        ),
        Route::new(
            Post,
            "/api/v1/agencies/{agency_id}/authority/confirm",
            "confirm_authority",
            "Confirms the mark of another agency of one's own country.",
            agencies::confirm_authority,
        )
        .gives::<agencies::AgencyView>(200),
    ]
}

fn users() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/users",
            "list_users",
            "Lists the accounts of one's own agency.",
            users::list_users,
        )
        .queried::<users::UserQuery>()
        .gives::<users::UserList>(200),
        Route::new(Post, "/api/v1/users", "create_user", "Makes an account.", users::create_user)
            .takes::<users::CreateUser>()
            .gives::<users::CreatedUser>(201),
        Route::new(Get, "/api/v1/users/{user_id}", "get_user", "One account.", users::get_user)
            .gives::<users::UserView>(200),
        Route::new(
            Patch,
            "/api/v1/users/{user_id}",
            "edit_user",
            "Changes an account.",
            users::edit_user,
        )
        .takes::<users::EditUser>()
        .gives::<users::UserView>(200)
        .guarded(),
        Route::new(
            Post,
            "/api/v1/users/{user_id}/confirm",
            "confirm_user",
            "Lets an account, or the roles proposed for it, take effect.",
            users::confirm_user,
        )
        .gives::<users::UserView>(200),
        Route::new(
            Post,
            "/api/v1/users/{user_id}/deactivate",
            "deactivate_user",
            "Ends an account and all its sessions.",
            users::deactivate_user,
        )
        .gives::<users::UserView>(200),
    ]
}

fn auth() -> Vec<Route> {
    vec![
        Route::new(Post, "/api/v1/auth/login", "login", "Begins a session.", auth::login)
            .public()
            .takes::<auth::Login>()
            .gives::<auth::Tokens>(200)
            .or(401)
            .or(429),
        Route::new(
            Post,
            "/api/v1/auth/refresh",
            "refresh_session",
            "Goes on with a session.",
            auth::refresh_session,
        )
        .public()
        .takes::<auth::Refresh>()
        .gives::<auth::Tokens>(200)
        .or(401),
        Route::new(
            Post,
            "/api/v1/auth/invitations/accept",
            "accept_invitation",
            "Sets the first password of an account.",
            auth::accept_invitation,
        )
        .public()
        .takes::<auth::AcceptInvitation>()
        .or(401),
        Route::new(
            Post,
            "/api/v1/auth/logout",
            "logout",
            "Ends the present session.",
            auth::logout,
        ),
        Route::new(
            Get,
            "/api/v1/auth/me",
            "get_me",
            "Who one is, for whom, and in which session.",
            auth::get_me,
        )
        .gives::<auth::Me>(200),
        Route::new(
            Get,
            "/api/v1/auth/sessions",
            "list_sessions",
            "Lists one's own sessions.",
            auth::list_sessions,
        )
        .queried::<auth::SessionQuery>()
        .gives::<auth::SessionList>(200),
        Route::new(
            Delete,
            "/api/v1/auth/sessions/{session_id}",
            "end_session",
            "Ends one of one's own sessions.",
            auth::end_session,
        ),
    ]
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
        .gives::<case::CaseView>(201),
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
        .gives::<consignments_api::ConsignmentView>(201),
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
        .gives::<consignments_api::IdentifierView>(201),
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

fn journal() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/journal",
            "list_agency_journal",
            "Reads the journal of one's own agency: what belongs to no case.",
            agency_journal::list_agency_journal,
        )
        .queried::<agency_journal::JournalParams>()
        .gives::<JournalPage>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/journal",
            "list_case_journal",
            "Reads the journal of a case, as far as one may read what each entry is about.",
            case_journal::list_case_journal,
        )
        .queried::<PageParams>()
        .gives::<JournalPage>(200),
    ]
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

fn evidence() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/evidence",
            "list_evidence",
            "The evidence references of a case that one is shown.",
            evidence::list_evidence,
        )
        .queried::<PageParams>()
        .gives::<evidence::EvidenceList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence",
            "create_evidence",
            "Registers an item; the own agency is its originator and holds it.",
            evidence::create_evidence,
        )
        .takes::<input::EvidenceInput>()
        .gives::<evidence::EvidenceView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}",
            "get_evidence",
            "An evidence reference.",
            evidence::get_evidence,
        )
        .gives::<evidence::EvidenceView>(200),
        Route::new(
            Patch,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}",
            "edit_evidence",
            "Describes an item anew; facts stay.",
            evidence::edit_evidence,
        )
        .takes::<input::EvidencePatch>()
        .gives::<evidence::EvidenceView>(200)
        .guarded(),
        Route::new(
            Put,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/audience",
            "set_evidence_audience",
            "Sets to whom an item is shown; only its originator widens.",
            evidence::set_evidence_audience,
        )
        .takes::<input::AudienceInput>()
        .gives::<evidence::EvidenceView>(200)
        .guarded(),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/verify",
            "verify_evidence",
            "Holds a digest against the recorded one; a difference leaves a flag.",
            evidence::verify_evidence,
        )
        .takes::<input::VerificationInput>()
        .gives::<evidence::VerificationView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/disposition",
            "dispose_evidence",
            "Settles what becomes of an item, for good.",
            evidence::dispose_evidence,
        )
        .takes::<input::DispositionInput>()
        .gives::<evidence::EvidenceView>(200),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/custody",
            "get_custody",
            "The line of custody of an item.",
            evidence::get_custody,
        )
        .gives::<evidence::CustodyLine>(200),
    ]
}

fn transfers() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers",
            "list_transfers",
            "The transfers of an item.",
            evidence::list_transfers,
        )
        .queried::<PageParams>()
        .gives::<evidence::TransferList>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers",
            "offer_transfer",
            "Offers an item to another agency, which is shown it.",
            evidence::offer_transfer,
        )
        .takes::<input::TransferInput>()
        .gives::<evidence::TransferView>(201),
        Route::new(
            Get,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers/{transfer_id}",
            "get_transfer",
            "A transfer of an item.",
            evidence::get_transfer,
        )
        .gives::<evidence::TransferView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers/{transfer_id}/accept",
            "accept_transfer",
            "Takes an offered item over; differences leave flags.",
            evidence::accept_transfer,
        )
        .may_take::<input::AcceptanceInput>()
        .gives::<evidence::TransferView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers/{transfer_id}/refuse",
            "refuse_transfer",
            "Refuses an offered item, with a reason.",
            evidence::refuse_transfer,
        )
        .takes::<input::TransferReason>()
        .gives::<evidence::TransferView>(200),
        Route::new(
            Post,
            "/api/v1/cases/{case_id}/evidence/{evidence_id}/transfers/{transfer_id}/cancel",
            "cancel_transfer",
            "Takes an offer back, with a reason.",
            evidence::cancel_transfer,
        )
        .takes::<input::TransferReason>()
        .gives::<evidence::TransferView>(200),
    ]
}
