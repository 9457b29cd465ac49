//! What the countries are asked and allow.

use super::{Answer, Asked, CONFIRM, Decider, LEGS, LONG, Land, Leg, Request, State, Step, Who};

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

    /// Whether the country lets the goods pass now, as they are.
    fn lets_pass(&self, land: Land) -> bool {
        matches!(self.request(land), Some(Request::Oral | Request::Granted))
            && self.requests[land.index()].is_some_and(|asked| asked.live)
    }

    /// Whether every country that the leg touches allows it now.
    pub fn cleared(&self, leg: usize) -> bool {
        LEGS[leg].iter().all(|land| self.lets_pass(*land))
    }

    /// Whether a country has yet to say yes or no.
    pub(super) fn waits_for_a_decision(&self) -> bool {
        Land::ALL.iter().any(|land| self.request(*land).is_some_and(Request::undecided))
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

    pub(super) fn request_steps(&mut self, step: Step) -> Answer {
        match step {
            Step::Draft(land) => {
                let open = self.request(land).is_some_and(|status| {
                    status.undecided() || matches!(status, Request::Oral | Request::Granted)
                });
                if open {
                    return Answer::Refused;
                }
                self.asks(land, Request::Draft, false)
            }
            Step::Submit(land) => match self.request(land) {
                Some(Request::Draft) => {
                    self.asked[land.index()] = true;
                    self.asks(land, Request::Submitted, true)
                }
                _ => Answer::Refused,
            },
            Step::Withdraw(_, by) if by != Who::Lead => Answer::Forbidden,
            Step::Withdraw(land, _) => match self.request(land) {
                Some(status) if status.undecided() => {
                    if let Some(asked) = &mut self.requests[land.index()] {
                        asked.status = Request::Withdrawn;
                    }
                    Answer::Done
                }
                _ => Answer::Refused,
            },
            Step::Acknowledge(land, decider)
            | Step::Grant(land, _, _, decider)
            | Step::Extend(land, _, _, decider)
            | Step::GrantOrally(land, decider)
            | Step::Confirm(land, decider)
            | Step::Refuse(land, decider)
            | Step::Revoke(land, decider) => self.answers(land, step, decider),
            _ => Answer::Forbidden,
        }
    }

    fn asks(&mut self, land: Land, status: Request, sent: bool) -> Answer {
        let asked = Asked { status, sent, until: 0, confirm: 0, live: false };
        self.requests[land.index()] = Some(asked);
        Answer::Done
    }

    /// Whoever is asked answers, each officer as far as is his to say; before a request is submitted there is nothing to see
    /// of it.
    fn answers(&mut self, land: Land, step: Step, decider: Decider) -> Answer {
        let own = match decider {
            Decider::Asking => return Answer::Forbidden,
            Decider::Neighbour => return Answer::Hidden,
            Decider::Authority => !matches!(step, Step::Acknowledge(..)),
            Decider::Speaker => matches!(step, Step::Acknowledge(..) | Step::GrantOrally(..)),
        };
        let Some(status) = self.request(land) else { return Answer::Hidden };
        if !self.requests[land.index()].is_some_and(|asked| asked.sent) {
            // The customs of Azerbaijan take part for another reason, and see what is drafted.
            let sees = decider == Decider::Speaker || self.asked[land.index()];
            let shown = land == Land::Az && sees;
            return if shown { Answer::Forbidden } else { Answer::Hidden };
        }
        if !own {
            return Answer::Forbidden;
        }
        self.decides(land, step, status)
    }

    /// The answer in its turn.
    fn decides(&mut self, land: Land, step: Step, status: Request) -> Answer {
        let Some(asked) = self.requests[land.index()] else { return Answer::Hidden };
        let granted = |until: i64, live| Asked {
            status: Request::Granted,
            until: self.now + until,
            confirm: 0,
            live,
            ..asked
        };
        let said_no = |status| Asked { status, until: 0, confirm: 0, ..asked };
        let next = match (step, status) {
            (Step::Acknowledge(..), Request::Submitted) => {
                Asked { status: Request::Acknowledged, ..asked }
            }
            (Step::Grant(_, until, live, _), Request::Acknowledged | Request::Oral)
            | (Step::Extend(_, until, live, _), Request::Granted) => granted(until, live),
            (Step::GrantOrally(..), Request::Acknowledged) => Asked {
                status: Request::Oral,
                until: self.now + LONG,
                confirm: self.now + CONFIRM,
                live: true,
                ..asked
            },
            (Step::Confirm(..), Request::Oral) => {
                Asked { status: Request::Granted, confirm: 0, ..asked }
            }
            (Step::Refuse(..), Request::Acknowledged | Request::Oral) => said_no(Request::Refused),
            (Step::Revoke(..), Request::Oral | Request::Granted) => said_no(Request::Revoked),
            _ => return Answer::Refused,
        };
        self.requests[land.index()] = Some(next);
        // What had counted counts no more, or lets less pass.
        let counted = matches!(status, Request::Oral | Request::Granted);
        if counted && !self.lets_pass(land) {
            self.stops(land);
        }
        Answer::Done
    }
}
