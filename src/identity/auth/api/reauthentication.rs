//! Proving once more who one is, in a session that goes on: for what is dangerous.

use crate::answer::Answer;
use crate::db::Tx;
use crate::error::{Error, Faults, Result};
use crate::http::{App, Call};
use crate::identity::auth::api::proving::{self, Judged, Whose, type_password};
use crate::identity::auth::api::{Reauthenticate, Reauthenticated};
use crate::identity::auth::{begin, guard, store};
use crate::journal::event::{Change, Deed, Event, SubjectKind};

/// Checks the password, and the second factor where there is one; the present session counts as begun now.
///
/// # Errors
/// Invalid when too long; too many failures; the second factor is missing; the agency's officers sign in elsewhere; else the one answer to every failure.
pub async fn reauthenticate(app: &App, call: Call) -> Result<Answer> {
    let Reauthenticate { password, otp } = call.submission.read()?;
    let mut faults = Faults::new();
    proving::check_lengths(&mut faults, "/password", &password, otp.as_deref());
    faults.finish()?;
    let user = call.context.officer()?.user;
    let typed = type_password(app, &call, Whose::User(user), password, otp).await?;
    let renew = move |tx: &mut Tx<'_>, call: &Call| match proving::judge(tx, &typed)? {
        Judged::Failed(told) => Ok(told),
        Judged::Proved { account, permit, factor } => {
            if begin::belongs_elsewhere(tx, account.agency_id, account.id)? {
                return proving::turn_away(tx, &account);
            }
            let session = tx.context().officer()?.session;
            if !store::renew_session(tx, &permit, session, factor)? {
                return Err(Error::not_found());
            }
            guard::succeeded(tx, &permit, &call.address)?;
            let answer = Answer::ok(&Reauthenticated { authenticated_at: tx.now() })?;
            let event = Event::in_agency(
                account.agency_id,
                Deed::Reauthenticated,
                SubjectKind::Session,
                session,
            )
            .with("user", account.id)
            .with("second_factor", factor);
            Ok(Change::by(answer, event))
        }
    };
    let answer = app.write(call.clone(), renew).await?;
    proving::outcome(app, &call, answer)
}
