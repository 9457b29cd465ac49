//! Sends the letters that are due, for as long as the server runs.

use std::time::Duration;

use crate::access::Context;
use crate::clock::SharedClock;
use crate::db::Db;
use crate::error::Result;
use crate::identity::letters as notices;
use crate::mail::{Mailer, NotTaken};
use crate::watch::letters::{self, About, Letter};

/// Sends what is due every `interval`. Several servers may do so: what one has in hand the others leave alone.
pub async fn keep(
    db: Db,
    clock: SharedClock,
    mailer: Mailer,
    public_url: String,
    interval: Duration,
) {
    loop {
        tokio::time::sleep(interval).await;
        if let Err(error) = round(&db, &clock, &mailer, &public_url).await {
            let cause = error.operator().unwrap_or_default();
            tracing::warn!(code = error.code().name, cause, "mail waits for its next round");
        }
    }
}

/// Sends everything that is due, and tells how many letters the mail server took.
///
/// # Errors
/// When the database fails.
pub async fn round(
    db: &Db,
    clock: &SharedClock,
    mailer: &Mailer,
    public_url: &str,
) -> Result<usize> {
    let mut taken = 0;
    loop {
        let context = Context::of_command("post", clock.now());
        let letters = db.housekeep(&context, letters::take_in_hand).await?;
        if letters.is_empty() {
            return Ok(taken);
        }
        for letter in letters {
            let sent = send(mailer, &letter, public_url).await;
            let context = Context::of_command("post", clock.now());
            match sent {
                Ok(()) => {
                    taken += 1;
                    metrics::counter!("passage_mails_total", "result" => "sent").increment(1);
                    db.housekeep(&context, move |tx| letters::sent(tx, letter.id)).await?;
                }
                Err(refused) => {
                    tracing::warn!(letter = %letter.id, tries = letter.tries, cause = refused.cause, "a letter was not taken");
                    metrics::counter!("passage_mails_total", "result" => "refused").increment(1);
                    db.housekeep(&context, move |tx| {
                        letters::put_off(tx, &letter, refused.for_good)
                    })
                    .await?;
                }
            }
        }
    }
}

async fn send(mailer: &Mailer, letter: &Letter, public_url: &str) -> Result<(), NotTaken> {
    let (subject, text) = match &letter.about {
        About::Alert(alert) => {
            let place = format!("{public_url}/api/v1/alerts/{alert}");
            letters::words(&letter.language, &place)
        }
        About::Account(notice, None) if notice.opens_something() => {
            let cause = "what it opens cannot be read with the present keys".to_owned();
            return Err(NotTaken { for_good: false, cause });
        }
        About::Account(notice, opens) => {
            notices::words(*notice, &letter.language, public_url, opens.as_ref())
        }
    };
    mailer.send(&letter.address, subject, text).await
}
