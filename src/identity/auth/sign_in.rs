//! Signing in.

use crate::answer::Answer;
use crate::db::Tx;
use crate::error::{Faults, Result};
use crate::http::{App, Call};
use crate::identity::agencies::model::OPERATOR;
use crate::identity::auth::api::Login;
use crate::identity::auth::api::proving::{self, Judged, Whose, type_password};
use crate::identity::auth::begin::{self, Opening, Told};
use crate::identity::auth::store::Account;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::text_enum;

/// The longest address, in bytes (RFC 5321).
const LONGEST_EMAIL: usize = 254;

text_enum! {
    /// Why a sign-in failed: for the journal; the client never learns which.
    pub enum Failure {
        /// There is no such account.
        UnknownAccount = "unknown_account",
        /// The password is another.
        WrongPassword = "wrong_password",
        /// The password is right and the second factor is missing.
        SecondFactorMissing = "second_factor_missing",
        /// The password is right and the second factor is not.
        WrongSecondFactor = "wrong_second_factor",
        /// The account has no such passkey.
        UnknownPasskey = "unknown_passkey",
        /// The challenge is not ours, was used or ran out.
        NoChallenge = "no_challenge",
        /// The device's answer is not one to this challenge, or nobody proved anything to the device.
        WrongPasskey = "wrong_passkey",
        /// Another device has the same passkey.
        ClonedPasskey = "cloned_passkey",
        /// What was proved is right and the account is ended or waits.
        NotInEffect = "not_in_effect",
        /// What was proved is right, and the agency has its officers sign in through its identity provider.
        BelongsElsewhere = "belongs_elsewhere",
    }
}

impl Failure {
    /// Whether it may be one of guessing at the password. Whoever knows it has other counts to meet.
    #[must_use]
    pub fn is_a_guess(self) -> bool {
        matches!(self, Self::UnknownAccount | Self::WrongPassword | Self::NotInEffect)
    }
}

/// Checks address and password, and begins a session.
///
/// # Errors
/// Invalid when too long; too many failures; the agency's officers sign in elsewhere; else the one answer to every failure.
pub async fn sign_in(app: &App, call: Call) -> Result<Answer> {
    let Login { email, password, otp } = call.submission.read()?;
    let mut faults = Faults::new();
    let short = email.len() <= LONGEST_EMAIL;
    faults.check(short, "/email", &format!("expected at most {LONGEST_EMAIL} characters"));
    proving::check_lengths(&mut faults, "/password", &password, otp.as_deref());
    faults.finish()?;
    let typed = type_password(app, &call, Whose::Address(email), password, otp).await?;
    let (tokens, lifetime) = (app.tokens.clone(), app.config.identity.refresh_token);
    let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    let admit = move |tx: &mut Tx<'_>, call: &Call| match proving::judge(tx, &typed)? {
        Judged::Failed(told) => Ok(told),
        Judged::Proved { account, permit, factor } => {
            if begin::belongs_elsewhere(tx, account.agency_id, account.id)? {
                return proving::turn_away(tx, &account);
            }
            let (agency, proved_at) = (account.agency_id, tx.now());
            let opening = Opening { agency, factor, lifetime, proved_at, told: Told::default() };
            let (tokens, event) = begin::begin(tx, call, &permit, &tokens, &opening)?;
            Ok(Change::by(Answer::ok(&tokens)?, event))
        }
    };
    let answer = app.write(call.clone(), admit).await?;
    proving::outcome(app, &call, answer)
}

/// Tells of a failure. One for an address that nobody has is told in the operator's chain, so that it takes the same
/// work, and so that guessing at names is seen.
pub(super) fn fail(
    tx: &mut Tx<'_>,
    account: Option<&Account>,
    failure: Failure,
) -> Result<Change<Answer>> {
    let agency = account.map_or(OPERATOR, |account| account.agency_id);
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let event = if let Some(account) = account {
        let user = account.id;
        Event::in_agency(agency, Deed::SignInFailed, SubjectKind::User, user).with("user", user)
    } else {
        Event::in_agency(agency, Deed::SignInFailed, SubjectKind::Agency, agency)
    };
    Ok(Change::by(Answer::empty(), event.with("failure", failure)))
}
