//! Every route of a case, asked by every role of an agency in every relation to the case, over HTTP.
//!
//! Routes with a body are asked with a body of the wrong type: whoever gets as far as that may do it, and nothing changes.

use std::sync::Arc;

use passage::access::{Action, MemberRole, MemberStatus, Role, Verdict};
use passage::agency::AgencyKind;
use passage::http::{Method, Route};
use passage::routes;
use serde_json::Value;

use super::expected::expected;
use super::world::{Question, Relation, Thing};
use crate::harness::{Actor, Case, Estate, House, World, both};

/// Which action each route of a case is about. A route that is not here fails the test.
const ACTIONS: &[(&str, Action)] = &[
    ("get_case", Action::ReadCase),
    ("edit_case", Action::EditCase),
    ("change_case_state", Action::ChangeCaseState),
    ("create_consultation", Action::StateReason),
    ("list_members", Action::ReadMembers),
    ("get_member", Action::ReadMembers),
    ("invite_member", Action::InviteMember),
    ("accept_membership", Action::AnswerInvitation),
    ("decline_membership", Action::AnswerInvitation),
    ("leave_case", Action::LeaveCase),
    ("remove_member", Action::RemoveMember),
    ("list_assignments", Action::ReadAssignments),
    ("get_assignment", Action::ReadAssignments),
    ("create_assignment", Action::AssignOfficers),
    ("delete_assignment", Action::AssignOfficers),
    ("list_consignments", Action::ReadPlan),
    ("get_consignment", Action::ReadPlan),
    ("create_consignment", Action::PlanConsignments),
    ("edit_consignment", Action::PlanConsignments),
    ("create_identifier", Action::PlanConsignments),
    ("get_identifier", Action::ReadIdentifiers),
    ("list_case_journal", Action::ReadCaseJournal),
    ("list_milestones", Action::ReadPlan),
    ("get_milestone", Action::ReadPlan),
    // Planned, or reported at once: by the same people.
    ("post_milestone", Action::PlanMilestone),
    ("list_milestone_reports", Action::ReadPlan),
    ("report_milestone", Action::ReportMilestone),
    ("confirm_milestone", Action::ConfirmMilestone),
    ("dispute_milestone", Action::DisputeMilestone),
    ("waive_milestone", Action::WaiveMilestone),
    ("supersede_report", Action::SupersedeReport),
    ("list_evidence", Action::ReadEvidence),
    ("get_evidence", Action::ReadEvidence),
    ("create_evidence", Action::RegisterEvidence),
    ("edit_evidence", Action::EditEvidence),
    ("set_evidence_audience", Action::SetAudience),
    ("verify_evidence", Action::VerifyEvidence),
    ("list_transfers", Action::ReadEvidence),
    ("get_transfer", Action::ReadEvidence),
    ("offer_transfer", Action::OfferTransfer),
    ("accept_transfer", Action::AnswerTransfer),
    ("refuse_transfer", Action::AnswerTransfer),
    ("cancel_transfer", Action::OfferTransfer),
    ("get_custody", Action::ReadEvidence),
    ("dispose_evidence", Action::DisposeEvidence),
    ("list_messages", Action::ReadMessages),
    ("get_message", Action::ReadMessages),
    ("create_message", Action::SendMessage),
    ("acknowledge_message", Action::AcknowledgeMessage),
    ("create_consent", Action::ConsentToPassingOn),
    ("list_state_reports", Action::ReadStateReports),
    ("get_state_report", Action::ReadStateReports),
    ("create_state_report", Action::FileStateReport),
    ("change_state_report", Action::CorrectStateReport),
    ("list_legs", Action::ReadRoute),
    ("get_leg", Action::ReadRoute),
    ("create_leg", Action::PlanLeg),
    ("edit_leg", Action::EditLeg),
    ("delete_leg", Action::EditLeg),
    ("list_leg_plans", Action::ReadRoute),
    ("start_leg", Action::MoveLeg),
    ("complete_leg", Action::MoveLeg),
    ("divert_leg", Action::ReportTravel),
    ("resume_leg", Action::MoveLeg),
    ("report_crossing", Action::ReportTravel),
    ("list_crossings", Action::ReadRoute),
    ("list_diversions", Action::ReadRoute),
    ("get_crossing", Action::ReadRoute),
    ("get_case_readiness", Action::ReadPlan),
    ("get_route_check", Action::ReadPlan),
    ("get_control", Action::ReadPlan),
    ("take_control", Action::KeepControl),
    ("end_control", Action::KeepControl),
    ("report_loss", Action::ReportControl),
    ("report_recovery", Action::ReportControl),
    ("get_balance", Action::ReadPlan),
    ("report_quantity", Action::ReportControl),
    ("report_takeover", Action::ReportControl),
    ("list_handovers", Action::ReadPlan),
    ("get_handover", Action::ReadPlan),
    ("create_handover", Action::ProposeHandover),
    ("agree_handover", Action::AnswerHandover),
    ("accept_handover", Action::AnswerHandover),
    ("refuse_handover", Action::AnswerHandover),
    ("offer_handover", Action::OfferHandover),
    ("cancel_handover", Action::OfferHandover),
    ("list_authorisations", Action::ReadRequests),
    ("get_authorisation", Action::ReadRequests),
    ("get_dossier", Action::ReadRequests),
    ("list_grants", Action::ReadRequests),
    ("list_questions", Action::ReadRequests),
    ("create_authorisation", Action::DraftRequest),
    ("edit_authorisation", Action::PursueRequest),
    ("submit_authorisation", Action::PursueRequest),
    ("withdraw_authorisation", Action::PursueRequest),
    ("answer_question", Action::PursueRequest),
    ("acknowledge_authorisation", Action::HandleRequest),
    ("request_information", Action::HandleRequest),
    ("grant_orally", Action::RecordOralGrant),
    ("grant_authorisation", Action::DecideRequest),
    ("confirm_grant", Action::DecideRequest),
    ("extend_grant", Action::DecideRequest),
    ("refuse_authorisation", Action::DecideRequest),
    ("revoke_grant", Action::DecideRequest),
];

/// Who is what to the case.
const HOUSES: [(House, Relation); 10] = [
    (House::Kg, Relation::Member(MemberRole::Lead)),
    (House::Kz, Relation::Member(MemberRole::Partner)),
    (House::KzProsecutor, Relation::Member(MemberRole::Authority)),
    (House::Centre, Relation::Member(MemberRole::Coordinator)),
    (House::Az, Relation::Member(MemberRole::Observer)),
    (House::Uz, Relation::Invited(MemberRole::Partner)),
    (House::Tj, Relation::Former(MemberStatus::Declined)),
    (House::Tm, Relation::Former(MemberStatus::Left)),
    (House::Ge, Relation::Former(MemberStatus::Removed)),
    (House::Ru, Relation::Stranger),
];

/// Somebody who asks.
struct Asker {
    actor: Actor,
    house: House,
    relation: Relation,
    role: Role,
    assigned: bool,
}

/// Brings every agency into its relation to the case, each with an officer of every role.
fn askers(world: &World, estate: &Estate) -> Vec<Asker> {
    let mut askers = Vec::new();
    for (house, relation) in HOUSES {
        let speaker = world.speaker(house);
        come(estate, &speaker, relation);
        let takes_part = matches!(
            relation,
            Relation::Member(_) | Relation::Former(MemberStatus::Left | MemberStatus::Removed)
        );
        let kind_roles: &[Role] = if house.is_regional() {
            &[Role::CaseOfficer, Role::Auditor, Role::AgencyAdmin]
        } else {
            &[Role::CaseOfficer, Role::Authority, Role::Auditor, Role::AgencyAdmin]
        };
        for role in kind_roles {
            let actor = world.officer(house, *role);
            askers.push(Asker { actor, house, relation, role: *role, assigned: false });
        }
        if takes_part {
            let actor = world.another_officer(house, Role::CaseOfficer);
            speaker.assigns(&estate.case, &actor);
            let role = Role::CaseOfficer;
            askers.push(Asker { actor, house, relation, role, assigned: true });
        }
        // Whoever accepts or opens a case is assigned.
        let role = house.speaker();
        askers.push(Asker { actor: speaker.clone(), house, relation, role, assigned: takes_part });
        go(&estate.lead, &estate.case, &speaker, relation);
    }
    askers
}

fn come(estate: &Estate, speaker: &Actor, relation: Relation) {
    let (lead, case) = (&estate.lead, &estate.case);
    let role = match relation {
        Relation::Member(MemberRole::Lead | MemberRole::Partner) | Relation::Stranger => return,
        Relation::Member(MemberRole::Authority) => "authority",
        Relation::Member(MemberRole::Coordinator) => "coordinator",
        Relation::Member(MemberRole::Observer) => "observer",
        Relation::Invited(_) | Relation::Former(_) => "partner",
    };
    lead.invites(case, speaker, role);
    match relation {
        Relation::Invited(_) => {}
        Relation::Former(MemberStatus::Declined) => drop(speaker.declines(case)),
        _ => drop(speaker.accepts(case)),
    }
}

fn go(lead: &Actor, case: &Case, speaker: &Actor, relation: Relation) {
    match relation {
        Relation::Former(MemberStatus::Left) => drop(speaker.leaves(case)),
        Relation::Former(MemberStatus::Removed) => drop(lead.removes(case, speaker)),
        _ => {}
    }
}

fn routes_of_a_case() -> Vec<Route> {
    let all = routes::routes(&Arc::new(routes::contract()));
    all.into_iter().filter(|route| route.path.starts_with("/api/v1/cases/{case_id}")).collect()
}

fn action_of(route: &Route) -> Action {
    let found = ACTIONS.iter().find(|(name, _)| *name == route.operation);
    found.unwrap_or_else(|| panic!("say which action {} is about", route.operation)).1
}

/// What the thing in the path is to the asker's agency: all are the lead's; the evidence is shown and being offered to
/// the partner, the message was sent to it, and the request goes to the prosecutor of its country.
fn thing(action: Action, route: &Route, house: House, relation: Relation) -> Thing {
    let lead = relation == Relation::Member(MemberRole::Lead);
    let partner = relation == Relation::Member(MemberRole::Partner);
    if route.operation == "cancel_handover" {
        return Thing::Owned { own: lead || partner };
    }
    match action {
        Action::WaiveMilestone
        | Action::SupersedeReport
        | Action::CorrectStateReport
        | Action::EditLeg
        | Action::MoveLeg
        | Action::OfferHandover => Thing::Owned { own: lead },
        // The lead gives and the partner takes.
        Action::AnswerHandover => Thing::Owned { own: partner },
        _ if route.path.contains("{authorisation_id}") => Thing::Request {
            requesting: lead,
            addressed: house == House::KzProsecutor,
            own_country: house.country() == Some("KZ"),
        },
        _ if route.path.contains("{message_id}") => {
            Thing::Message { sender: lead, receiver: partner }
        }
        _ if route.path.contains("{evidence_id}") => Thing::Evidence {
            audience: partner,
            originator: lead,
            custodian: lead,
            receiver: partner,
        },
        _ => Thing::Case,
    }
}

fn question(asker: &Asker, action: Action, route: &Route, restricted: bool) -> Question {
    Question {
        action,
        kind: if asker.house.is_regional() { AgencyKind::Regional } else { AgencyKind::National },
        roles: vec![asker.role],
        relation: asker.relation,
        assigned: asker.assigned,
        restricted,
        requested: false,
        thing: thing(action, route, asker.house, asker.relation),
    }
}

/// What the owner sees of the case: nothing of it may change.
fn look(estate: &Estate) -> Vec<Value> {
    let tails = ["", "/members", "/consignments"];
    let seen = tails.iter().map(|tail| estate.lead.get(estate.case.at(tail)).expect(200));
    seen.map(|reply| reply.json).collect()
}

fn method(route: &Route) -> &'static str {
    match route.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// Asks, and says what was wrong with the answer.
fn ask(estate: &Estate, asker: &Asker, route: &Route, restricted: bool) -> Option<String> {
    let action = action_of(route);
    let wanted = expected(&question(asker, action, route, restricted));
    let path = estate.path(route.path, |name| match (name, route.operation) {
        // Everybody answers and leaves for the own agency, and reads of the own agency's officers.
        ("agency_id", "accept_membership" | "decline_membership" | "leave_case") => {
            Some(asker.actor.agency.clone())
        }
        ("user_id", "get_assignment") if asker.house != House::Kg => Some(asker.actor.id.clone()),
        _ => None,
    });
    let acts_at_once = route.method != Method::Get && !route.takes_body();
    let status = match wanted {
        Verdict::Hide => 404,
        Verdict::Forbid => 403,
        // What would be done is told by other stories.
        Verdict::Allow if acts_at_once => return None,
        Verdict::Allow if route.method == Method::Get => 200,
        Verdict::Allow => 415,
    };
    let request = asker.actor.request(method(route), &path);
    let request = if route.takes_body() { request.body("text/plain", "x") } else { request };
    let reply = request.send();
    // An agency without an assigned officer has no assignment to read.
    let nothing_there =
        route.operation == "get_assignment" && wanted == Verdict::Allow && !asker.assigned;
    let fine = reply.status == status || (nothing_there && reply.status == 404);
    (!fine).then(|| {
        format!(
            "{} by {:?} (assigned: {}) of {:?}: {} instead of {status}",
            route.operation, asker.role, asker.assigned, asker.relation, reply.status
        )
    })
}

fn ask_everything(world: &World, restricted: bool) {
    let estate = Estate::new(world, House::Kg, House::Kz);
    let mut askers = askers(world, &estate);
    let request = format!("/authorisations/{}", estate.ids["authorisation_id"]);
    estate.lead.post(estate.case.at(format!("{request}/submit"))).expect(200);
    if restricted {
        let etag = estate.lead.get(&estate.case.path).expect(200).etag();
        let patch = serde_json::json!({"restricted": true});
        estate.lead.patch(&estate.case.path).if_match(etag).json(patch).expect(200);
    }
    let admin = world.system_admin();
    let (house, relation, role) = (House::Ru, Relation::Stranger, Role::SystemAdmin);
    askers.push(Asker { actor: admin, house, relation, role, assigned: false });
    let before = look(&estate);
    let (mut asked, mut wrong) = (0, Vec::new());
    for asker in &askers {
        for route in routes_of_a_case() {
            wrong.extend(ask(&estate, asker, &route, restricted));
            asked += 1;
        }
        assert_eq!(
            look(&estate),
            before,
            "{:?} of {:?} changed something",
            asker.role,
            asker.relation
        );
    }
    assert!(asked > 1000, "only {asked} questions");
    assert!(wrong.is_empty(), "{} wrong cells:\n{}", wrong.len(), wrong.join("\n"));
}

both! {
    /// A case like any other.
    fn every_route_by_everybody(world) {
        ask_everything(world, false);
    }

    /// A case that only assigned officers see.
    fn every_route_of_a_restricted_case_by_everybody(world) {
        ask_everything(world, true);
    }
}
