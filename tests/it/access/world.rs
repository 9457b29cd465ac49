//! Every situation in which the policy can be asked about a case.

use passage::access::{
    Action, Caller, CaseFacts, EvidenceFacts, Facts, MemberRole, MemberStatus, Membership,
    MessageFacts, Officer, OwnedFacts, RequestFacts, Role, Verdict, judge,
};
use passage::agency::AgencyKind;
use passage::clock::Instant;
use passage::ids::Id;
use passage::text_enum::TextEnum;
use uuid::Uuid;

/// What the caller's agency is to the case, as the columns of the tables name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Takes part.
    Member(MemberRole),
    /// Was asked to, as that.
    Invited(MemberRole),
    /// Said no, went, or was sent away.
    Former(MemberStatus),
    /// Never had to do with it.
    Stranger,
}

impl Relation {
    /// Every relation that an agency of `kind` can have.
    pub fn all(kind: AgencyKind) -> Vec<Self> {
        let roles: Vec<MemberRole> =
            MemberRole::ALL.iter().copied().filter(|role| fits(*role, kind)).collect();
        let members = roles.iter().map(|role| Self::Member(*role));
        let invited = roles.iter().filter(|role| **role != MemberRole::Lead);
        let former = [MemberStatus::Declined, MemberStatus::Left, MemberStatus::Removed];
        members
            .chain(invited.map(|role| Self::Invited(*role)))
            .chain(former.map(Self::Former))
            .chain([Self::Stranger])
            .collect()
    }

    /// What the database would say of it.
    fn memberships(self) -> Vec<Option<Membership>> {
        match self {
            Self::Member(role) => vec![Some(Membership { role, status: MemberStatus::Accepted })],
            Self::Invited(role) => vec![Some(Membership { role, status: MemberStatus::Invited })],
            Self::Former(status) => {
                let roles = MemberRole::ALL.iter();
                roles.map(|role| Some(Membership { role: *role, status })).collect()
            }
            Self::Stranger => vec![None],
        }
    }
}

/// Which agency may be what: a centre neither acts nor authorises, and only a centre coordinates.
fn fits(role: MemberRole, kind: AgencyKind) -> bool {
    match role {
        MemberRole::Lead | MemberRole::Observer => true,
        MemberRole::Partner | MemberRole::Authority => kind == AgencyKind::National,
        MemberRole::Coordinator => kind == AgencyKind::Regional,
    }
}

/// The sets of roles that one user of an agency of `kind` may have.
pub fn role_sets(kind: AgencyKind) -> Vec<Vec<Role>> {
    use Role::{
        AgencyAdmin, Auditor, Authority, CaseOfficer, Coordinator, LiaisonOfficer, SystemAdmin,
    };
    match kind {
        AgencyKind::National => vec![
            vec![LiaisonOfficer],
            vec![CaseOfficer],
            vec![Authority],
            vec![LiaisonOfficer, CaseOfficer],
            vec![LiaisonOfficer, Authority],
            vec![CaseOfficer, Authority],
            vec![LiaisonOfficer, CaseOfficer, Authority],
            vec![Auditor],
            vec![AgencyAdmin],
        ],
        AgencyKind::Regional => vec![
            vec![Coordinator],
            vec![CaseOfficer],
            vec![Coordinator, CaseOfficer],
            vec![Auditor],
            vec![AgencyAdmin],
        ],
        AgencyKind::Operator => vec![vec![SystemAdmin], vec![Auditor]],
    }
}

/// What the thing asked about is to the caller's agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// The case itself.
    Case,
    /// Something that an agency planned or recorded.
    Owned {
        /// Whether the caller's agency is the one.
        own: bool,
    },
    /// An evidence reference.
    Evidence {
        /// Whether it is shown to the caller's agency.
        audience: bool,
        /// Whether the caller's agency registered it.
        originator: bool,
        /// Whether the caller's agency holds it.
        custodian: bool,
        /// Whether it is being offered to the caller's agency.
        receiver: bool,
    },
    /// A request for authorisation.
    Request {
        /// Whether the caller's agency made it.
        requesting: bool,
        /// Whether it is addressed to the caller's agency.
        addressed: bool,
        /// Whether it asks the caller's country.
        own_country: bool,
    },
    /// A message.
    Message {
        /// Whether the caller's agency sent it.
        sender: bool,
        /// Whether it was sent to the caller's agency.
        receiver: bool,
    },
}

impl Thing {
    /// Every thing of the kind that `action` is about.
    pub fn all(action: Action) -> Vec<Self> {
        match action {
            Action::WaiveMilestone
            | Action::SupersedeReport
            | Action::EditLeg
            | Action::MoveLeg
            | Action::OfferHandover
            | Action::AnswerHandover
            | Action::CorrectStateReport => {
                vec![Self::Owned { own: false }, Self::Owned { own: true }]
            }
            Action::EditEvidence
            | Action::SetAudience
            | Action::VerifyEvidence
            | Action::OfferTransfer
            | Action::AnswerTransfer
            | Action::DisposeEvidence => Self::every_evidence(),
            Action::PursueRequest
            | Action::HandleRequest
            | Action::DecideRequest
            | Action::RecordOralGrant => Self::every_request(),
            Action::AcknowledgeMessage | Action::ConsentToPassingOn => Self::every_message(),
            // One item, and the list of those that are shown.
            Action::ReadEvidence => [Self::every_evidence(), vec![Self::Case]].concat(),
            Action::ReadRequests => [Self::every_request(), vec![Self::Case]].concat(),
            Action::ReadMessages => [Self::every_message(), vec![Self::Case]].concat(),
            _ => vec![Self::Case],
        }
    }

    fn every_request() -> Vec<Self> {
        let bit = |bits: u8, at: u8| bits & (1 << at) != 0;
        let every = (0..8).map(|bits| Self::Request {
            requesting: bit(bits, 0),
            addressed: bit(bits, 1),
            own_country: bit(bits, 2),
        });
        every.collect()
    }

    fn every_message() -> Vec<Self> {
        let both = [(false, false), (false, true), (true, false), (true, true)];
        both.map(|(sender, receiver)| Self::Message { sender, receiver }).to_vec()
    }

    fn every_evidence() -> Vec<Self> {
        let bit = |bits: u8, at: u8| bits & (1 << at) != 0;
        let every = (0..16).map(|bits| Self::Evidence {
            audience: bit(bits, 0),
            originator: bit(bits, 1),
            custodian: bit(bits, 2),
            receiver: bit(bits, 3),
        });
        every.collect()
    }
}

/// One question to the policy about a case.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is asked for.
    pub action: Action,
    /// What the caller's agency is.
    pub kind: AgencyKind,
    /// What the caller is.
    pub roles: Vec<Role>,
    /// What the agency is to the case.
    pub relation: Relation,
    /// Whether the caller is assigned.
    pub assigned: bool,
    /// Whether the case is for assigned users only.
    pub restricted: bool,
    /// Whether a request in the case is addressed to the agency.
    pub requested: bool,
    /// What the thing is to the agency.
    pub thing: Thing,
}

impl Question {
    /// What the policy says: the same, whatever the agency was when its membership ended.
    pub fn verdict(&self) -> Verdict {
        let caller = Caller::Officer(officer(self.kind, &self.roles));
        let mut verdicts = self.relation.memberships().into_iter().map(|membership| {
            let case = CaseFacts {
                case: Id::from_uuid(Uuid::from_u128(3)),
                membership,
                assigned: self.assigned,
                restricted: self.restricted,
                requested: self.requested,
            };
            judge(&caller, self.action, &self.facts(case))
        });
        let first = verdicts.next().unwrap();
        assert!(verdicts.all(|verdict| verdict == first), "{self:?} depends on what once was");
        first
    }

    fn facts(&self, case: CaseFacts) -> Facts {
        match self.thing {
            Thing::Case => Facts::Case(Some(case)),
            Thing::Owned { own } => Facts::Owned(Some(OwnedFacts { case, own })),
            Thing::Request { requesting, addressed, own_country } => {
                Facts::Request(Some(RequestFacts { case, requesting, addressed, own_country }))
            }
            Thing::Message { sender, receiver } => {
                Facts::Message(Some(MessageFacts { case, sender, receiver }))
            }
            Thing::Evidence { audience, originator, custodian, receiver } => {
                Facts::Evidence(Some(EvidenceFacts {
                    case,
                    in_audience: audience,
                    originator,
                    custodian,
                    receiver,
                }))
            }
        }
    }

    /// Where a request is addressed to an agency, the agency was asked.
    fn can_be(&self) -> bool {
        self.requested || !matches!(self.thing, Thing::Request { addressed: true, .. })
    }

    /// Every question about `actions`.
    pub fn all(actions: &[Action]) -> Vec<Self> {
        let mut questions = Vec::new();
        for kind in AgencyKind::ALL {
            for roles in role_sets(*kind) {
                for relation in Relation::all(*kind) {
                    for action in actions {
                        for thing in Thing::all(*action) {
                            for bits in 0..8_u8 {
                                let question = Self {
                                    action: *action,
                                    kind: *kind,
                                    roles: roles.clone(),
                                    relation,
                                    assigned: bits & 1 != 0,
                                    restricted: bits & 2 != 0,
                                    requested: bits & 4 != 0,
                                    thing,
                                };
                                if question.can_be() {
                                    questions.push(question);
                                }
                            }
                        }
                    }
                }
            }
        }
        questions
    }
}

/// An officer of an agency of `kind`.
pub fn officer(kind: AgencyKind, roles: &[Role]) -> Officer {
    Officer {
        user: Id::from_uuid(Uuid::from_u128(1)),
        agency: Id::from_uuid(Uuid::from_u128(2)),
        agency_kind: kind,
        country: None,
        time_zone: "UTC".to_owned(),
        roles: roles.iter().copied().collect(),
        session: Id::from_uuid(Uuid::from_u128(4)),
        authenticated_at: Instant::EARLIEST,
        second_factor: false,
        machine: None,
    }
}
