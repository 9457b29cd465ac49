//! What a story does behind the scenes: it has the server do what is otherwise done by and by, and looks at the journal.

use passage::access::Context;
use passage::config::Config;
use passage::http::App;
use passage::journal;
use passage::journal::verify::{Head, Verification};
use passage::watch::letters::{self, About};
use secrecy::ExposeSecret as _;

use super::world::World;

impl World {
    /// Fails the story when the journal is not as it was written.
    pub fn verify_journal(&self) {
        let context = Context::of_command("verify", self.now());
        let found = super::block_on(journal::verify::verify(&self.app().db, &context));
        let found = found.expect("the journal can be read");
        assert_whole(&found);
    }

    /// Verifies what the journal of a case holds behind `verified`, and gives its head, behind which the next look goes on.
    #[track_caller]
    pub fn verify_behind(&self, case: &str, verified: Option<Head>) -> Option<Head> {
        let context = Context::of_command("verify", self.now());
        let chain = case.parse().expect("a case has an id");
        let db = &self.app().db;
        let found = super::block_on(journal::verify::verify_behind(db, &context, chain, verified));
        let (head, found) = found.expect("the journal can be read");
        assert_whole(&found);
        head
    }

    /// What the last letter to `email` opens, taken from those that are due.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn mailed_token(&self, email: &str) -> String {
        self.mailed_token_by(self.app(), email)
    }

    /// The same as `app` takes it, which may be one that was started anew.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn mailed_token_by(&self, app: &App, email: &str) -> String {
        let context = Context::of_command("post", self.now());
        let due = super::block_on(app.db.housekeep(&context, letters::take_in_hand));
        let of_account = due.expect("letters can be taken").into_iter().rev().find_map(|letter| {
            match letter.about {
                About::Account(_, opens) if letter.address.as_str() == email => opens,
                _ => None,
            }
        });
        let token = of_account.unwrap_or_else(|| panic!("nothing was mailed to {email}"));
        token.expose_secret().to_owned()
    }

    /// Waits until everything that was committed has its number.
    #[track_caller]
    pub fn settles(&self) {
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while self.probe().count("feed_pending") > 0 {
            assert!(std::time::Instant::now() < patience, "entries stay without a number");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Lets the watch look once, and tells how much it did.
    #[track_caller]
    pub fn watches(&self) -> usize {
        let App { db, clock, config, .. } = self.app();
        super::block_on(passage::watch::pass::pass(
            db,
            clock,
            &config.watch,
            config.mail.server.is_some(),
        ))
        .expect("the watch looks")
    }

    /// The same by a server that was started anew on the same database.
    #[track_caller]
    pub fn watches_anew(&self) -> usize {
        let App { clock, config, .. } = self.app();
        let anew = passage::app::build(Config::clone(config), clock.clone());
        let App { db, clock, config, .. } = anew.expect("the server is built anew");
        let mails = config.mail.server.is_some();
        super::block_on(passage::watch::pass::pass(&db, &clock, &config.watch, mails))
            .expect("the watch looks")
    }
}

#[track_caller]
fn assert_whole(found: &Verification) {
    let findings: Vec<String> = found.findings.iter().map(|it| format!("{it:?}")).collect();
    assert!(found.is_whole(), "the journal is not as it was written:\n{}", findings.join("\n"));
}
