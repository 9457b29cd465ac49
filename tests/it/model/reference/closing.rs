//! How the case stands, and what it takes to close it.

use super::{Answer, Case, Control, Leg, State, Step, Who};

impl State {
    pub(super) fn case_steps(&mut self, step: Step) -> Answer {
        match step {
            Step::Suspend(Who::Lead) => self.moves(&[Case::Active], Case::Suspended),
            Step::Activate(Who::Lead) => self.moves(&[Case::Suspended], Case::Active),
            Step::Conclude(Who::Lead) => {
                self.moves(&[Case::Active, Case::Suspended, Case::Intervention], Case::Concluded)
            }
            Step::Intervene(by) => self.intervenes(by),
            Step::File(by) => self.files(by),
            Step::Close(Who::Lead) if self.is_settled() => {
                self.moves(&[Case::Concluded], Case::Closed)
            }
            Step::Close(Who::Lead) => Answer::Refused,
            _ => Answer::Forbidden,
        }
    }

    fn moves(&mut self, from: &[Case], to: Case) -> Answer {
        if !from.contains(&self.case) {
            return Answer::Refused;
        }
        self.case = to;
        Answer::Done
    }

    /// Whoever is in control may intervene; the lead as long as nobody is.
    fn intervenes(&mut self, by: Who) -> Answer {
        let held = self.control.iter().any(|control| matches!(control, Control::Held(_)));
        let may = self.control.contains(&Control::Held(by)) || (by == Who::Lead && !held);
        if !may {
            return Answer::Forbidden;
        }
        let done = self.moves(&[Case::Active, Case::Suspended], Case::Intervention);
        if done == Answer::Done {
            self.acted = true;
            self.befalls(|_| true, |_| Leg::Intervened);
        }
        done
    }

    /// Each State reports once.
    fn files(&mut self, by: Who) -> Answer {
        let Some(home) = by.home() else { return Answer::Hidden };
        if self.case == Case::Closed || self.filed[home.index()] {
            return Answer::Refused;
        }
        self.filed[home.index()] = true;
        Answer::Done
    }

    /// Whether nothing is open any more: goods in control, handovers, requests and, where anything was done, reports.
    fn is_settled(&self) -> bool {
        let held = self.control.iter().any(|control| matches!(control, Control::Held(_)));
        let handed = self.handovers.iter().any(Option::is_some);
        let owed = self.acted && self.filed.contains(&false);
        !held && !handed && !self.waits_for_a_decision() && !owed
    }
}
