//! The reference: one case, told as simply as the rules can be told, and what each command or fact has to be answered.
//!
//! It is written from the rules and shares no code with the server. Time is counted in minutes from the beginning; all
//! that is limited ends between two strokes of the clock, so that milliseconds never decide.

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

/// Minutes by which the clock moves at once.
const STROKES: [i64; 3] = [30, 60, 600];
/// Minutes that a handover's window is open.
pub const WINDOW: i64 = 91;
/// Minutes in which what was granted orally is to be confirmed.
pub const CONFIRM: i64 = 61;
/// Minutes for which a short and a long grant count.
pub const SHORT: i64 = 121;
pub const LONG: i64 = 60_001;

/// The countries of the route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Land {
    Kg,
    Kz,
    Az,
}

/// Who acts. The first three are agencies of the route, each of its own country; the lead is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Lead,
    Partner,
    Customs,
    /// An officer whose agency takes no part.
    Stranger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Active,
    Suspended,
    Intervention,
    Concluded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leg {
    Ahead,
    Running,
    AtHandover,
    Completed,
    Diverted,
    MustStop,
    Intervened,
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Draft,
    Submitted,
    Acknowledged,
    Withdrawn,
    Oral,
    Granted,
    Refused,
    Revoked,
    Lapsed,
    Expired,
}

/// A request to a country, with the minutes until which its grant counts and waits to be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub status: Request,
    /// Whether it was submitted: before that there is nothing to see of it for who is asked.
    pub sent: bool,
    pub until: i64,
    pub confirm: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handing {
    Proposed,
    Agreed,
    Offered,
}

/// The handover that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    pub status: Handing,
    pub from: Who,
    pub to: Who,
    pub by: Who,
    pub until: i64,
    /// The leg that waits while the goods are offered.
    pub leg: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    Nobody,
    Held(Who),
    Over { for_good: bool },
}

/// What a command or a fact has to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Done,
    Refused,
    Forbidden,
    Hidden,
}

/// What is done, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Wait(i64),
    Suspend(Who),
    Activate(Who),
    Intervene(Who),
    Conclude(Who),
    Draft(Land),
    Submit(Land),
    Withdraw(Land, Who),
    Acknowledge(Land),
    Grant(Land, i64),
    GrantOrally(Land),
    Confirm(Land),
    Refuse(Land),
    Revoke(Land),
    Start(usize, Who),
    Complete(usize, Who),
    Divert(usize, Who),
    Resume(usize, Who),
    Enter(usize, Land, Who),
    // What follows names one of the two consignments first.
    Take(usize, Who),
    End { goods: usize, by: Who, for_good: bool },
    Lose(usize, Who),
    Recover(usize, Who),
    TakeOver(usize, Who),
    Propose { goods: usize, by: Who, to: Who, leg: Option<usize> },
    Agree(usize, Who),
    Offer(usize, Who),
    Accept(usize, Who),
    RefuseGoods(usize, Who),
    Cancel(usize, Who),
}

/// The countries that each leg touches.
pub const LEGS: [&[Land]; 3] = [&[Land::Kg, Land::Kz], &[Land::Kz], &[Land::Kz, Land::Az]];

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub now: i64,
    pub case: Case,
    pub legs: [Leg; 3],
    /// Where each lost leg stands once the goods are found.
    pub found: [Leg; 3],
    pub requests: [Option<Asked>; 3],
    /// Whether the country was ever asked: its prosecutor's agency takes part from then on.
    pub asked: [bool; 3],
    pub control: [Control; 2],
    pub lost: [bool; 2],
    pub handovers: [Option<Handover>; 2],
    pub goods: Land,
    /// What the last step has to be answered.
    pub answer: Answer,
}

impl Land {
    pub fn index(self) -> usize {
        self as usize
    }
}

impl Who {
    fn home(self) -> Option<Land> {
        match self {
            Self::Lead => Some(Land::Kg),
            Self::Partner => Some(Land::Kz),
            Self::Customs => Some(Land::Az),
            Self::Stranger => None,
        }
    }
}

impl Leg {
    pub fn under_way(self) -> bool {
        !matches!(self, Self::Ahead | Self::Completed)
    }
}

impl Request {
    fn undecided(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::Acknowledged)
    }
}

impl State {
    /// Where the request to a country stands now.
    pub fn request(&self, land: Land) -> Option<Request> {
        let asked = self.requests[land.index()]?;
        Some(match asked.status {
            Request::Oral if self.now > asked.confirm => Request::Lapsed,
            Request::Oral | Request::Granted if self.now > asked.until => Request::Expired,
            status => status,
        })
    }

    pub fn granted(&self, land: Land) -> bool {
        matches!(self.request(land), Some(Request::Oral | Request::Granted))
    }

    /// Whether every country that the leg touches allows it now.
    pub fn cleared(&self, leg: usize) -> bool {
        LEGS[leg].iter().all(|land| self.granted(*land))
    }

    /// The handover of these goods that may still be accepted.
    pub fn open_handover(&self, goods: usize) -> Option<Handover> {
        self.handovers[goods].filter(|handover| self.now < handover.until)
    }

    /// Whether goods are offered on the leg, which waits for them.
    fn offered_on(&self, leg: usize) -> bool {
        (0..2)
            .filter_map(|goods| self.open_handover(goods))
            .any(|handover| handover.leg == Some(leg) && handover.status == Handing::Offered)
    }

    /// The legs under way of which `which` is true are next where `next` says; where the goods are lost, that is where the leg
    /// stands once they are found.
    fn befalls(&mut self, which: impl Fn(usize) -> bool, next: impl Fn(Leg) -> Leg) {
        for leg in (0..3).filter(|leg| which(*leg)) {
            match self.legs[leg] {
                Leg::Lost => self.found[leg] = next(self.found[leg]),
                status if status.under_way() => self.legs[leg] = next(status),
                _ => {}
            }
        }
    }

    /// A country has withdrawn its leave.
    fn stops(&mut self, land: Land) {
        self.befalls(
            |leg| LEGS[leg].contains(&land),
            |leg| match leg {
                Leg::Running | Leg::AtHandover | Leg::Diverted => Leg::MustStop,
                stronger => stronger,
            },
        );
    }

    fn loses(&mut self) {
        for (leg, found) in self.legs.iter_mut().zip(&mut self.found) {
            if leg.under_way() && *leg != Leg::Lost {
                (*found, *leg) = (*leg, Leg::Lost);
            }
        }
    }

    /// What was lost goes on where it stood, with everybody's leave, unless other goods are still lost.
    fn finds(&mut self) {
        if self.lost.contains(&true) {
            return;
        }
        for leg in 0..3 {
            if self.legs[leg] != Leg::Lost {
                continue;
            }
            self.legs[leg] = match self.found[leg] {
                Leg::Running | Leg::AtHandover | Leg::Diverted if !self.cleared(leg) => {
                    Leg::MustStop
                }
                before => before,
            };
        }
    }

    /// The handover of these goods has ended: a leg that waited for it goes on, unless others wait there.
    fn settles(&mut self, goods: usize) {
        let leg = self.handovers[goods].take().and_then(|handover| handover.leg);
        let Some(leg) = leg.filter(|leg| !self.offered_on(*leg)) else { return };
        let cleared = self.cleared(leg);
        match (self.legs[leg], self.found[leg]) {
            (Leg::AtHandover, _) => {
                self.legs[leg] = if cleared { Leg::Running } else { Leg::MustStop };
            }
            (Leg::Lost, Leg::AtHandover) => self.found[leg] = Leg::Running,
            _ => {}
        }
    }

    fn set(&mut self, land: Land, status: Request) -> Answer {
        if let Some(asked) = &mut self.requests[land.index()] {
            asked.status = status;
        }
        Answer::Done
    }

    /// Whoever is asked decides in its turn; before a request is submitted there is nothing to see of it.
    fn decides(&mut self, land: Land, step: Step) -> Answer {
        let Some(status) = self.request(land) else { return Answer::Hidden };
        if !self.requests[land.index()].is_some_and(|asked| asked.sent) {
            // The customs of Azerbaijan take part for another reason, and see what is drafted.
            return match (land, step, self.asked[land.index()]) {
                (Land::Az, Step::Acknowledge(_), _) | (Land::Az, _, true) => Answer::Forbidden,
                _ => Answer::Hidden,
            };
        }
        let (to, until, confirm) = match (step, status) {
            (Step::Acknowledge(_), Request::Submitted) => (Request::Acknowledged, 0, 0),
            (Step::Grant(_, until), Request::Acknowledged | Request::Oral) => {
                (Request::Granted, self.now + until, 0)
            }
            (Step::GrantOrally(_), Request::Acknowledged) => {
                (Request::Oral, self.now + LONG, self.now + CONFIRM)
            }
            (Step::Confirm(_), Request::Oral) => {
                let until = self.requests[land.index()].map_or(0, |asked| asked.until);
                (Request::Granted, until, 0)
            }
            (Step::Refuse(_), Request::Acknowledged) => (Request::Refused, 0, 0),
            (Step::Refuse(_), Request::Oral) => {
                self.stops(land);
                (Request::Refused, 0, 0)
            }
            (Step::Revoke(_), Request::Oral | Request::Granted) => {
                self.stops(land);
                (Request::Revoked, 0, 0)
            }
            _ => return Answer::Refused,
        };
        self.requests[land.index()] = Some(Asked { status: to, sent: true, until, confirm });
        Answer::Done
    }

    fn moves(&mut self, from: &[Case], to: Case) -> Answer {
        if !from.contains(&self.case) {
            return Answer::Refused;
        }
        self.case = to;
        Answer::Done
    }

    fn goes(&mut self, leg: usize) -> Answer {
        let reached = self.legs.iter().take(leg).all(|before| *before == Leg::Completed);
        if self.case != Case::Active || !reached || !self.cleared(leg) {
            return Answer::Refused;
        }
        self.legs[leg] = Leg::Running;
        Answer::Done
    }

    fn case_steps(&mut self, step: Step) -> Answer {
        match step {
            Step::Suspend(Who::Lead) => self.moves(&[Case::Active], Case::Suspended),
            Step::Activate(Who::Lead) => self.moves(&[Case::Suspended], Case::Active),
            Step::Conclude(Who::Lead) => {
                self.moves(&[Case::Active, Case::Suspended, Case::Intervention], Case::Concluded)
            }
            Step::Intervene(by) => {
                let held = self.control.iter().any(|control| matches!(control, Control::Held(_)));
                let may = self.control.contains(&Control::Held(by)) || (by == Who::Lead && !held);
                if !may {
                    return Answer::Forbidden;
                }
                let done = self.moves(&[Case::Active, Case::Suspended], Case::Intervention);
                if done == Answer::Done {
                    self.befalls(|_| true, |_| Leg::Intervened);
                }
                done
            }
            _ => Answer::Forbidden,
        }
    }

    fn leg_steps(&mut self, step: Step) -> Answer {
        match step {
            // A crossing is a fact of everybody who acts on the route.
            Step::Enter(_, land, _) => {
                self.goods = land;
                Answer::Done
            }
            Step::Start(leg, Who::Lead) => {
                if self.legs[leg] != Leg::Ahead {
                    return Answer::Refused;
                }
                let done = self.goes(leg);
                if done == Answer::Done {
                    self.goods = LEGS[leg][0];
                }
                done
            }
            Step::Resume(leg, Who::Lead) => {
                let stands = match self.legs[leg] {
                    Leg::Diverted | Leg::MustStop | Leg::Intervened => true,
                    Leg::AtHandover => !self.offered_on(leg),
                    Leg::Lost => !self.lost.contains(&true),
                    Leg::Ahead | Leg::Running | Leg::Completed => false,
                };
                if stands { self.goes(leg) } else { Answer::Refused }
            }
            Step::Complete(leg, Who::Lead) => {
                // What is held goes on before it arrives.
                let goes = matches!(self.legs[leg], Leg::Running | Leg::AtHandover | Leg::Diverted);
                if !goes {
                    return Answer::Refused;
                }
                self.legs[leg] = Leg::Completed;
                self.goods = *LEGS[leg].last().unwrap();
                Answer::Done
            }
            // So is another way that was taken.
            Step::Divert(leg, _) => {
                self.befalls(
                    |other| other == leg,
                    |leg| match leg {
                        Leg::Running | Leg::AtHandover => Leg::Diverted,
                        stronger => stronger,
                    },
                );
                Answer::Done
            }
            _ => Answer::Forbidden,
        }
    }

    fn request_steps(&mut self, step: Step) -> Answer {
        match step {
            Step::Draft(land) => {
                let open = self.request(land).is_some_and(|status| {
                    status.undecided() || matches!(status, Request::Oral | Request::Granted)
                });
                if open {
                    return Answer::Refused;
                }
                self.requests[land.index()] =
                    Some(Asked { status: Request::Draft, sent: false, until: 0, confirm: 0 });
                Answer::Done
            }
            Step::Submit(land) => match self.request(land) {
                Some(Request::Draft) => {
                    self.asked[land.index()] = true;
                    let status = Request::Submitted;
                    let sent = Asked { status, sent: true, until: 0, confirm: 0 };
                    self.requests[land.index()] = Some(sent);
                    Answer::Done
                }
                _ => Answer::Refused,
            },
            Step::Withdraw(_, by) if by != Who::Lead => Answer::Forbidden,
            Step::Withdraw(land, _) => match self.request(land) {
                Some(status) if status.undecided() => self.set(land, Request::Withdrawn),
                _ => Answer::Refused,
            },
            Step::Acknowledge(land)
            | Step::Grant(land, _)
            | Step::GrantOrally(land)
            | Step::Confirm(land)
            | Step::Refuse(land)
            | Step::Revoke(land) => self.decides(land, step),
            _ => Answer::Forbidden,
        }
    }

    fn control_steps(&mut self, step: Step) -> Answer {
        match step {
            Step::Take(goods, by) => {
                if self.control[goods] != Control::Nobody || by.home() != Some(self.goods) {
                    return Answer::Refused;
                }
                self.control[goods] = Control::Held(by);
                Answer::Done
            }
            Step::End { goods, by, for_good } => {
                if self.control[goods] != Control::Held(by) {
                    return Answer::Refused;
                }
                self.control[goods] = Control::Over { for_good };
                self.lost[goods] = false;
                self.settles(goods);
                Answer::Done
            }
            Step::Lose(goods, _) => {
                self.lost[goods] |= matches!(self.control[goods], Control::Held(_));
                self.loses();
                Answer::Done
            }
            Step::Recover(goods, by) => {
                if self.control[goods] == (Control::Over { for_good: true }) {
                    self.control[goods] = Control::Held(by);
                }
                self.lost[goods] = false;
                self.finds();
                Answer::Done
            }
            Step::TakeOver(goods, by) => {
                self.settles(goods);
                if self.control[goods] != Control::Held(by) {
                    self.control[goods] = Control::Held(by);
                    self.lost[goods] = false;
                }
                self.finds();
                Answer::Done
            }
            _ => Answer::Forbidden,
        }
    }

    fn handover_steps(&mut self, step: Step) -> Answer {
        if let Step::Propose { goods, by, to, leg } = step {
            let Control::Held(from) = self.control[goods] else { return Answer::Refused };
            if from == to {
                return Answer::Refused;
            }
            if by != from && by != to && by != Who::Lead {
                return Answer::Forbidden;
            }
            if self.open_handover(goods).is_some() {
                return Answer::Refused;
            }
            self.settles(goods);
            let (status, until) = (Handing::Proposed, self.now + WINDOW);
            self.handovers[goods] = Some(Handover { status, from, to, by, until, leg });
            return Answer::Done;
        }
        let Some(goods) = handed(&step) else { return Answer::Forbidden };
        // Each side does its own part, whether the window is open or not.
        let Some(handover) = self.handovers[goods] else { return Answer::Hidden };
        let agreeing = if handover.by == handover.to { handover.from } else { handover.to };
        let own = match step {
            Step::Agree(_, by) => by == agreeing,
            Step::Offer(_, by) => by == handover.from,
            Step::Accept(_, by) | Step::RefuseGoods(_, by) => by == handover.to,
            Step::Cancel(_, by) => by == handover.from || by == handover.to || by == handover.by,
            _ => false,
        };
        if !own {
            return Answer::Forbidden;
        }
        // What nobody accepted in its window is still refused, or let go.
        if matches!(
            (step, handover.status),
            (Step::RefuseGoods(..), Handing::Offered) | (Step::Cancel(..), _)
        ) {
            self.settles(goods);
            return Answer::Done;
        }
        let Some(open) = self.open_handover(goods) else { return Answer::Refused };
        match (step, open.status) {
            (Step::Agree(..), Handing::Proposed) => {
                self.handovers[goods] = Some(Handover { status: Handing::Agreed, ..open });
            }
            (Step::Offer(..), Handing::Agreed) => {
                self.handovers[goods] = Some(Handover { status: Handing::Offered, ..open });
                let waits = |leg| if leg == Leg::Running { Leg::AtHandover } else { leg };
                self.befalls(|leg| Some(leg) == open.leg, waits);
            }
            (Step::Accept(..), Handing::Offered) => {
                self.control[goods] = Control::Held(open.to);
                self.lost[goods] = false;
                self.settles(goods);
                self.finds();
            }
            _ => return Answer::Refused,
        }
        Answer::Done
    }
}

/// Whose handover a step moves on.
fn handed(step: &Step) -> Option<usize> {
    match *step {
        Step::Agree(goods, _)
        | Step::Offer(goods, _)
        | Step::Accept(goods, _)
        | Step::RefuseGoods(goods, _)
        | Step::Cancel(goods, _) => Some(goods),
        _ => None,
    }
}

/// Who does a step that anybody may try.
fn by(step: &Step) -> Option<Who> {
    match *step {
        Step::Suspend(by)
        | Step::Activate(by)
        | Step::Intervene(by)
        | Step::Conclude(by)
        | Step::Withdraw(_, by)
        | Step::Start(_, by)
        | Step::Complete(_, by)
        | Step::Divert(_, by)
        | Step::Resume(_, by)
        | Step::Enter(_, _, by)
        | Step::Take(_, by)
        | Step::End { by, .. }
        | Step::Lose(_, by)
        | Step::Recover(_, by)
        | Step::TakeOver(_, by)
        | Step::Propose { by, .. }
        | Step::Agree(_, by)
        | Step::Offer(_, by)
        | Step::Accept(_, by)
        | Step::RefuseGoods(_, by)
        | Step::Cancel(_, by) => Some(by),
        _ => None,
    }
}

/// The machine that makes sequences of steps.
pub struct Reference;

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        6 => Just(Who::Lead), 4 => Just(Who::Partner), 3 => Just(Who::Customs), 1 => Just(Who::Stranger),
    ]
}

fn member() -> impl Strategy<Value = Who> {
    prop_oneof![2 => Just(Who::Lead), 2 => Just(Who::Partner), 1 => Just(Who::Customs)]
}

fn land() -> impl Strategy<Value = Land> {
    prop_oneof![Just(Land::Kg), Just(Land::Kz), Just(Land::Az)]
}

/// The steps that lead on and are done from where the case stands, by their kind.
fn onward(state: &State) -> Vec<Vec<Step>> {
    const MEMBERS: [Who; 3] = [Who::Lead, Who::Partner, Who::Customs];
    const LANDS: [Land; 3] = [Land::Kg, Land::Kz, Land::Az];
    let lands = |step: fn(Land) -> Step| LANDS.map(step).to_vec();
    let members = |step: fn(usize, Who) -> Step| -> Vec<Step> {
        (0..2).flat_map(|goods| MEMBERS.map(|who| step(goods, who))).collect()
    };
    let legs = |step: fn(usize, Who) -> Step| (0..3).map(|leg| step(leg, Who::Lead)).collect();
    let pairs = |goods| MEMBERS.into_iter().flat_map(move |by| MEMBERS.map(|to| (goods, by, to)));
    // Where a leg is under way, its goods are handed over on it.
    let leg = (0..3).find(|leg| state.legs[*leg].under_way());
    let propose = |(goods, by, to)| Step::Propose { goods, by, to, leg };
    let mut kinds: Vec<Vec<Step>> = vec![
        vec![Step::Activate(Who::Lead)],
        lands(Step::Draft),
        lands(Step::Submit),
        lands(Step::Acknowledge),
        lands(|land| Step::Grant(land, LONG)),
        lands(Step::GrantOrally),
        lands(Step::Confirm),
        legs(Step::Start),
        legs(Step::Complete),
        legs(Step::Resume),
        members(Step::Take),
        (0..2).flat_map(pairs).map(propose).collect(),
        members(Step::Agree),
        members(Step::Offer),
        members(Step::Accept),
    ];
    for kind in &mut kinds {
        kind.retain(|step| {
            Reference::preconditions(state, step)
                && Reference::apply(state.clone(), step).answer == Answer::Done
        });
    }
    kinds.retain(|kind| !kind.is_empty());
    kinds
}

/// Any step of anybody.
fn anything() -> BoxedStrategy<Step> {
    let leg = || 0..3_usize;
    let asking = prop_oneof![
        3 => land().prop_map(Step::Draft),
        3 => land().prop_map(Step::Submit),
        1 => (land(), who()).prop_map(|(land, by)| Step::Withdraw(land, by)),
    ];
    let deciding = prop_oneof![
        4 => land().prop_map(Step::Acknowledge),
        4 => (land(), prop_oneof![Just(SHORT), Just(LONG)]).prop_map(|(land, until)| Step::Grant(land, until)),
        2 => land().prop_map(Step::GrantOrally),
        2 => land().prop_map(Step::Confirm),
        3 => land().prop_map(Step::Refuse),
        3 => land().prop_map(Step::Revoke),
    ];
    let moving = prop_oneof![
        4 => (leg(), who()).prop_map(|(leg, by)| Step::Start(leg, by)),
        2 => (leg(), who()).prop_map(|(leg, by)| Step::Complete(leg, by)),
        2 => (leg(), who()).prop_map(|(leg, by)| Step::Divert(leg, by)),
        2 => (leg(), who()).prop_map(|(leg, by)| Step::Resume(leg, by)),
        1 => (leg(), land(), who()).prop_map(|(leg, land, by)| Step::Enter(leg, land, by)),
    ];
    let goods = || 0..2_usize;
    let controlling = prop_oneof![
        4 => (goods(), who()).prop_map(|(goods, by)| Step::Take(goods, by)),
        1 => (goods(), who(), any::<bool>())
            .prop_map(|(goods, by, for_good)| Step::End { goods, by, for_good }),
        1 => (goods(), who()).prop_map(|(goods, by)| Step::Lose(goods, by)),
        2 => (goods(), who()).prop_map(|(goods, by)| Step::Recover(goods, by)),
        1 => (goods(), who()).prop_map(|(goods, by)| Step::TakeOver(goods, by)),
    ];
    let handing = prop_oneof![
        3 => (goods(), who(), member(), proptest::option::of(leg()))
            .prop_map(|(goods, by, to, leg)| Step::Propose { goods, by, to, leg }),
        3 => (goods(), who()).prop_map(|(goods, by)| Step::Agree(goods, by)),
        3 => (goods(), who()).prop_map(|(goods, by)| Step::Offer(goods, by)),
        3 => (goods(), who()).prop_map(|(goods, by)| Step::Accept(goods, by)),
        1 => (goods(), who()).prop_map(|(goods, by)| Step::RefuseGoods(goods, by)),
        1 => (goods(), who()).prop_map(|(goods, by)| Step::Cancel(goods, by)),
    ];
    let case = prop_oneof![
        2 => who().prop_map(Step::Suspend),
        4 => who().prop_map(Step::Activate),
        1 => who().prop_map(Step::Intervene),
        1 => who().prop_map(Step::Conclude),
    ];
    prop_oneof![
        2 => proptest::sample::select(STROKES.to_vec()).prop_map(Step::Wait),
        6 => asking,
        8 => deciding,
        6 => moving,
        5 => controlling,
        8 => handing,
        1 => case,
    ]
    .boxed()
}

impl ReferenceStateMachine for Reference {
    type State = State;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<State> {
        Just(State {
            now: 0,
            case: Case::Active,
            legs: [Leg::Ahead; 3],
            found: [Leg::Ahead; 3],
            requests: [None; 3],
            asked: [false; 3],
            control: [Control::Nobody; 2],
            lost: [false; 2],
            handovers: [None; 2],
            goods: Land::Kg,
            answer: Answer::Done,
        })
        .boxed()
    }

    /// Half of the steps lead on from where the case stands, or nothing would ever arrive; the others are anything.
    fn transitions(state: &State) -> BoxedStrategy<Step> {
        let onward = onward(state);
        if onward.is_empty() {
            return anything();
        }
        let kind = proptest::sample::select(onward).prop_flat_map(proptest::sample::select);
        prop_oneof![kind, anything()].boxed()
    }

    /// What names a thing that is not there yet is no step: the server's answer to that is told elsewhere.
    fn preconditions(state: &State, step: &Step) -> bool {
        let there = |land: &Land| state.requests[land.index()].is_some();
        match step {
            Step::Submit(land)
            | Step::Withdraw(land, _)
            | Step::Acknowledge(land)
            | Step::Grant(land, _)
            | Step::GrantOrally(land)
            | Step::Confirm(land)
            | Step::Refuse(land)
            | Step::Revoke(land) => there(land),
            _ => handed(step).is_none_or(|goods| state.handovers[goods].is_some()),
        }
    }

    fn apply(mut state: State, step: &Step) -> State {
        let hidden = by(step) == Some(Who::Stranger);
        state.answer = if hidden {
            Answer::Hidden
        } else {
            match *step {
                Step::Wait(minutes) => {
                    state.now += minutes;
                    Answer::Done
                }
                Step::Suspend(_) | Step::Activate(_) | Step::Intervene(_) | Step::Conclude(_) => {
                    state.case_steps(*step)
                }
                Step::Start(..)
                | Step::Complete(..)
                | Step::Divert(..)
                | Step::Resume(..)
                | Step::Enter(..) => state.leg_steps(*step),
                Step::Take(..)
                | Step::End { .. }
                | Step::Lose(..)
                | Step::Recover(..)
                | Step::TakeOver(..) => state.control_steps(*step),
                Step::Propose { .. }
                | Step::Agree(..)
                | Step::Offer(..)
                | Step::Accept(..)
                | Step::RefuseGoods(..)
                | Step::Cancel(..) => state.handover_steps(*step),
                _ => state.request_steps(*step),
            }
        };
        state
    }
}
