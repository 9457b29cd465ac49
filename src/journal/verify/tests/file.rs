//! A journal in a file of its own, and hands that change it past the server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use super::*;
use crate::access::Context;
use crate::answer::Answer;
use crate::config::{Database, DatabaseUrl};
use crate::credentials::marks::Marks;
use crate::db::migrate;
use crate::ids::{CaseId, MilestoneId};
use crate::journal::JournalRecorder;
use crate::journal::event::{Change, Deed, Event, SubjectKind};

pub(super) const CASE: u128 = 0x019b_2f3e_6d1c_7c3a_9a53_2f0d_9f4b_7e11;
pub(super) const AGENCY: u128 = 0x019b_2f3e_6d1c_7c3a_9a53_2f0d_9f4b_7e22;

fn settings(path: &Path) -> Database {
    Database {
        url: DatabaseUrl::Sqlite(path.to_owned()),
        migration_url: None,
        readers: 1,
        connections: 1,
        queue: 16,
        group_commit: 16,
        identifier_keys_file: None,
        statement_timeout: Duration::from_secs(10),
    }
}

pub(super) fn context() -> Context {
    Context::of_command("tests", "2026-03-01T04:30:00Z".parse().unwrap())
}

/// A journal of two chains in a file of its own.
pub(super) struct File {
    _directory: tempfile::TempDir,
    path: std::path::PathBuf,
    pub(super) db: Db,
}

impl File {
    /// Six entries about a case, the fourth with a text, and one about its agency.
    pub(super) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("passage.db");
        migrate::migrate(&settings(&path)).unwrap();
        let db = Db::open(
            &settings(&path),
            Arc::new(JournalRecorder),
            Arc::new(Marks::generate().unwrap()),
            60,
        )
        .unwrap();
        let file = Self { _directory: directory, path, db };
        file.try_to(&format!(
            "INSERT INTO agencies VALUES (x'{AGENCY:032x}', 'a', 'a', 'national', NULL, 'KG', 'UTC', '[]', NULL, NULL,
                NULL, 'none', 1, 0, 0, NULL);
             INSERT INTO cases VALUES (x'{CASE:032x}', 'KG-2026-00000', x'{AGENCY:032x}', 'c', 's', 'c s', 'live', 'routine',
                '[]', 'draft', 0, NULL, 0, NULL, NULL, x'00', 1, 0, 0);"
        ))
        .unwrap();
        let (agency, case) = (Uuid::from_u128(AGENCY), Uuid::from_u128(CASE));
        let agency = AgencyId::from_uuid(agency);
        let made = Event::in_agency(agency, Deed::AgencyCreated, SubjectKind::Agency, agency);
        file.write(vec![made]).await;
        for number in 1..=6 {
            let milestone = MilestoneId::new(context().now);
            let case = CaseId::from_uuid(case);
            let event =
                Event::in_case(case, Deed::MilestoneReported, SubjectKind::Milestone, milestone)
                    .with("number", number)
                    .with("great", u64::MAX);
            let text = (number == 4).then_some("Дорога закрыта");
            file.write(vec![event.optional_text("note", text)]).await;
        }
        file
    }

    pub(super) async fn write(&self, events: Vec<Event>) {
        let work =
            move |_: &mut crate::db::Tx<'_>| Ok(Change::by_all(Answer::empty(), events.clone()));
        self.db.write(&context(), work).await.unwrap();
    }

    /// Runs statements past the server.
    pub(super) fn try_to(&self, statements: &str) -> diesel::QueryResult<()> {
        let mut conn = SqliteConnection::establish(&self.path.to_string_lossy()).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = OFF").unwrap();
        conn.batch_execute(statements)
    }

    pub(super) fn tamper(&self, statements: &str) {
        let triggers = ["journal_entries_no_update", "journal_entries_no_delete"]
            .into_iter()
            .chain(["journal_chains_no_delete", "journal_texts_no_update"]);
        for trigger in triggers {
            self.try_to(&format!("DROP TRIGGER IF EXISTS {trigger}")).unwrap();
        }
        self.try_to(statements).unwrap();
    }

    pub(super) async fn found(&self) -> Vec<String> {
        let verification = verify(&self.db, &context()).await.unwrap();
        verification.findings.iter().map(ToString::to_string).collect()
    }
}
