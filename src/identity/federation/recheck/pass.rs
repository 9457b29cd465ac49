//! The task that asks. Each provider has its turn by itself, so that one that is silent, slow or large keeps nobody else's
//! sessions waiting.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::time::Instant as Moment;

use super::{Outcome, ask, context, due, take};
use crate::access::{Facts, act};
use crate::error::Result;
use crate::http::App;
use crate::ids::{IdentityProviderId, SessionId};

/// How often the task looks.
const INTERVAL: Duration = Duration::from_secs(60);
/// After which time the task asks again, in seconds: early enough that a quarter of an hour is kept.
const DUE: i64 = 10 * 60;
/// How many providers are asked at a time.
const PROVIDERS: usize = 32;
/// About how many sessions each is asked at a time.
const AT_ONCE: usize = 8;
/// How long a provider is asked in one pass. What is left has its turn in the next.
const TURN: Duration = Duration::from_secs(45);
/// About how many sessions a provider is asked in one pass.
const MOST: i64 = 5_000;

/// Asks for as long as the server runs. Several nodes may do so: each session is asked about by one of them.
pub async fn keep(app: App) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        match pass(&app).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "ended sessions that no provider vouches for"),
            Err(error) => {
                let cause = error.operator().unwrap_or_default();
                tracing::warn!(
                    code = error.code().name,
                    cause,
                    "rechecks wait for their next pass"
                );
            }
        }
    }
}

/// Asks about every session that is due, and tells how many of them ended.
///
/// # Errors
/// When the database fails.
pub async fn pass(app: &App) -> Result<usize> {
    let context = context(app);
    let idle = app.idle_seconds();
    let providers = app
        .db
        .read(&context, move |view| {
            let permit = view.permit::<act::RecheckSession>(&Facts::Server)?;
            due::providers(view, &permit, view.now().plus_seconds(-DUE), idle)
        })
        .await?;
    stream::iter(providers)
        .map(|provider| turn(app, provider))
        .buffer_unordered(PROVIDERS)
        .try_fold(0, |all, ended| async move { Ok(all + ended) })
        .await
}

/// Asks one provider about its sessions: about one first, and about the others where it answers.
async fn turn(app: &App, provider: IdentityProviderId) -> Result<usize> {
    let context = context(app);
    let idle = app.idle_seconds();
    let mut due = app
        .db
        .read(&context, move |view| {
            let permit = view.permit::<act::RecheckSession>(&Facts::Server)?;
            due::sessions_of(view, &permit, provider, view.now().plus_seconds(-DUE), idle, MOST)
        })
        .await?
        .into_iter();
    let (over, silent) = (Moment::now() + TURN, AtomicBool::new(false));
    let asked = async |session: SessionId| {
        if silent.load(Ordering::Relaxed) || Moment::now() >= over {
            return Ok(0);
        }
        let Some(asked) = take(app, session).await? else { return Ok(0) };
        let outcome = ask(app, &asked).await?;
        if matches!(outcome, Outcome::Unknown(failure) if failure.is_the_providers()) {
            silent.store(true, Ordering::Relaxed);
        }
        Ok(usize::from(outcome == Outcome::Ended))
    };
    let Some(first) = due.next() else { return Ok(0) };
    let ended = asked(first).await?;
    stream::iter(due)
        .map(asked)
        .buffer_unordered(AT_ONCE)
        .try_fold(ended, |all, ended| async move { Ok(all + ended) })
        .await
}
