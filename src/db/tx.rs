//! What a use case sees of the database: a [`View`] to read, a [`Tx`] to write.

use std::ops::{Deref, DerefMut};

use diesel::prelude::*;

use crate::access::{self, Act, Action, Context, Facts, Permit};
use crate::clock::Instant;
use crate::credentials::marks::Marks;
use crate::db::conn::{Conn, Run};
use crate::db::schema::consultation_reasons;
use crate::error::{Error, Result, codes};
use crate::ids::CaseId;

/// Something that was consulted and will be recorded before the answer leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consulted {
    /// The case; none for a list over many.
    pub case: Option<CaseId>,
    /// Why, where the caller said so now.
    pub reason: Option<String>,
}

/// A consistent look at the database on behalf of one request.
pub struct View<'a> {
    conn: &'a mut Conn,
    context: &'a Context,
    marks: &'a Marks,
    consulted: Vec<Consulted>,
    statements: u64,
    asks_for_reasons: bool,
    replaying: bool,
    halted: bool,
}

impl<'a> View<'a> {
    pub(super) fn new(conn: &'a mut Conn, context: &'a Context, marks: &'a Marks) -> Self {
        Self {
            conn,
            context,
            marks,
            consulted: Vec::new(),
            statements: 0,
            asks_for_reasons: true,
            replaying: false,
            halted: false,
        }
    }

    pub(super) fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    pub(super) fn count_statement(&mut self) {
        self.statements += 1;
    }

    pub(super) fn statements(&self) -> u64 {
        self.statements
    }

    pub(super) fn take_consulted(&mut self) -> Vec<Consulted> {
        std::mem::take(&mut self.consulted)
    }

    /// What surrounds the request.
    #[must_use]
    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// What identifiers are kept and found by.
    #[must_use]
    pub fn marks(&self) -> &'a Marks {
        self.marks
    }

    /// The moment that counts as now for the whole request.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.context.now
    }

    /// Leave for the caller to do `A` where `facts` hold. Reading a case notes the consultation.
    ///
    /// # Errors
    /// Not found where the thing is hidden or missing, forbidden where it is seen.
    pub fn permit<A: Act>(&mut self, facts: &Facts) -> Result<Permit<A>> {
        let permit = access::grant(&self.context.caller, facts)?;
        let reason = self.context.consultation_reason.clone();
        if let Some(case) = facts.case() {
            // Who is about to say why is noted with what he or she says.
            if A::ACTION != Action::StateReason {
                if reason.is_none() && self.asks_for_reasons {
                    self.ask_for_reason(case.case)?;
                }
                self.note_consultation(Some(case.case), reason);
            }
        } else if A::ACTION == Action::ListCases {
            self.note_consultation(None, reason);
        }
        if self.replaying {
            self.halted = true;
            return Err(Error::internal("the answer that was kept takes the place of this one"));
        }
        Ok(permit)
    }

    /// Where a reason is required, one must have been given for this case in this session.
    fn ask_for_reason(&mut self, case: CaseId) -> Result<()> {
        let (true, Some(officer)) = (self.context.reason_required, self.context.caller.officer())
        else {
            return Ok(());
        };
        let given: i64 = consultation_reasons::table
            .filter(consultation_reasons::case_id.eq(case))
            .filter(consultation_reasons::session_id.eq(officer.session))
            .count()
            .one(self)?;
        if given > 0 {
            return Ok(());
        }
        Err(Error::new(
            &codes::CONSULTATION_REASON_REQUIRED,
            "Say once in this session why you consult this case: send X-Consultation-Reason, or post it to \
             /consultations of the case.",
        ))
    }

    /// Notes that a case is consulted, and why.
    pub fn note_consultation(&mut self, case: Option<CaseId>, reason: Option<String>) {
        let consulted = Consulted { case, reason };
        if !self.consulted.contains(&consulted) {
            self.consulted.push(consulted);
        }
    }
}

/// A transaction that may write.
pub struct Tx<'a> {
    view: View<'a>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(conn: &'a mut Conn, context: &'a Context, marks: &'a Marks) -> Self {
        let mut view = View::new(conn, context, marks);
        // A change is told by its own entry; a write that changes nothing is asked afterwards.
        view.asks_for_reasons = false;
        Self { view }
    }

    /// From here on the first permit that is given ends the work: access is judged again, nothing else.
    pub(super) fn replay(&mut self) {
        self.view.replaying = true;
    }

    /// Where a reason is required, one must have been given for every case that was looked at.
    pub(super) fn ask_for_reasons(&mut self) -> Result<()> {
        if self.context().consultation_reason.is_some() {
            return Ok(());
        }
        let cases: Vec<CaseId> = self.view.consulted.iter().filter_map(|seen| seen.case).collect();
        cases.into_iter().try_for_each(|case| self.view.ask_for_reason(case))
    }

    pub(super) fn was_halted(&self) -> bool {
        self.view.halted
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = View<'a>;

    fn deref(&self) -> &View<'a> {
        &self.view
    }
}

impl<'a> DerefMut for Tx<'a> {
    fn deref_mut(&mut self) -> &mut View<'a> {
        &mut self.view
    }
}
