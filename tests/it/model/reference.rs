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
    Take(Who),
    End { by: Who, for_good: bool },
    Lose(Who),
    Recover(Who),
    TakeOver(Who),
    Propose { by: Who, to: Who },
    Agree(Who),
    Offer(Who),
    Accept(Who),
    RefuseGoods(Who),
    Cancel(Who),
}

/// The countries that each leg touches.
pub const LEGS: [&[Land]; 3] = [&[Land::Kg, Land::Kz], &[Land::Kz], &[Land::Kz, Land::Az]];

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub now: i64,
    pub case: Case,
    pub legs: [Leg; 3],
    pub requests: [Option<Asked>; 3],
    /// Whether the country was ever asked: its prosecutor's agency takes part from then on.
    pub asked: [bool; 3],
    pub control: Control,
    pub lost: bool,
    pub handover: Option<Handover>,
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

    /// The handover that may still be accepted.
    pub fn open_handover(&self) -> Option<Handover> {
        self.handover.filter(|handover| self.now < handover.until)
    }

    fn hold(&mut self, to: Leg, which: impl Fn(usize, Leg) -> bool) {
        for (at, leg) in self.legs.iter_mut().enumerate() {
            if leg.under_way() && which(at, *leg) {
                *leg = to;
            }
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
                self.hold(Leg::MustStop, |leg, _| LEGS[leg].contains(&land));
                (Request::Refused, 0, 0)
            }
            (Step::Revoke(_), Request::Oral | Request::Granted) => {
                self.hold(Leg::MustStop, |leg, _| LEGS[leg].contains(&land));
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
                let may = self.control == Control::Held(by)
                    || (by == Who::Lead && !matches!(self.control, Control::Held(_)));
                if !may {
                    return Answer::Forbidden;
                }
                let done = self.moves(&[Case::Active, Case::Suspended], Case::Intervention);
                if done == Answer::Done {
                    self.hold(Leg::Intervened, |_, _| true);
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
                let held = [Leg::Diverted, Leg::MustStop, Leg::Intervened, Leg::Lost];
                if held.contains(&self.legs[leg]) { self.goes(leg) } else { Answer::Refused }
            }
            Step::Complete(leg, Who::Lead) => {
                if !self.legs[leg].under_way() {
                    return Answer::Refused;
                }
                self.legs[leg] = Leg::Completed;
                self.goods = *LEGS[leg].last().unwrap();
                Answer::Done
            }
            Step::Divert(leg, Who::Lead) => {
                if self.legs[leg] == Leg::Running {
                    self.legs[leg] = Leg::Diverted;
                }
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
            Step::Take(by) => {
                if self.control != Control::Nobody || by.home() != Some(self.goods) {
                    return Answer::Refused;
                }
                self.control = Control::Held(by);
                Answer::Done
            }
            Step::End { by, for_good } => {
                if self.control != Control::Held(by) {
                    return Answer::Refused;
                }
                self.control = Control::Over { for_good };
                self.lost = false;
                self.handover = None;
                Answer::Done
            }
            Step::Lose(_) => {
                self.lost |= matches!(self.control, Control::Held(_));
                self.hold(Leg::Lost, |_, _| true);
                Answer::Done
            }
            Step::Recover(by) => {
                if self.control == (Control::Over { for_good: true }) {
                    self.control = Control::Held(by);
                }
                self.lost = false;
                self.hold(Leg::Running, |_, leg| leg == Leg::Lost);
                Answer::Done
            }
            Step::TakeOver(by) => {
                if self.control != Control::Held(by) {
                    self.control = Control::Held(by);
                    self.lost = false;
                }
                self.handover = None;
                Answer::Done
            }
            _ => Answer::Forbidden,
        }
    }

    fn handover_steps(&mut self, step: Step) -> Answer {
        if let Step::Propose { by, to } = step {
            let Control::Held(from) = self.control else { return Answer::Refused };
            if from == to {
                return Answer::Refused;
            }
            if by != from && by != to && by != Who::Lead {
                return Answer::Forbidden;
            }
            if self.open_handover().is_some() {
                return Answer::Refused;
            }
            let (status, until) = (Handing::Proposed, self.now + WINDOW);
            self.handover = Some(Handover { status, from, to, by, until });
            return Answer::Done;
        }
        // Each side does its own part, whether the window is open or not.
        let Some(handover) = self.handover else { return Answer::Hidden };
        let agreeing = if handover.by == handover.to { handover.from } else { handover.to };
        let own = match step {
            Step::Agree(by) => by == agreeing,
            Step::Offer(by) => by == handover.from,
            Step::Accept(by) | Step::RefuseGoods(by) => by == handover.to,
            Step::Cancel(by) => by == handover.from || by == handover.to || by == handover.by,
            _ => false,
        };
        if !own {
            return Answer::Forbidden;
        }
        let Some(open) = self.open_handover() else { return Answer::Refused };
        let next = match (step, open.status) {
            (Step::Agree(_), Handing::Proposed) => Some(Handing::Agreed),
            (Step::Offer(_), Handing::Agreed) => Some(Handing::Offered),
            (Step::Accept(_), Handing::Offered) => {
                self.control = Control::Held(open.to);
                self.lost = false;
                None
            }
            (Step::RefuseGoods(_), Handing::Offered) | (Step::Cancel(_), _) => None,
            _ => return Answer::Refused,
        };
        self.handover = next.map(|status| Handover { status, ..open });
        Answer::Done
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
        | Step::Take(by)
        | Step::End { by, .. }
        | Step::Lose(by)
        | Step::Recover(by)
        | Step::TakeOver(by)
        | Step::Propose { by, .. }
        | Step::Agree(by)
        | Step::Offer(by)
        | Step::Accept(by)
        | Step::RefuseGoods(by)
        | Step::Cancel(by) => Some(by),
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
    let members = |step: fn(Who) -> Step| MEMBERS.map(step).to_vec();
    let legs = |step: fn(usize, Who) -> Step| (0..3).map(|leg| step(leg, Who::Lead)).collect();
    let pairs = MEMBERS.iter().flat_map(|by| MEMBERS.map(|to| Step::Propose { by: *by, to }));
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
        pairs.collect(),
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
    let controlling = prop_oneof![
        4 => who().prop_map(Step::Take),
        1 => (who(), any::<bool>()).prop_map(|(by, for_good)| Step::End { by, for_good }),
        1 => who().prop_map(Step::Lose),
        2 => who().prop_map(Step::Recover),
        1 => who().prop_map(Step::TakeOver),
    ];
    let handing = prop_oneof![
        3 => (who(), member()).prop_map(|(by, to)| Step::Propose { by, to }),
        3 => who().prop_map(Step::Agree),
        3 => who().prop_map(Step::Offer),
        3 => who().prop_map(Step::Accept),
        1 => who().prop_map(Step::RefuseGoods),
        1 => who().prop_map(Step::Cancel),
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
            requests: [None; 3],
            asked: [false; 3],
            control: Control::Nobody,
            lost: false,
            handover: None,
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
            Step::Agree(_)
            | Step::Offer(_)
            | Step::Accept(_)
            | Step::RefuseGoods(_)
            | Step::Cancel(_) => state.handover.is_some(),
            _ => true,
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
                Step::Take(_)
                | Step::End { .. }
                | Step::Lose(_)
                | Step::Recover(_)
                | Step::TakeOver(_) => state.control_steps(*step),
                Step::Propose { .. }
                | Step::Agree(_)
                | Step::Offer(_)
                | Step::Accept(_)
                | Step::RefuseGoods(_)
                | Step::Cancel(_) => state.handover_steps(*step),
                _ => state.request_steps(*step),
            }
        };
        state
    }
}
