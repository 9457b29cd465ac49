//! A case with its agencies, in a database file.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{Caller, Context, MemberRole, MemberStatus, Officer, Role};
use crate::agency::AgencyKind;
use crate::answer::Answer;
use crate::cases::case::model::{CaseStatus, Modality, Priority};
use crate::cases::evidence::api::{EvidenceView, TransferView};
use crate::cases::evidence::service::{self, Shown};
use crate::clock::Instant;
use crate::config::{Database, DatabaseUrl};
use crate::credentials::marks::Marks;
use crate::db::schema::{agencies, case_members, cases, journal_entries, users};
use crate::db::{Db, Page, Run, Tx, View, migrate::migrate};
use crate::error::{Error, Result};
use crate::ids::{AgencyId, CaseId, EvidenceId, RequestId, SessionId, TransferId, UserId};
use crate::journal::JournalRecorder;
use crate::journal::event::{Change, Deed};
use crate::submission::Submission;

pub(super) const LEAD: u128 = 1;
pub(super) const PARTNER: u128 = 2;
pub(super) const OTHER: u128 = 3;
pub(super) const OBSERVER: u128 = 4;
pub(super) const STRANGER: u128 = 5;

pub(super) fn agency(number: u128) -> AgencyId {
    AgencyId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn case() -> CaseId {
    CaseId::from_uuid(Uuid::from_u128(100))
}

pub(super) fn id<K>(view: &Value) -> crate::ids::Id<K> {
    view["id"].as_str().unwrap().parse().unwrap()
}

fn noon() -> Instant {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

pub(super) struct World {
    db: Db,
    _folder: tempfile::TempDir,
}

/// What was answered: the body and the version.
pub(super) type Told = Result<(Value, Option<i64>)>;

fn told(answer: Result<Answer>) -> Told {
    let answer = answer?;
    let version = answer.etag.map(|tag| tag.trim_matches('"').parse().unwrap());
    Ok((serde_json::from_str(answer.body.as_deref().unwrap_or("null")).unwrap(), version))
}

pub(super) fn shown(shown: Shown) -> Result<Answer> {
    let version = shown.row.version;
    Ok(Answer::ok(&EvidenceView::from(shown))?.version(version))
}

pub(super) fn ok<T: Serialize>(value: impl Into<T>) -> Result<Answer> {
    Answer::ok(&value.into())
}

pub(super) fn code(told: Told) -> &'static str {
    told.unwrap_err().code().name
}

pub(super) fn faults(told: Told) -> Vec<(String, String)> {
    let error: Error = told.unwrap_err();
    error.faults().iter().map(|fault| (fault.pointer.clone(), fault.detail.clone())).collect()
}

impl World {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Database {
            url: DatabaseUrl::Sqlite(folder.path().join("passage.db")),
            migration_url: None,
            readers: 1,
            connections: 1,
            queue: 16,
            group_commit: 4,
            identifier_keys_file: None,
            statement_timeout: Duration::from_secs(5),
        };
        migrate(&settings).unwrap();
        let db = Db::open(
            &settings,
            Arc::new(JournalRecorder),
            Arc::new(Marks::generate().unwrap()),
            60,
        )
        .unwrap();
        db.housekeep(&Context::of_command("tests", noon()), fill).await.unwrap();
        Self { db, _folder: folder }
    }

    fn context(who: u128, now: Instant) -> Context {
        let officer = Officer {
            user: UserId::from_uuid(Uuid::from_u128(who)),
            agency: agency(who),
            agency_kind: AgencyKind::National,
            country: None,
            time_zone: "UTC".to_owned(),
            roles: [Role::LiaisonOfficer].into_iter().collect(),
            session: SessionId::from_uuid(Uuid::from_u128(who)),
            authenticated_at: now,
            second_factor: false,
            machine: None,
        };
        let caller = Caller::Officer(officer);
        Context { caller, request: RequestId::new(now), ..Context::of_command("tests", now) }
    }

    pub(super) async fn read(
        &self,
        who: u128,
        work: impl FnOnce(&mut View<'_>) -> Result<Answer> + Send + 'static,
    ) -> Told {
        told(self.db.read(&Self::context(who, noon()), work).await)
    }

    pub(super) async fn write(
        &self,
        who: u128,
        version: Option<i64>,
        body: Value,
        work: impl Fn(&mut Tx<'_>, &Submission) -> Result<Change<Answer>> + Send + 'static,
    ) -> Told {
        let submission = Submission {
            content_type: Some("application/json".to_owned()),
            body: body.to_string().into_bytes(),
            if_match: version.map(crate::answer::etag),
        };
        let context = Self::context(who, noon());
        told(self.db.write(&context, move |tx| work(tx, &submission)).await)
    }

    pub(super) async fn register(&self, who: u128, extra: Value) -> Told {
        let mut body = json!({
            "title": "Packet 1 of 11", "kind": "physical", "storage_place": "Shelf 4",
            "seal": "KG-17", "handling_codes": ["H0"],
        });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        self.write(who, None, body, |tx, sent| service::register(tx, case(), sent)?.try_map(shown))
            .await
    }

    pub(super) async fn shared(&self, who: u128, with: &[u128]) -> EvidenceId {
        let audience: Vec<_> = with.iter().copied().map(agency).collect();
        id(&self.register(who, json!({ "audience": audience })).await.unwrap().0)
    }

    pub(super) async fn get(&self, who: u128, item: EvidenceId) -> Told {
        self.read(who, move |view| shown(service::get(view, case(), item)?)).await
    }

    pub(super) async fn list(&self, who: u128) -> Vec<EvidenceId> {
        let listed = self
            .read(who, |view| {
                let page = || Page::parse(None, None, 50, 200);
                let page = service::list(view, case(), page)?;
                Answer::ok(&page.map(EvidenceView::from))
            })
            .await;
        listed.unwrap().0["items"].as_array().unwrap().iter().map(id).collect()
    }

    pub(super) async fn edit(
        &self,
        who: u128,
        item: EvidenceId,
        version: i64,
        body: Value,
    ) -> Told {
        self.write(who, Some(version), body, move |tx, sent| {
            service::edit(tx, case(), item, sent)?.try_map(shown)
        })
        .await
    }

    pub(super) async fn show_to(
        &self,
        who: u128,
        item: EvidenceId,
        version: i64,
        to: &[u128],
    ) -> Told {
        let wanted: Vec<_> = to.iter().copied().map(agency).collect();
        self.write(who, Some(version), json!({ "agencies": wanted }), move |tx, sent| {
            service::set_audience(tx, case(), item, sent)?.try_map(shown)
        })
        .await
    }

    pub(super) async fn offer(&self, who: u128, item: EvidenceId, to: u128, extra: Value) -> Told {
        let mut body =
            json!({ "to_agency_id": agency(to), "place": "Korday", "purpose": "Analysis" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        self.write(who, None, body, move |tx, sent| {
            service::offer(tx, case(), item, sent)?.try_map(ok::<TransferView>)
        })
        .await
    }

    pub(super) async fn accept(
        &self,
        who: u128,
        item: EvidenceId,
        of: TransferId,
        body: Value,
    ) -> Told {
        self.write(who, None, body, move |tx, sent| {
            service::accept(tx, case(), item, of, sent)?.try_map(ok::<TransferView>)
        })
        .await
    }

    pub(super) async fn dispose(&self, who: u128, item: EvidenceId, to: &str) -> Told {
        self.write(who, None, json!({ "disposition": to }), move |tx, sent| {
            service::dispose(tx, case(), item, sent)?.try_map(shown)
        })
        .await
    }

    pub(super) async fn deeds(&self) -> Vec<(Deed, String)> {
        let context = Self::context(LEAD, noon());
        let read = |view: &mut View<'_>| {
            journal_entries::table
                .select((journal_entries::action, journal_entries::details))
                .order(journal_entries::sequence)
                .all(view)
        };
        self.db.read(&context, read).await.unwrap()
    }
}

fn fill(tx: &mut Tx<'_>) -> Result<()> {
    let now = tx.now();
    for number in [LEAD, PARTNER, OTHER, OBSERVER, STRANGER] {
        diesel::insert_into(agencies::table)
            .values((
                agencies::id.eq(agency(number)),
                agencies::name.eq("Agency"),
                agencies::short_name.eq("A"),
                agencies::kind.eq(AgencyKind::National),
                agencies::time_zone.eq("UTC"),
                agencies::languages.eq("[]"),
                agencies::authority_mark.eq("none"),
                agencies::version.eq(1i64),
                agencies::created_at.eq(now),
                agencies::updated_at.eq(now),
            ))
            .run(tx)?;
        diesel::insert_into(users::table)
            .values((
                users::id.eq(UserId::from_uuid(Uuid::from_u128(number))),
                users::agency_id.eq(agency(number)),
                users::email.eq(format!("officer{number}@example.org")),
                users::full_name.eq("Officer"),
                users::locale.eq("en"),
                users::roles.eq("[]"),
                users::status.eq("active"),
                users::version.eq(1i64),
                users::created_at.eq(now),
                users::updated_at.eq(now),
            ))
            .run(tx)?;
    }
    diesel::insert_into(cases::table)
        .values((
            cases::id.eq(case()),
            cases::reference.eq("KG-2026-00000"),
            cases::lead_agency_id.eq(agency(LEAD)),
            (cases::code_name.eq("Ala-Too"), cases::summary.eq(""), cases::search.eq("")),
            (cases::modality.eq(Modality::Live), cases::priority.eq(Priority::Urgent)),
            (cases::handling_codes.eq("[]"), cases::status.eq(CaseStatus::Draft)),
            (cases::restricted.eq(false), cases::was_on_the_move.eq(false)),
            cases::created_by.eq(UserId::from_uuid(Uuid::from_u128(LEAD))),
            (cases::version.eq(1i64), cases::created_at.eq(now), cases::updated_at.eq(now)),
        ))
        .run(tx)?;
    for (number, role) in [
        (LEAD, MemberRole::Lead),
        (PARTNER, MemberRole::Partner),
        (OTHER, MemberRole::Partner),
        (OBSERVER, MemberRole::Observer),
    ] {
        diesel::insert_into(case_members::table)
            .values((
                case_members::case_id.eq(case()),
                case_members::agency_id.eq(agency(number)),
                case_members::role.eq(role),
                case_members::status.eq(MemberStatus::Accepted),
                case_members::invited_at.eq(now),
                case_members::version.eq(1i64),
            ))
            .run(tx)?;
    }
    Ok(())
}
