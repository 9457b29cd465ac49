//! The policy, asked every question there is.

use passage::access::{
    Action, AgencyFacts, Caller, CaseFacts, CountryFacts, Facts, Machine, MachineFacts, MemberRole,
    MemberStatus, Membership, ProvisionedFacts, Provisioner, RequestFacts, Role, UserFacts,
    Verdict, judge,
};
use passage::agency::AgencyKind;
use passage::country::Country;
use passage::ids::Id;
use passage::machine_scope::{MachineScope, MachineScopes};
use passage::text_enum::TextEnum;
use uuid::Uuid;

use super::expected::{case_actions, expected};
use super::world::{Question, officer, role_sets};

/// What the rules say, and which questions are concerned.
type Difference = (&'static str, fn(&Question) -> bool);

/// Where the policy is known to differ from the table, with what the rules say. The list only shrinks: an entry that no
/// longer differs fails the test.
const DIFFERENCES: &[Difference] = &[];

#[test]
fn every_question_about_a_case_is_answered_as_the_table_says() {
    let questions = Question::all(&case_actions());
    let mut wrong = Vec::new();
    let mut met = vec![false; DIFFERENCES.len()];
    for question in &questions {
        let (said, wanted) = (question.verdict(), expected(question));
        if said == wanted {
            continue;
        }
        match DIFFERENCES.iter().position(|(_, concerns)| concerns(question)) {
            Some(at) => met[at] = true,
            None => wrong.push(format!("{said:?} instead of {wanted:?}: {question:?}")),
        }
    }
    assert!(questions.len() > 20_000, "only {} questions", questions.len());
    assert!(wrong.is_empty(), "{} wrong cells, such as\n{}", wrong.len(), sample(&wrong));
    for (met, (name, _)) in met.iter().zip(DIFFERENCES) {
        assert!(met, "this difference is gone; take it off the list: {name}");
    }
}

fn sample(lines: &[String]) -> String {
    lines.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
}

#[test]
fn every_action_is_in_exactly_one_table() {
    let about_cases = case_actions();
    for action in Action::ALL {
        let elsewhere = ELSEWHERE.contains(&format!("{action:?}").as_str());
        let commands = COMMANDS.contains(action);
        let times = [about_cases.contains(action), elsewhere, commands];
        let times = times.iter().filter(|there| **there).count();
        assert_eq!(times, 1, "{action:?} stands in {times} tables");
    }
}

/// What only commands on the server's own machine, and the server itself, may do.
const COMMANDS: [Action; 6] = [
    Action::CreateSystemAdmin,
    Action::ResetSystemAdmin,
    Action::SettleRecovery,
    Action::ImportCase,
    Action::RaiseAlerts,
    Action::RecheckSession,
];

/// The actions that are about the server, an agency or a user.
const ELSEWHERE: &[&str] = &[
    "SignIn",
    "ReadAgencies",
    "CreateAgency",
    "EditAgency",
    "EditContactPoint",
    "MarkAuthority",
    "ConfirmAuthority",
    "ReadUsers",
    "CreateUser",
    "InviteAgain",
    "CreateFirstAdmin",
    "RecoverAdmin",
    "EditUser",
    "ConfirmUser",
    "DeactivateUser",
    "KeepFactors",
    "ResetFactors",
    "ReadProviders",
    "KeepProviders",
    "ConfirmProvider",
    "KeepProvisioning",
    "ConfirmProvisioning",
    "StopProvisioning",
    "Provision",
    "OverseeSessions",
    "KeepLinks",
    "OverseeLinks",
    "ReadMachines",
    "KeepMachines",
    "ConfirmMachine",
    "StopMachine",
    "ReadAgencyJournal",
    "CreateCase",
    "ListCases",
    "ReadCountries",
    "KeepCountry",
    "CheckIdentifier",
    "KeepWatches",
    "ReadHits",
    "AnswerAlerts",
    "FollowFeed",
];

/// What asks for no particular thing. LO liaison officer, CO case officer, AU authority, RC coordinator, AD auditor,
/// AA agency admin, SA system admin. Everybody else is forbidden.
const ON_SERVER: &[(Action, &str)] = &[
    (Action::ReadAgencies, "LO CO AU RC AD AA SA"),
    (Action::ReadUsers, "LO CO AU RC AD AA SA"),
    (Action::ListCases, "LO CO AU RC AD AA SA"),
    (Action::CreateAgency, "SA"),
    (Action::CreateUser, "AA SA"),
    (Action::ReadMachines, "LO CO AU RC AD AA SA"),
    (Action::KeepMachines, "AA"),
    (Action::CreateCase, "LO RC"),
    (Action::ReadAgencyJournal, "LO RC AD AA SA"),
    (Action::ReadCountries, "LO CO AU RC AD AA SA"),
    (Action::CheckIdentifier, "LO CO RC"),
    (Action::KeepWatches, "LO CO RC"),
    (Action::ReadHits, "LO CO RC"),
    (Action::AnswerAlerts, "LO CO AU RC"),
    (Action::FollowFeed, "LO CO AU RC AD"),
];

fn short(role: Role) -> &'static str {
    match role {
        Role::LiaisonOfficer => "LO",
        Role::CaseOfficer => "CO",
        Role::Authority => "AU",
        Role::Coordinator => "RC",
        Role::Auditor => "AD",
        Role::AgencyAdmin => "AA",
        Role::SystemAdmin => "SA",
    }
}

fn named(names: &str, roles: &[Role]) -> bool {
    roles.iter().any(|role| names.split(' ').any(|name| name == short(*role)))
}

/// Every caller there can be, with his or her roles.
fn callers() -> Vec<(AgencyKind, Vec<Role>, Caller)> {
    let kinds = AgencyKind::ALL.iter();
    kinds
        .flat_map(|kind| {
            role_sets(*kind).into_iter().map(|roles| {
                let caller = Caller::Officer(officer(*kind, &roles));
                (*kind, roles, caller)
            })
        })
        .collect()
}

#[test]
fn what_asks_for_no_particular_thing() {
    for (_, roles, caller) in callers() {
        for action in Action::ALL {
            let names =
                ON_SERVER.iter().find(|(listed, _)| listed == action).map(|(_, names)| names);
            let allowed = names.is_some_and(|names| named(names, &roles));
            let wanted = if allowed { Verdict::Allow } else { Verdict::Forbid };
            assert_eq!(judge(&caller, *action, &Facts::Server), wanted, "{action:?} by {roles:?}");
        }
    }
}

#[test]
fn agencies() {
    let own_id = officer(AgencyKind::National, &[Role::CaseOfficer]).agency;
    let other_id = Id::from_uuid(Uuid::from_u128(99));
    for (_, roles, caller) in callers() {
        for bits in 0..16_u8 {
            let bit = |at: u8| bits & (1 << at) != 0;
            for kind in AgencyKind::ALL {
                let own = bit(0);
                let facts = AgencyFacts {
                    agency: if own { own_id } else { other_id },
                    kind: *kind,
                    has_admin: bit(1),
                    peer_authority: bit(2),
                    country_has_authority: bit(3),
                };
                for action in Action::ALL {
                    let system_admin = named("SA", &roles);
                    let allowed = match action {
                        Action::ReadAgencies => true,
                        Action::EditAgency | Action::MarkAuthority => system_admin,
                        Action::EditContactPoint => system_admin || (own && named("AA", &roles)),
                        // Whoever already holds authority for the country, and never for the own agency.
                        Action::ConfirmAuthority => {
                            named("LO", &roles) && !own && facts.peer_authority
                        }
                        Action::CreateFirstAdmin => {
                            system_admin && !facts.has_admin && *kind != AgencyKind::Operator
                        }
                        // Whoever had admins before confirms the next.
                        Action::RecoverAdmin => {
                            system_admin && facts.has_admin && *kind != AgencyKind::Operator
                        }
                        _ => false,
                    };
                    let wanted = if allowed { Verdict::Allow } else { Verdict::Forbid };
                    let said = judge(&caller, *action, &Facts::Agency(Some(facts.clone())));
                    assert_eq!(said, wanted, "{action:?} by {roles:?} on {facts:?}");
                }
            }
        }
        for action in Action::ALL {
            assert_eq!(judge(&caller, *action, &Facts::Agency(None)), Verdict::Hide);
        }
    }
}

/// What an agency keeps for itself. Everybody else of the agency is forbidden, and to others it is not there.
const OF_AGENCY: &[(Action, &str)] = &[
    (Action::ReadProviders, "LO RC AD AA"),
    (Action::KeepProviders, "AA"),
    (Action::ConfirmProvider, "LO RC"),
    (Action::KeepProvisioning, "AA"),
    (Action::ConfirmProvisioning, "LO RC"),
    (Action::StopProvisioning, "LO RC AA"),
];

#[test]
fn what_an_agency_keeps_for_itself() {
    let own = officer(AgencyKind::National, &[Role::CaseOfficer]).agency;
    let other = Id::from_uuid(Uuid::from_u128(99));
    for (_, roles, caller) in callers() {
        for action in Action::ALL {
            let judge = |agency| judge(&caller, *action, &Facts::OfAgency(agency));
            let names =
                OF_AGENCY.iter().find(|(listed, _)| listed == action).map(|(_, names)| names);
            let allowed = names.is_some_and(|names| named(names, &roles));
            let wanted = if allowed { Verdict::Allow } else { Verdict::Forbid };
            assert_eq!(judge(Some(own)), wanted, "{action:?} by {roles:?}");
            assert_eq!(judge(Some(other)), Verdict::Hide, "{action:?} by {roles:?}");
            assert_eq!(judge(None), Verdict::Hide, "{action:?} by {roles:?}");
        }
    }
}

/// An identity provider keeps whom it brought in. It knows of nothing else, and no officer does that in its place.
#[test]
fn what_a_provider_does_with_its_accounts() {
    let own = officer(AgencyKind::National, &[Role::CaseOfficer]).agency;
    let (other, user) = (Id::from_uuid(Uuid::from_u128(99)), Id::from_uuid(Uuid::from_u128(98)));
    let (mine, foreign) = (Id::from_uuid(Uuid::from_u128(96)), Id::from_uuid(Uuid::from_u128(95)));
    let token = Id::from_uuid(Uuid::from_u128(94));
    let provider = Caller::Provisioner(Provisioner { token, agency: own, provider: mine });
    let of =
        |agency, provider| Facts::Provisioned(Some(ProvisionedFacts { user, agency, provider }));
    for action in Action::ALL {
        let wanted = if *action == Action::Provision { Verdict::Allow } else { Verdict::Forbid };
        assert_eq!(judge(&provider, *action, &of(own, mine)), wanted, "{action:?}");
        assert_eq!(judge(&provider, *action, &Facts::OfAgency(Some(own))), wanted, "{action:?}");
        assert_eq!(judge(&provider, *action, &Facts::Server), Verdict::Forbid, "{action:?}");
        let case = CaseFacts {
            case: Id::from_uuid(Uuid::from_u128(3)),
            membership: Some(Membership { role: MemberRole::Lead, status: MemberStatus::Accepted }),
            assigned: true,
            restricted: false,
            requested: true,
        };
        for hidden in [
            of(own, foreign),
            of(other, mine),
            Facts::Provisioned(None),
            Facts::OfAgency(Some(other)),
            Facts::OfAgency(None),
            Facts::User(Some(UserFacts { user, agency: own })),
            Facts::Machine(Some(MachineFacts { machine: user, agency: own, own_doing: false })),
            Facts::Case(Some(case)),
        ] {
            let said = judge(&provider, *action, &hidden);
            assert_eq!(said, Verdict::Hide, "{action:?} on {hidden:?}");
        }
        for (_, roles, caller) in callers() {
            let said = judge(&caller, *action, &of(own, mine));
            assert_eq!(said, Verdict::Forbid, "{action:?} by {roles:?}");
            let said = judge(&caller, *action, &of(other, mine));
            assert_eq!(said, Verdict::Hide, "{action:?} by {roles:?}");
            let said = judge(&caller, *action, &Facts::Provisioned(None));
            assert_eq!(said, Verdict::Hide, "{action:?} by {roles:?}");
        }
    }
}

#[test]
fn countries() {
    let (own, other): (Country, Country) = ("KG".parse().unwrap(), "KZ".parse().unwrap());
    for (kind, roles, _) in callers() {
        let mut officer = officer(kind, &roles);
        officer.country = (kind == AgencyKind::National).then_some(own);
        let caller = Caller::Officer(officer);
        for (country, confirmed) in [(own, false), (own, true), (other, false), (other, true)] {
            let facts = Facts::Country(Some(CountryFacts { country, confirmed }));
            for action in Action::ALL {
                let allowed = match action {
                    Action::ReadCountries => true,
                    // The operator puts a first version there, until somebody of the country has kept it.
                    Action::KeepCountry => {
                        (country == own && named("LO AU", &roles))
                            || (named("SA", &roles) && !confirmed)
                    }
                    _ => false,
                };
                let wanted = if allowed { Verdict::Allow } else { Verdict::Forbid };
                let said = judge(&caller, *action, &facts);
                assert_eq!(said, wanted, "{action:?} by {roles:?} on {facts:?}");
            }
        }
        for action in Action::ALL {
            assert_eq!(judge(&caller, *action, &Facts::Country(None)), Verdict::Hide);
        }
    }
}

#[test]
fn users() {
    let me = officer(AgencyKind::National, &[Role::CaseOfficer]);
    let other = Id::from_uuid(Uuid::from_u128(98));
    let elsewhere = Id::from_uuid(Uuid::from_u128(99));
    let (myself, colleague, stranger) = (
        UserFacts { user: me.user, agency: me.agency },
        UserFacts { user: other, agency: me.agency },
        UserFacts { user: other, agency: elsewhere },
    );
    for (_, roles, caller) in callers() {
        for action in Action::ALL {
            let judge =
                |user: &UserFacts| judge(&caller, *action, &Facts::User(Some(user.clone())));
            let to_colleague = match action {
                Action::ReadUsers => Verdict::Allow,
                // Nobody but the admin learns where and when a colleague works, and who he or she is at home.
                Action::EditUser
                | Action::DeactivateUser
                | Action::ResetFactors
                | Action::InviteAgain
                | Action::OverseeSessions
                | Action::OverseeLinks
                    if named("AA SA", &roles) =>
                {
                    Verdict::Allow
                }
                // Whoever speaks for the agency lets its accounts take effect.
                Action::ConfirmUser if named("LO RC", &roles) => Verdict::Allow,
                // Nobody begins or ends another's session, or keeps the factors that it begins with.
                Action::SignIn
                | Action::KeepFactors
                | Action::KeepLinks
                | Action::OverseeSessions
                | Action::OverseeLinks => Verdict::Hide,
                _ => Verdict::Forbid,
            };
            let to_myself = match action {
                Action::ReadUsers | Action::SignIn | Action::KeepFactors | Action::KeepLinks => {
                    Verdict::Allow
                }
                Action::OverseeSessions | Action::OverseeLinks if named("AA SA", &roles) => {
                    Verdict::Allow
                }
                // One's own stand elsewhere.
                Action::OverseeSessions | Action::OverseeLinks => Verdict::Hide,
                // Nobody changes, ends or confirms the own account.
                _ => Verdict::Forbid,
            };
            assert_eq!(judge(&colleague), to_colleague, "{action:?} by {roles:?} to a colleague");
            assert_eq!(judge(&myself), to_myself, "{action:?} by {roles:?} to oneself");
            assert_eq!(judge(&stranger), Verdict::Hide, "{action:?} by {roles:?} to a stranger");
        }
        for action in Action::ALL {
            let said = super::policy::judge(&caller, *action, &Facts::User(None));
            assert_eq!(said, Verdict::Hide, "{action:?} to nobody");
        }
    }
}

#[test]
fn machine_accounts() {
    let me = officer(AgencyKind::National, &[Role::CaseOfficer]);
    let machine = Id::from_uuid(Uuid::from_u128(97));
    for (_, roles, caller) in callers() {
        for action in Action::ALL {
            for own_doing in [false, true] {
                let facts =
                    |agency| Facts::Machine(Some(MachineFacts { machine, agency, own_doing }));
                let allowed = match action {
                    Action::ReadMachines => true,
                    Action::KeepMachines => named("AA", &roles),
                    // Whoever speaks for the agency lets it in, but not what was one's own doing.
                    Action::ConfirmMachine => named("LO RC", &roles) && !own_doing,
                    Action::StopMachine => named("AA LO RC", &roles),
                    _ => false,
                };
                let wanted = if allowed { Verdict::Allow } else { Verdict::Forbid };
                let said = judge(&caller, *action, &facts(me.agency));
                assert_eq!(said, wanted, "{action:?} by {roles:?}, own doing {own_doing}");
                let elsewhere = judge(&caller, *action, &facts(Id::from_uuid(Uuid::from_u128(99))));
                assert_eq!(elsewhere, Verdict::Hide, "{action:?} by {roles:?} elsewhere");
            }
            assert_eq!(judge(&caller, *action, &Facts::Machine(None)), Verdict::Hide);
        }
    }
}

/// What a machine may do where an officer of its roles may; everything else is for people.
const FOR_MACHINES: &str = "ReadAgencies ReadCountries ListCases CreateCase ReadCase StateReason ReadMembers \
     ReadAssignments ReadPlan ReadIdentifiers ReadRoute ReadRequests ReadEvidence ReadMessages ReadStateReports \
     ReadCaseJournal EditCase ChangeCaseState InviteMember RemoveMember AnswerInvitation LeaveCase AssignOfficers \
     PlanConsignments PlanMilestone ReportMilestone ConfirmMilestone DisputeMilestone WaiveMilestone SupersedeReport \
     RegisterEvidence EditEvidence SetAudience VerifyEvidence OfferTransfer AnswerTransfer DisposeEvidence PlanLeg \
     EditLeg MoveLeg ReportTravel DraftRequest PursueRequest HandleRequest KeepControl ReportControl \
     ProposeHandover OfferHandover AnswerHandover SendMessage AcknowledgeMessage ConsentToPassingOn FileStateReport \
     CorrectStateReport CheckIdentifier KeepWatches ReadHits AnswerAlerts FollowFeed";

#[test]
fn a_machine_is_an_officer_who_decides_and_keeps_nothing() {
    let all: MachineScopes = MachineScope::ALL.iter().copied().collect();
    let for_machines: Vec<&str> = FOR_MACHINES.split_whitespace().collect();
    let own = officer(AgencyKind::National, &[]).agency;
    let on_case = |role: MemberRole| CaseFacts {
        case: Id::from_uuid(Uuid::from_u128(3)),
        membership: Some(Membership { role, status: MemberStatus::Accepted }),
        assigned: true,
        restricted: false,
        requested: true,
    };
    let request = |role| RequestFacts {
        case: on_case(role),
        requesting: false,
        addressed: true,
        own_country: true,
    };
    let user = Id::from_uuid(Uuid::from_u128(98));
    let mut everything = vec![
        Facts::Server,
        Facts::User(Some(UserFacts { user, agency: own })),
        Facts::User(Some(UserFacts { user: officer(AgencyKind::National, &[]).user, agency: own })),
        Facts::Machine(Some(MachineFacts { machine: user, agency: own, own_doing: false })),
        Facts::Case(None),
    ];
    for role in MemberRole::ALL {
        everything.push(Facts::Case(Some(on_case(*role))));
        everything.push(Facts::Request(Some(request(*role))));
    }
    let mut forbidden = 0;
    for (kind, roles, person) in callers() {
        let mut machine = officer(kind, &roles);
        machine.machine = Some(Machine { scopes: all });
        let machine = Caller::Officer(machine);
        for facts in &everything {
            for action in Action::ALL {
                let person = judge(&person, *action, facts);
                let open = for_machines.contains(&format!("{action:?}").as_str());
                let wanted =
                    if person == Verdict::Allow && !open { Verdict::Forbid } else { person };
                forbidden += usize::from(wanted != person);
                let said = judge(&machine, *action, facts);
                assert_eq!(said, wanted, "{action:?} by a machine with {roles:?} on {facts:?}");
            }
        }
    }
    assert!(forbidden > 50, "only {forbidden} times a machine may not what a person may");
    let known = |name: &&str| Action::ALL.iter().any(|action| format!("{action:?}") == **name);
    assert!(for_machines.iter().all(known), "a name stands for no action");
}

#[test]
fn only_its_scope_lets_a_machine_follow_the_feed() {
    let mut machine = officer(AgencyKind::National, &[Role::LiaisonOfficer]);
    for scope in MachineScope::ALL {
        machine.machine = Some(Machine { scopes: [*scope].into_iter().collect() });
        let said = judge(&Caller::Officer(machine.clone()), Action::FollowFeed, &Facts::Server);
        assert_eq!(said == Verdict::Allow, *scope == MachineScope::FeedRead, "{scope}");
    }
}

#[test]
fn what_does_not_exist_is_hidden_from_everybody() {
    for (_, roles, caller) in callers() {
        for action in Action::ALL {
            for facts in [
                Facts::Case(None),
                Facts::Owned(None),
                Facts::Evidence(None),
                Facts::Request(None),
                Facts::Message(None),
            ] {
                assert_eq!(
                    judge(&caller, *action, &facts),
                    Verdict::Hide,
                    "{action:?} by {roles:?}"
                );
            }
        }
    }
}

#[test]
fn what_is_about_no_case_is_never_allowed_on_one() {
    let about_cases = case_actions();
    for (_, roles, caller) in callers() {
        for action in Action::ALL.iter().filter(|action| !about_cases.contains(action)) {
            for role in MemberRole::ALL {
                let case = CaseFacts {
                    case: Id::from_uuid(Uuid::from_u128(3)),
                    membership: Some(Membership { role: *role, status: MemberStatus::Accepted }),
                    assigned: true,
                    restricted: false,
                    requested: false,
                };
                let said = judge(&caller, *action, &Facts::Case(Some(case)));
                assert_ne!(said, Verdict::Allow, "{action:?} by {roles:?}");
            }
        }
    }
}

#[test]
fn commands_of_the_machine_and_nobody() {
    for action in Action::ALL {
        let commands = COMMANDS.contains(action);
        let command = judge(&Caller::Command("any"), *action, &Facts::Server);
        assert_eq!(command == Verdict::Allow, commands, "{action:?} by a command");
        let nobody = judge(&Caller::Nobody, *action, &Facts::Server);
        assert_eq!(nobody == Verdict::Allow, *action == Action::SignIn, "{action:?} by nobody");
    }
}
