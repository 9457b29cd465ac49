//! The reference: one case, told as simply as the rules can be told, and what each command or fact has to be answered.
//!
//! It is written from the rules and shares no code with the server. Time is counted in minutes from the beginning; all
//! that is limited ends between two strokes of the clock, so that milliseconds never decide.

use super::steps::{Step, by};

mod closing;
mod control;
mod leave;
mod route;

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

/// Who answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decider {
    /// The authority that is asked.
    Authority,
    /// A liaison officer of the same agency.
    Speaker,
    /// The authority of another country.
    Neighbour,
    /// A liaison officer of the agency that asks.
    Asking,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Active,
    Suspended,
    Intervention,
    Concluded,
    Closed,
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
    /// Whether the goods may pass as they are, and not only once they are replaced.
    pub live: bool,
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
    /// Whether anything was done on the way, of which every State owes its report.
    pub acted: bool,
    /// Which States have filed their report.
    pub filed: [bool; 3],
    /// What the last step has to be answered.
    pub answer: Answer,
}

impl Land {
    pub const ALL: [Self; 3] = [Self::Kg, Self::Kz, Self::Az];

    pub fn index(self) -> usize {
        self as usize
    }
}

impl Who {
    pub fn home(self) -> Option<Land> {
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

impl State {
    /// A case that has just become active.
    pub fn new() -> Self {
        Self {
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
            acted: false,
            filed: [false; 3],
            answer: Answer::Done,
        }
    }

    /// The case after `step`, with what that has to be answered.
    pub fn after(mut self, step: Step) -> Self {
        let hidden = by(step) == Some(Who::Stranger);
        self.answer = if hidden { Answer::Hidden } else { self.takes(step) };
        self
    }

    fn takes(&mut self, step: Step) -> Answer {
        match step {
            Step::Wait(minutes) => {
                self.now += minutes;
                Answer::Done
            }
            Step::Suspend(_)
            | Step::Activate(_)
            | Step::Intervene(_)
            | Step::Conclude(_)
            | Step::File(_)
            | Step::Close(_) => self.case_steps(step),
            Step::Start(..)
            | Step::Complete(..)
            | Step::Divert(..)
            | Step::Resume(..)
            | Step::Enter(..) => self.leg_steps(step),
            Step::Take(..)
            | Step::End { .. }
            | Step::Lose(..)
            | Step::Recover(..)
            | Step::TakeOver(..) => self.control_steps(step),
            Step::Propose { .. }
            | Step::Agree(..)
            | Step::Offer(..)
            | Step::Accept(..)
            | Step::RefuseGoods(..)
            | Step::Cancel(..) => self.handover_steps(step),
            _ => self.request_steps(step),
        }
    }
}
