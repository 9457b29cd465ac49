//! The legs, and what befalls them.

use super::{Answer, Case, LEGS, Leg, State, Step, Who};

impl State {
    /// The legs under way of which `which` is true are next where `next` says; where the goods are lost, that is where the leg
    /// stands once they are found.
    pub(super) fn befalls(&mut self, which: impl Fn(usize) -> bool, next: impl Fn(Leg) -> Leg) {
        for leg in (0..3).filter(|leg| which(*leg)) {
            match self.legs[leg] {
                Leg::Lost => self.found[leg] = next(self.found[leg]),
                status if status.under_way() => self.legs[leg] = next(status),
                _ => {}
            }
        }
    }

    pub(super) fn loses(&mut self) {
        for (leg, found) in self.legs.iter_mut().zip(&mut self.found) {
            if leg.under_way() && *leg != Leg::Lost {
                (*found, *leg) = (*leg, Leg::Lost);
            }
        }
    }

    /// What was lost goes on where it stood, with everybody's leave, unless other goods are still lost.
    pub(super) fn finds(&mut self) {
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

    fn goes(&mut self, leg: usize) -> Answer {
        let reached = self.legs.iter().take(leg).all(|before| *before == Leg::Completed);
        if self.case != Case::Active || !reached || !self.cleared(leg) {
            return Answer::Refused;
        }
        self.legs[leg] = Leg::Running;
        Answer::Done
    }

    pub(super) fn leg_steps(&mut self, step: Step) -> Answer {
        match step {
            // A crossing is a fact of everybody who acts on the route.
            Step::Enter(_, land, _) => {
                self.goods = land;
                self.acted = true;
                Answer::Done
            }
            Step::Start(leg, Who::Lead) => {
                if self.legs[leg] != Leg::Ahead {
                    return Answer::Refused;
                }
                let done = self.goes(leg);
                if done == Answer::Done {
                    self.goods = LEGS[leg][0];
                    self.acted = true;
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
                self.acted = true;
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
}
