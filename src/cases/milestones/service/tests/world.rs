//! A case to tell stories of.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use serde_json::{Value, json};

use super::super::*;
use crate::access::{
    Caller, Context, MemberRole, MemberStatus, Officer, Role as UserRole, RoleSet,
};
use crate::agency::AgencyKind;
use crate::answer::Answer;
use crate::cases::case::model::{CaseStatus, Modality, Priority};
use crate::cases::milestones::api::views::{MilestoneList, MilestoneView, ReportList};
use crate::cases::milestones::model::ReportLimits;
use crate::clock::Instant;
use crate::config::{Database, DatabaseUrl};
use crate::credentials::marks::Marks;
use crate::db::schema::{agencies, case_members, cases};
use crate::db::{Db, Run, migrate};
use crate::ids::{RequestId, SessionId, UserId};
use crate::journal::JournalRecorder;

const LIMITS: ReportLimits = ReportLimits { allowed_skew: 120, late_after: 3600 };
pub(super) const START: &str = "2026-03-01T08:00:00Z";

/// A draft case of `lead` with a partner and an observer, in a database of its own.
pub(super) struct World {
    pub(super) db: Db,
    pub(super) case: CaseId,
    pub(super) now: Instant,
    pub(super) lead: Officer,
    pub(super) partner: Officer,
    pub(super) observer: Officer,
    pub(super) stranger: Officer,
    _folder: tempfile::TempDir,
}

fn officer(now: Instant, zone: &str) -> Officer {
    Officer {
        user: UserId::new(now),
        agency: AgencyId::new(now),
        agency_kind: AgencyKind::National,
        country: None,
        time_zone: zone.to_owned(),
        roles: RoleSet::EMPTY.with(UserRole::LiaisonOfficer),
        session: SessionId::new(now),
        authenticated_at: now,
        second_factor: false,
        machine: None,
    }
}

impl World {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Database {
            url: DatabaseUrl::Sqlite(folder.path().join("passage.db")),
            migration_url: None,
            readers: 1,
            connections: 2,
            queue: 16,
            group_commit: 4,
            identifier_keys_file: None,
            statement_timeout: Duration::from_secs(5),
        };
        migrate::migrate(&settings).unwrap();
        let db = Db::open(
            &settings,
            Arc::new(JournalRecorder),
            Arc::new(Marks::generate().unwrap()),
            60,
        )
        .unwrap();
        let now: Instant = START.parse().unwrap();
        let world = Self {
            db,
            case: CaseId::new(now),
            now,
            lead: officer(now, "Asia/Bishkek"),
            partner: officer(now, "Asia/Almaty"),
            observer: officer(now, "Asia/Tashkent"),
            stranger: officer(now, "UTC"),
            _folder: folder,
        };
        world.people().await;
        world
    }

    async fn people(&self) {
        let (case, lead, now) = (self.case, self.lead.clone(), self.now);
        let everybody = [&self.lead, &self.partner, &self.observer, &self.stranger];
        let agencies = everybody.map(|officer| (officer.agency, officer.time_zone.clone()));
        let members = [
            (self.lead.agency, MemberRole::Lead),
            (self.partner.agency, MemberRole::Partner),
            (self.observer.agency, MemberRole::Observer),
        ];
        let work = move |tx: &mut Tx<'_>| {
            for (agency, zone) in &agencies {
                insert_agency(tx, *agency, zone, now)?;
            }
            insert_case(tx, case, &lead, now)?;
            for (agency, role) in members {
                diesel::insert_into(case_members::table)
                    .values((
                        case_members::case_id.eq(case),
                        case_members::agency_id.eq(agency),
                        case_members::role.eq(role),
                        case_members::status.eq(MemberStatus::Accepted),
                        case_members::invited_at.eq(now),
                        case_members::version.eq(1),
                    ))
                    .run(tx)?;
            }
            Ok(())
        };
        self.db.housekeep(&self.context(&self.lead), work).await.unwrap();
    }

    pub(super) fn context(&self, officer: &Officer) -> Context {
        Context {
            caller: Caller::Officer(officer.clone()),
            request: RequestId::new(self.now),
            ..Context::of_command("test", self.now)
        }
    }

    pub(super) fn later(&mut self, minutes: i64) {
        self.now = self.now.plus_seconds(minutes * 60);
    }

    /// Does `action` to the milestone `id`, or takes a new one.
    pub(super) async fn act(
        &self,
        who: &Officer,
        id: Option<MilestoneId>,
        action: &'static str,
        body: Value,
    ) -> Result<Value> {
        let submission = Submission {
            content_type: Some("application/json".to_owned()),
            body: body.to_string().into_bytes(),
            if_match: None,
        };
        let case = self.case;
        let work = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            let id = id.unwrap_or(MilestoneId::from_uuid(uuid::Uuid::nil()));
            let change = match action {
                "post" => post(tx, case, &submission, LIMITS),
                "report" => report(tx, case, id, &submission, LIMITS),
                "supersede" => supersede(tx, case, id, &submission, LIMITS),
                "confirm" => confirm(tx, case, id, &submission),
                "dispute" => dispute(tx, case, id, &submission),
                "waive" => waive(tx, case, id, &submission),
                other => panic!("{other}"),
            };
            change?.try_map(|found| {
                let version = found.row.version;
                Ok(Answer::ok(&MilestoneView::of(found, now)?)?.version(version))
            })
        };
        let answer = self.db.write(&self.context(who), work).await?;
        let told: Value = serde_json::from_str(&answer.body.unwrap()).unwrap();
        // What an action answers is what is read afterwards.
        let again = self.read(who, told["id"].as_str().unwrap().parse().unwrap()).await?;
        assert_eq!(told, again);
        Ok(told)
    }

    pub(super) async fn post(&self, who: &Officer, body: Value) -> (MilestoneId, Value) {
        let milestone = self.act(who, None, "post", body).await.unwrap();
        (milestone["id"].as_str().unwrap().parse().unwrap(), milestone)
    }

    pub(super) async fn planned(&self, who: &Officer, expected_at: &str) -> MilestoneId {
        let body = json!({"kind": "departed", "expected_at": expected_at, "tolerance_minutes": 30});
        self.post(who, body).await.0
    }

    pub(super) async fn read(&self, who: &Officer, id: MilestoneId) -> Result<Value> {
        let case = self.case;
        let work = move |view: &mut View<'_>| {
            let found = get(view, case, id)?;
            MilestoneView::of(found, view.now())
        };
        let view = self.db.read(&self.context(who), work).await?;
        Ok(serde_json::to_value(view).unwrap())
    }

    pub(super) async fn list(&self, filter: Filter, page: Page) -> (Vec<Value>, Option<String>) {
        let case = self.case;
        let work = move |view: &mut View<'_>| {
            let page = list(view, case, || Ok((filter, page)))?;
            let now = view.now();
            let items: Result<_> =
                page.items.into_iter().map(|found| MilestoneView::of(found, now)).collect();
            Ok(MilestoneList { items: items?, next_cursor: page.next_cursor })
        };
        let list = self.db.read(&self.context(&self.lead), work).await.unwrap();
        let items = list.items.iter().map(|item| serde_json::to_value(item).unwrap()).collect();
        (items, list.next_cursor)
    }

    pub(super) async fn history(&self, id: MilestoneId) -> Value {
        let case = self.case;
        let work = move |view: &mut View<'_>| {
            history(view, case, id, || Ok(Page { limit: 50, after: None })).map(ReportList::from)
        };
        let list = self.db.read(&self.context(&self.lead), work).await.unwrap();
        serde_json::to_value(list).unwrap()
    }

    pub(super) async fn refused(
        &self,
        who: &Officer,
        id: Option<MilestoneId>,
        action: &'static str,
        body: Value,
    ) -> (&'static str, Vec<String>) {
        let error = self.act(who, id, action, body).await.unwrap_err();
        let pointers = error.faults().iter().map(|fault| fault.pointer.clone()).collect();
        (error.code().name, pointers)
    }

    pub(super) async fn close_case(&self) {
        let case = self.case;
        let work = move |tx: &mut Tx<'_>| {
            let closed = cases::status.eq(CaseStatus::Closed);
            diesel::update(cases::table.find(case)).set(closed).run(tx).map(|_| ())
        };
        self.db.housekeep(&self.context(&self.lead), work).await.unwrap();
    }
}

fn insert_agency(tx: &mut Tx<'_>, id: AgencyId, zone: &str, now: Instant) -> Result<()> {
    diesel::insert_into(agencies::table)
        .values((
            agencies::id.eq(id),
            agencies::name.eq("Agency"),
            agencies::short_name.eq("A"),
            agencies::kind.eq(AgencyKind::National),
            agencies::time_zone.eq(zone),
            agencies::languages.eq("[]"),
            agencies::authority_mark.eq("none"),
            agencies::version.eq(1),
            agencies::created_at.eq(now),
            agencies::updated_at.eq(now),
        ))
        .run(tx)
        .map(|_| ())
}

fn insert_case(tx: &mut Tx<'_>, id: CaseId, lead: &Officer, now: Instant) -> Result<()> {
    diesel::insert_into(cases::table)
        .values((
            cases::id.eq(id),
            cases::reference.eq("KG-2026-7K3QX"),
            cases::lead_agency_id.eq(lead.agency),
            cases::code_name.eq("Swallow"),
            cases::summary.eq(""),
            cases::search.eq(""),
            cases::modality.eq(Modality::Live),
            cases::priority.eq(Priority::Routine),
            cases::handling_codes.eq("[]"),
            cases::status.eq(CaseStatus::Draft),
            cases::restricted.eq(false),
            cases::was_on_the_move.eq(false),
            cases::created_by.eq(lead.user),
            cases::version.eq(1),
            cases::created_at.eq(now),
            cases::updated_at.eq(now),
        ))
        .run(tx)
        .map(|_| ())
}
