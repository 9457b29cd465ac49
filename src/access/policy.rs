//! The policy: pure, and exhaustive over every action.
//!
//! The expected answers stand in a table written by hand in `tests/`, not derived from this file.

use crate::access::{
    Act, Action, Caller, CaseFacts, CountryFacts, EvidenceFacts, Facts, Machine, MemberRole,
    MemberStatus, MessageFacts, Officer, Permit, Provisioner, RequestFacts, Role,
};
use crate::agency::AgencyKind;
use crate::error::{Error, Result};
use crate::machine_scope::MachineScope;

/// What the policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go ahead.
    Allow,
    /// The caller sees the thing and may not do this: 403.
    Forbid,
    /// For this caller the thing does not exist: 404.
    Hide,
}

impl Verdict {
    fn allow_if(allowed: bool) -> Self {
        if allowed { Self::Allow } else { Self::Forbid }
    }

    fn show_if(shown: bool) -> Self {
        if shown { Self::Allow } else { Self::Hide }
    }
}

/// A permit for `A` on these facts, or the error that the caller is answered.
///
/// # Errors
/// Not found where the thing is hidden or missing, forbidden where it is seen.
pub(crate) fn grant<A: Act>(caller: &Caller, facts: &Facts) -> Result<Permit<A>> {
    match (judge(caller, A::ACTION, facts), facts.resource()) {
        (Verdict::Allow, Some(resource)) => Ok(Permit::new(resource)),
        (Verdict::Forbid, _) => Err(Error::forbidden("Your role in this does not allow it.")),
        (Verdict::Hide | Verdict::Allow, _) => Err(Error::not_found()),
    }
}

/// Whether `caller` may do `action` where `facts` hold.
#[must_use]
pub fn judge(caller: &Caller, action: Action, facts: &Facts) -> Verdict {
    match caller {
        Caller::Officer(officer) => {
            match (judge_officer(officer, action, facts), officer.machine) {
                (Verdict::Allow, Some(machine)) => Verdict::allow_if(machine_may(machine, action)),
                (verdict, _) => verdict,
            }
        }
        Caller::Provisioner(provisioner) => judge_provisioner(*provisioner, action, facts),
        Caller::Command(_) => Verdict::allow_if(matches!(
            action,
            Action::CreateSystemAdmin
                | Action::ResetSystemAdmin
                | Action::SettleRecovery
                | Action::ImportCase
                | Action::RaiseAlerts
                | Action::RecheckSession
        )),
        Caller::Nobody => Verdict::allow_if(action == Action::SignIn),
    }
}

/// What a machine may do where an officer of its roles may: what is not on this list is for people. A machine decides
/// nothing for a country, lets nobody in, keeps no account, and reads nothing of its agency's own affairs.
fn machine_may(machine: Machine, action: Action) -> bool {
    match action {
        Action::FollowFeed => machine.scopes.has(MachineScope::FeedRead),
        Action::ReadAgencies
        | Action::ReadCountries
        | Action::ListCases
        | Action::CreateCase
        | Action::ReadCase
        | Action::StateReason
        | Action::ReadMembers
        | Action::ReadAssignments
        | Action::ReadPlan
        | Action::ReadIdentifiers
        | Action::ReadRoute
        | Action::ReadRequests
        | Action::ReadEvidence
        | Action::ReadMessages
        | Action::ReadStateReports
        | Action::ReadCaseJournal
        | Action::EditCase
        | Action::ChangeCaseState
        | Action::InviteMember
        | Action::RemoveMember
        | Action::AnswerInvitation
        | Action::LeaveCase
        | Action::AssignOfficers
        | Action::PlanConsignments
        | Action::PlanMilestone
        | Action::ReportMilestone
        | Action::ConfirmMilestone
        | Action::DisputeMilestone
        | Action::WaiveMilestone
        | Action::SupersedeReport
        | Action::RegisterEvidence
        | Action::EditEvidence
        | Action::SetAudience
        | Action::VerifyEvidence
        | Action::OfferTransfer
        | Action::AnswerTransfer
        | Action::DisposeEvidence
        | Action::PlanLeg
        | Action::EditLeg
        | Action::MoveLeg
        | Action::ReportTravel
        | Action::DraftRequest
        | Action::PursueRequest
        | Action::HandleRequest
        | Action::KeepControl
        | Action::ReportControl
        | Action::ProposeHandover
        | Action::OfferHandover
        | Action::AnswerHandover
        | Action::SendMessage
        | Action::AcknowledgeMessage
        | Action::ConsentToPassingOn
        | Action::FileStateReport
        | Action::CorrectStateReport
        | Action::CheckIdentifier
        | Action::KeepWatches
        | Action::ReadHits
        | Action::AnswerAlerts => true,
        _ => false,
    }
}

/// An identity provider keeps the accounts that it brought in, and knows of nothing else.
fn judge_provisioner(provisioner: Provisioner, action: Action, facts: &Facts) -> Verdict {
    let own = match facts {
        Facts::OfAgency(Some(agency)) => *agency == provisioner.agency,
        Facts::Provisioned(Some(user)) => {
            (user.agency, user.provider) == (provisioner.agency, provisioner.provider)
        }
        Facts::Server => return Verdict::Forbid,
        _ => false,
    };
    if own { Verdict::allow_if(action == Action::Provision) } else { Verdict::Hide }
}

fn judge_officer(officer: &Officer, action: Action, facts: &Facts) -> Verdict {
    match facts {
        Facts::Server => Verdict::allow_if(on_server(officer, action)),
        Facts::Agency(None)
        | Facts::OfAgency(None)
        | Facts::User(None)
        | Facts::Provisioned(None)
        | Facts::Machine(None)
        | Facts::Country(None) => Verdict::Hide,
        Facts::Agency(Some(agency)) => {
            let own = agency.agency == officer.agency;
            let system_admin = officer.is(Role::SystemAdmin);
            Verdict::allow_if(match action {
                Action::ReadAgencies => true,
                Action::EditAgency | Action::MarkAuthority => system_admin,
                Action::EditContactPoint => system_admin || (own && officer.is(Role::AgencyAdmin)),
                Action::ConfirmAuthority => {
                    officer.is(Role::LiaisonOfficer) && !own && agency.peer_authority
                }
                Action::CreateFirstAdmin => {
                    system_admin && !agency.has_admin && agency.kind != AgencyKind::Operator
                }
                // Where there were admins before, somebody of the agency has to confirm the next.
                Action::RecoverAdmin => {
                    system_admin && agency.has_admin && agency.kind != AgencyKind::Operator
                }
                _ => false,
            })
        }
        // Another agency's own affairs are nobody's to know of.
        Facts::OfAgency(Some(agency)) if *agency != officer.agency => Verdict::Hide,
        Facts::OfAgency(Some(_)) => Verdict::allow_if(on_own_agency(officer, action)),
        Facts::User(Some(user)) => {
            if matches!(action, Action::SignIn | Action::KeepFactors | Action::KeepLinks) {
                return Verdict::show_if(user.user == officer.user);
            }
            if user.agency != officer.agency {
                return Verdict::Hide;
            }
            let admin = officer.is(Role::AgencyAdmin) || officer.is(Role::SystemAdmin);
            if matches!(action, Action::OverseeSessions | Action::OverseeLinks) {
                // Where and when a colleague works, and who he or she is at home, is there for the admin alone.
                return Verdict::show_if(admin);
            }
            Verdict::allow_if(match action {
                Action::ReadUsers => true,
                Action::EditUser
                | Action::DeactivateUser
                | Action::ResetFactors
                | Action::InviteAgain => admin && user.user != officer.user,
                Action::ConfirmUser => officer.speaks_for_agency() && user.user != officer.user,
                _ => false,
            })
        }
        // What a provider does with its accounts, no officer does.
        Facts::Provisioned(Some(user)) if user.agency != officer.agency => Verdict::Hide,
        Facts::Provisioned(Some(_)) => Verdict::Forbid,
        Facts::Machine(Some(machine)) if machine.agency != officer.agency => Verdict::Hide,
        Facts::Machine(Some(machine)) => Verdict::allow_if(match action {
            Action::ReadMachines => true,
            Action::KeepMachines => officer.is(Role::AgencyAdmin),
            // Nobody confirms what he or she made or changed in another role.
            Action::ConfirmMachine => officer.speaks_for_agency() && !machine.own_doing,
            Action::StopMachine => officer.is(Role::AgencyAdmin) || officer.speaks_for_agency(),
            _ => false,
        }),
        Facts::Country(Some(profile)) => Verdict::allow_if(match action {
            Action::ReadCountries => true,
            Action::KeepCountry => keeps(officer, *profile),
            _ => false,
        }),
        Facts::Case(_)
        | Facts::Owned(_)
        | Facts::Evidence(_)
        | Facts::Request(_)
        | Facts::Message(_) => {
            let Some(case) = facts.case() else { return Verdict::Hide };
            on_case(officer, action, case, facts)
        }
    }
}

/// A country's own agencies keep its profile; the operator may put a first version there.
fn keeps(officer: &Officer, profile: CountryFacts) -> bool {
    let of_the_country = officer.country == Some(profile.country)
        && (officer.is(Role::LiaisonOfficer) || officer.is(Role::Authority));
    of_the_country || (officer.is(Role::SystemAdmin) && !profile.confirmed)
}

fn on_own_agency(officer: &Officer, action: Action) -> bool {
    match action {
        Action::ReadProviders => {
            officer.speaks_for_agency()
                || officer.roles.has_any(&[Role::Auditor, Role::AgencyAdmin])
        }
        Action::KeepProviders | Action::KeepProvisioning => officer.is(Role::AgencyAdmin),
        Action::ConfirmProvider | Action::ConfirmProvisioning => officer.speaks_for_agency(),
        Action::StopProvisioning => officer.is(Role::AgencyAdmin) || officer.speaks_for_agency(),
        _ => false,
    }
}

fn on_server(officer: &Officer, action: Action) -> bool {
    match action {
        Action::ReadAgencies
        | Action::ReadCountries
        | Action::ReadUsers
        | Action::ReadMachines
        | Action::ListCases => true,
        Action::KeepMachines => officer.is(Role::AgencyAdmin),
        Action::CheckIdentifier | Action::KeepWatches | Action::ReadHits => {
            officer.speaks_for_agency() || officer.is(Role::CaseOfficer)
        }
        Action::AnswerAlerts => officer.roles.is_operational(),
        Action::FollowFeed => officer.roles.is_operational() || officer.is(Role::Auditor),
        Action::CreateAgency => officer.is(Role::SystemAdmin),
        Action::CreateUser => officer.is(Role::AgencyAdmin) || officer.is(Role::SystemAdmin),
        Action::CreateCase => officer.speaks_for_agency(),
        Action::ReadAgencyJournal => {
            officer.speaks_for_agency()
                || officer.roles.has_any(&[Role::Auditor, Role::AgencyAdmin, Role::SystemAdmin])
        }
        _ => false,
    }
}

/// What of a case an action is about: whoever may not read that part gets the answer of a missing case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Header,
    Members,
    Plan,
    Identifiers,
    Route,
    Requests,
    Evidence,
    Messages,
    Journal,
}

/// Exhaustive: a new action is not judged before somebody has said here what it is about.
#[expect(clippy::too_many_lines, reason = "a line for every action is what makes it exhaustive")]
fn part(action: Action) -> Part {
    match action {
        Action::ReadMembers | Action::ReadAssignments | Action::AssignOfficers => Part::Members,
        Action::ReadPlan
        | Action::PlanConsignments
        | Action::PlanMilestone
        | Action::ReportMilestone
        | Action::ConfirmMilestone
        | Action::DisputeMilestone
        | Action::WaiveMilestone
        | Action::SupersedeReport
        | Action::PlanLeg
        | Action::EditLeg
        | Action::MoveLeg
        | Action::ReportTravel
        | Action::KeepControl
        | Action::ReportControl
        | Action::ProposeHandover
        | Action::OfferHandover
        | Action::AnswerHandover
        | Action::ReadStateReports
        | Action::FileStateReport
        | Action::CorrectStateReport => Part::Plan,
        Action::ReadRoute => Part::Route,
        Action::ReadRequests
        | Action::DraftRequest
        | Action::PursueRequest
        | Action::HandleRequest
        | Action::DecideRequest
        | Action::RecordOralGrant => Part::Requests,
        Action::ReadMessages
        | Action::SendMessage
        | Action::AcknowledgeMessage
        | Action::ConsentToPassingOn => Part::Messages,
        Action::ReadIdentifiers => Part::Identifiers,
        Action::ReadEvidence
        | Action::RegisterEvidence
        | Action::EditEvidence
        | Action::SetAudience
        | Action::VerifyEvidence
        | Action::OfferTransfer
        | Action::AnswerTransfer
        | Action::DisposeEvidence => Part::Evidence,
        Action::ReadCaseJournal => Part::Journal,
        Action::ReadCase
        | Action::StateReason
        | Action::EditCase
        | Action::ChangeCaseState
        | Action::InviteMember
        | Action::RemoveMember
        | Action::AnswerInvitation
        | Action::LeaveCase
        // None of these is about a case; whoever asks for one there is refused.
        | Action::CreateSystemAdmin
        | Action::RaiseAlerts
        | Action::ImportCase
        | Action::SignIn
        | Action::KeepFactors
        | Action::ResetFactors
        | Action::InviteAgain
        | Action::OverseeSessions
        | Action::KeepLinks
        | Action::OverseeLinks
        | Action::ReadAgencies
        | Action::CreateAgency
        | Action::EditAgency
        | Action::EditContactPoint
        | Action::MarkAuthority
        | Action::ConfirmAuthority
        | Action::ReadUsers
        | Action::CreateUser
        | Action::CreateFirstAdmin
        | Action::RecoverAdmin
        | Action::SettleRecovery
        | Action::ResetSystemAdmin
        | Action::EditUser
        | Action::ConfirmUser
        | Action::DeactivateUser
        | Action::ReadProviders
        | Action::KeepProviders
        | Action::ConfirmProvider
        | Action::KeepProvisioning
        | Action::ConfirmProvisioning
        | Action::StopProvisioning
        | Action::Provision
        | Action::ReadMachines
        | Action::KeepMachines
        | Action::ConfirmMachine
        | Action::StopMachine
        | Action::RecheckSession
        | Action::ReadAgencyJournal
        | Action::CreateCase
        | Action::ListCases
        | Action::ReadCountries
        | Action::KeepCountry
        | Action::CheckIdentifier
        | Action::KeepWatches
        | Action::ReadHits
        | Action::AnswerAlerts
        | Action::FollowFeed => Part::Header,
    }
}

/// The officer's sight of a case, by the agency's membership and the officer's own role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    None,
    Invited,
    Member(MemberRole),
}

fn sight(officer: &Officer, case: &CaseFacts) -> Sight {
    let Some(membership) = case.membership else { return Sight::None };
    match membership.status {
        MemberStatus::Invited if officer.speaks_for_agency() => Sight::Invited,
        MemberStatus::Accepted if sees_accepted(officer, case, membership.role) => {
            Sight::Member(membership.role)
        }
        _ => Sight::None,
    }
}

fn sees_accepted(officer: &Officer, case: &CaseFacts, role: MemberRole) -> bool {
    if case.restricted && !case.assigned {
        return false;
    }
    officer.speaks_for_agency()
        || officer.is(Role::Auditor)
        || (officer.is(Role::Authority) && asked_to_authorise(case, role))
        || (officer.roles.is_operational() && case.assigned)
}

/// Whether the agency takes part to decide, or has something to decide.
fn asked_to_authorise(case: &CaseFacts, role: MemberRole) -> bool {
    role == MemberRole::Authority || case.requested
}

fn reads(officer: &Officer, sight: Sight, part: Part) -> bool {
    let role = match sight {
        Sight::None => return false,
        Sight::Invited => return part == Part::Header,
        Sight::Member(role) => role,
    };
    if officer.is(Role::Auditor) {
        return matches!(part, Part::Header | Part::Journal);
    }
    agency_reads(role, part)
}

/// Which parts of a case an agency's officers may read at all: what a reader of the journal, an auditor too, is shown
/// entries about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Consignments and milestones.
    pub plan: bool,
    /// Identifiers.
    pub identifiers: bool,
}

/// The reach of the caller's agency in a case.
#[must_use]
pub fn reach(case: &CaseFacts) -> Reach {
    let role = case.membership.map(|membership| membership.role);
    let reads = |part| role.is_some_and(|role| agency_reads(role, part));
    Reach { plan: reads(Part::Plan), identifiers: reads(Part::Identifiers) }
}

fn agency_reads(role: MemberRole, part: Part) -> bool {
    match part {
        Part::Header
        | Part::Members
        | Part::Route
        | Part::Requests
        | Part::Evidence
        | Part::Messages
        | Part::Journal => true,
        Part::Plan => role != MemberRole::Authority,
        Part::Identifiers => !matches!(role, MemberRole::Authority | MemberRole::Observer),
    }
}

fn on_case(officer: &Officer, action: Action, case: &CaseFacts, facts: &Facts) -> Verdict {
    let sight = sight(officer, case);
    if !reads(officer, sight, part(action)) {
        return Verdict::Hide;
    }
    if !shown(sight, facts) {
        return Verdict::Hide;
    }
    let own = match facts {
        Facts::Owned(Some(owned)) => owned.own,
        _ => false,
    };
    Verdict::allow_if(match sight {
        Sight::None => false,
        Sight::Invited => may_invited(action),
        Sight::Member(role) => match facts {
            Facts::Evidence(Some(evidence)) => {
                may_with_evidence(&Seat::of(officer, role, case), action, evidence)
            }
            Facts::Request(Some(request)) => {
                may_with_request(&Seat::of(officer, role, case), action, request)
            }
            Facts::Message(Some(message)) => {
                may_with_message(&Seat::of(officer, role, case), action, message)
            }
            _ => may(&Seat::of(officer, role, case), action, own),
        },
    })
}

/// Of what is in a part of the case that the officer may read, not everything is shown to everybody.
fn shown(sight: Sight, facts: &Facts) -> bool {
    match facts {
        Facts::Evidence(Some(evidence)) => shows(evidence),
        // Who only decides is shown what asks the own country.
        Facts::Request(Some(request)) => {
            sight != Sight::Member(MemberRole::Authority) || request.own_country
        }
        Facts::Message(Some(message)) => message.sender || message.receiver,
        _ => true,
    }
}

/// An item is shown to its audience, to whoever registered or holds it, and to whom it is being offered.
fn shows(evidence: &EvidenceFacts) -> bool {
    evidence.in_audience || evidence.originator || evidence.custodian || evidence.receiver
}

fn may_invited(action: Action) -> bool {
    matches!(action, Action::ReadCase | Action::StateReason | Action::AnswerInvitation)
}

/// One officer's seat at a case: the columns of the table of rights.
#[derive(Debug)]
struct Seat {
    role: MemberRole,
    /// Liaison officer, or coordinator for a regional centre.
    speaks: bool,
    /// Case officer who is assigned. Whoever sees the case for another reason does not work on it.
    works: bool,
    /// Authority of an agency that takes part to decide, or was asked to.
    authority: bool,
}

impl Seat {
    fn of(officer: &Officer, role: MemberRole, case: &CaseFacts) -> Self {
        Self {
            role,
            speaks: officer.speaks_for_agency(),
            works: officer.is(Role::CaseOfficer) && case.assigned,
            authority: officer.is(Role::Authority) && asked_to_authorise(case, role),
        }
    }

    fn lead(&self) -> bool {
        self.role == MemberRole::Lead
    }

    /// A lead or partner, who act on the route.
    fn acts(&self) -> bool {
        matches!(self.role, MemberRole::Lead | MemberRole::Partner)
    }

    fn mediates(&self) -> bool {
        self.role == MemberRole::Coordinator && self.speaks
    }

    /// An authority of an agency that takes part to decide, or acts on the route and was asked to decide.
    fn decides(&self) -> bool {
        matches!(self.role, MemberRole::Authority | MemberRole::Partner) && self.authority
    }

    fn speaks_or_works(&self) -> bool {
        self.speaks || self.works
    }

    /// Whether the officer asks States for authorisation.
    fn requests(&self) -> bool {
        (self.lead() && self.speaks_or_works()) || (self.role == MemberRole::Partner && self.speaks)
    }
}

fn may(seat: &Seat, action: Action, own: bool) -> bool {
    match action {
        Action::ReadCase
        | Action::StateReason
        | Action::ReadMembers
        | Action::ReadAssignments
        | Action::ReadPlan
        | Action::ReadIdentifiers
        | Action::ReadRoute
        | Action::ReadRequests
        | Action::ReadEvidence
        | Action::ReadMessages
        | Action::ReadStateReports
        | Action::ReadCaseJournal => true,
        Action::EditCase | Action::InviteMember | Action::RemoveMember => {
            seat.lead() && seat.speaks
        }
        Action::LeaveCase | Action::AssignOfficers | Action::AnswerInvitation => seat.speaks,
        // Which moves each of these may make is for the state table.
        Action::ChangeCaseState => {
            (seat.acts() && seat.speaks_or_works()) || seat.mediates() || seat.decides()
        }
        Action::PlanConsignments
        | Action::PlanMilestone
        | Action::ReportMilestone
        | Action::ConfirmMilestone
        | Action::PlanLeg
        | Action::ReportTravel
        | Action::KeepControl
        | Action::ReportControl
        | Action::ProposeHandover => seat.acts() && seat.speaks_or_works(),
        Action::DisputeMilestone | Action::RegisterEvidence => {
            (seat.acts() && seat.speaks_or_works()) || seat.mediates()
        }
        Action::WaiveMilestone | Action::SupersedeReport | Action::EditLeg | Action::MoveLeg => {
            seat.acts() && seat.speaks_or_works() && (seat.lead() || own)
        }
        // Each side answers for itself, the lead too.
        Action::OfferHandover | Action::AnswerHandover => {
            seat.acts() && seat.speaks_or_works() && own
        }
        Action::DraftRequest => seat.requests(),
        Action::SendMessage => {
            (seat.acts() && seat.speaks_or_works())
                || seat.mediates()
                || (seat.role == MemberRole::Authority && seat.speaks)
        }
        Action::FileStateReport => (seat.acts() && seat.speaks) || seat.mediates(),
        Action::CorrectStateReport => own && may(seat, Action::FileStateReport, own),
        // Everything else is judged with facts of its own, or is not about a case.
        _ => false,
    }
}

/// Requests are decided by the agency that they are addressed to, whether it takes part for more than that or not.
fn may_with_request(seat: &Seat, action: Action, request: &RequestFacts) -> bool {
    let addressed =
        request.addressed && matches!(seat.role, MemberRole::Partner | MemberRole::Authority);
    match action {
        Action::PursueRequest => seat.requests() && request.requesting,
        Action::HandleRequest => addressed && seat.speaks,
        Action::DecideRequest => addressed && seat.authority,
        Action::RecordOralGrant => addressed && (seat.authority || seat.speaks),
        other => may(seat, other, false),
    }
}

fn may_with_message(seat: &Seat, action: Action, message: &MessageFacts) -> bool {
    match action {
        Action::AcknowledgeMessage => message.receiver && may(seat, Action::SendMessage, false),
        Action::ConsentToPassingOn => message.sender && may(seat, Action::SendMessage, false),
        other => may(seat, other, false),
    }
}

fn may_with_evidence(seat: &Seat, action: Action, evidence: &EvidenceFacts) -> bool {
    let handles = (seat.acts() && seat.speaks_or_works()) || seat.mediates();
    let answers_for = evidence.originator || evidence.custodian;
    match action {
        // What of it a custodian who is not the originator may change is for the rules of evidence.
        Action::EditEvidence | Action::SetAudience | Action::DisposeEvidence => {
            handles && answers_for
        }
        Action::VerifyEvidence => handles,
        Action::OfferTransfer => handles && evidence.custodian,
        Action::AnswerTransfer => handles && evidence.receiver,
        other => may(seat, other, false),
    }
}
