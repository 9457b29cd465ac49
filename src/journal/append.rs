//! Appending: the one place where entries are made.

use diesel::prelude::*;
use serde_json::{Value, json};

use crate::clock::Instant;
use crate::db::schema::{
    consultation_reasons, consultations, feed_pending, journal_chains, journal_entries,
    journal_texts,
};
use crate::db::types::Json;
use crate::db::{Consulted, Recorder, Run, Tx};
use crate::error::{Error, Result};
use crate::ids::{
    AgencyId, CaseId, ChainId, ConsultationId, EntryId, RequestId, SessionId, UserId,
};
use crate::journal::chain::{GENESIS, Hash, Statement, Subject, hex, text_digest};
use crate::journal::event::{ChainOf, Event, Events};
use crate::text_enum;

text_enum! {
    /// What a chain tells of.
    pub enum ChainKind {
        /// One case.
        Case = "case",
        /// One agency, for what belongs to no case.
        Agency = "agency",
    }
}

impl ChainOf {
    /// The chain's id: that of the case or agency it tells of.
    #[must_use]
    pub fn id(self) -> ChainId {
        match self {
            Self::Case(case) => ChainId::from_uuid(case.uuid()),
            Self::Agency(agency) => ChainId::from_uuid(agency.uuid()),
        }
    }

    fn kind(self) -> ChainKind {
        match self {
            Self::Case(_) => ChainKind::Case,
            Self::Agency(_) => ChainKind::Agency,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = consultations, treat_none_as_default_value = false)]
struct ConsultationRow {
    id: ConsultationId,
    case_id: Option<CaseId>,
    agency_id: AgencyId,
    user_id: UserId,
    session_id: SessionId,
    request_id: RequestId,
    operation: &'static str,
    recorded_at: Instant,
}

/// Writes the journal, for the doors of the database.
#[derive(Debug, Clone, Copy, Default)]
pub struct JournalRecorder;

impl Recorder for JournalRecorder {
    fn append(&self, tx: &mut Tx<'_>, events: &Events) -> Result<()> {
        let mut chains: Vec<ChainOf> = Vec::new();
        for event in events.iter() {
            if !chains.contains(&event.chain) {
                chains.push(event.chain);
            }
        }
        // Always in the same order, so that two writers never wait for each other in a ring.
        chains.sort_by_key(|chain| chain.id());
        for chain in chains {
            let own: Vec<&Event> = events.iter().filter(|event| event.chain == chain).collect();
            append_to(tx, chain, &own)?;
        }
        Ok(())
    }

    fn consult(&self, tx: &mut Tx<'_>, consulted: &[Consulted]) -> Result<()> {
        let context = tx.context();
        let officer = context.officer()?;
        let rows: Vec<_> = consulted
            .iter()
            .map(|consultation| ConsultationRow {
                id: ConsultationId::new(context.now),
                case_id: consultation.case,
                agency_id: officer.agency,
                user_id: officer.user,
                session_id: officer.session,
                request_id: context.request.clone(),
                operation: context.operation,
                recorded_at: context.now,
            })
            .collect();
        diesel::insert_into(consultations::table).values(rows).run(tx)?;
        for consultation in consulted {
            if let (Some(case), Some(reason)) = (consultation.case, &consultation.reason) {
                diesel::insert_into(consultation_reasons::table)
                    .values((
                        consultation_reasons::id.eq(ConsultationId::new(context.now)),
                        consultation_reasons::case_id.eq(case),
                        consultation_reasons::session_id.eq(officer.session),
                        consultation_reasons::user_id.eq(officer.user),
                        consultation_reasons::agency_id.eq(officer.agency),
                        consultation_reasons::reason.eq(reason),
                        consultation_reasons::recorded_at.eq(context.now),
                    ))
                    .run(tx)?;
            }
        }
        Ok(())
    }
}

fn append_to(tx: &mut Tx<'_>, chain: ChainOf, events: &[&Event]) -> Result<()> {
    let count = i64::try_from(events.len()).map_err(Error::internal)?;
    let (head_sequence, mut previous) = reserve(tx, chain, count)?;
    for (sequence, event) in (head_sequence - count + 1..).zip(events) {
        previous = insert(tx, chain.id(), sequence, previous, event)?;
    }
    let unnumbered: Vec<_> = (head_sequence - count + 1..=head_sequence)
        .map(|sequence| {
            (feed_pending::chain_id.eq(chain.id()), feed_pending::sequence.eq(sequence))
        })
        .collect();
    diesel::insert_into(feed_pending::table).values(unnumbered).run(tx)?;
    diesel::update(journal_chains::table.find(chain.id()))
        .set(journal_chains::head_hash.eq(previous.as_slice()))
        .run(tx)?;
    Ok(())
}

/// Takes the next `count` places of the chain and holds its row until the transaction ends.
fn reserve(tx: &mut Tx<'_>, chain: ChainOf, count: i64) -> Result<(i64, Hash)> {
    if let Some(reserved) = advance(tx, chain, count)? {
        return Ok(reserved);
    }
    // Another writer may begin the same chain at the same time: then both go on from where it began.
    diesel::insert_into(journal_chains::table)
        .values((
            journal_chains::id.eq(chain.id()),
            journal_chains::kind.eq(chain.kind()),
            journal_chains::head_sequence.eq(0),
            journal_chains::head_hash.eq(GENESIS.as_slice()),
        ))
        .on_conflict_do_nothing()
        .run(tx)?;
    advance(tx, chain, count)?.ok_or_else(|| Error::internal("a chain was begun and is missing"))
}

fn advance(tx: &mut Tx<'_>, chain: ChainOf, count: i64) -> Result<Option<(i64, Hash)>> {
    let reserved: Option<(i64, Vec<u8>)> = diesel::update(journal_chains::table.find(chain.id()))
        .set(journal_chains::head_sequence.eq(journal_chains::head_sequence + count))
        .returning((journal_chains::head_sequence, journal_chains::head_hash))
        .maybe(tx)?;
    let Some((sequence, hash)) = reserved else { return Ok(None) };
    let hash = hash.try_into().map_err(|_| Error::internal("a chain head has no hash"))?;
    Ok(Some((sequence, hash)))
}

fn insert(
    tx: &mut Tx<'_>,
    chain: ChainId,
    sequence: i64,
    previous: Hash,
    event: &Event,
) -> Result<Hash> {
    let context = tx.context();
    let id = EntryId::new(context.now);
    let salt = random_salt()?;
    let mut details = event.details.clone();
    let mut texts = Vec::new();
    for (name, text) in &event.texts {
        let salt = random_salt()?;
        details.insert((*name).to_owned(), json!({ "digest": text_digest(&salt, text) }));
        texts.push((*name, salt, text));
    }
    let statement = Statement {
        chain,
        sequence,
        id,
        recorded_at: context.now,
        request: if event.by_server {
            RequestId::new(context.now)
        } else {
            context.request.clone()
        },
        actor: if event.by_server { "server".to_owned() } else { context.caller.journal_name() },
        agency: context.caller.agency().filter(|_| !event.by_server),
        action: event.deed.to_string(),
        subject: Subject { kind: event.subject.to_string(), id: event.subject_id },
        details,
        salt: hex(&salt),
        previous_hash: hex(&previous),
    };
    let hash = statement.hash().map_err(Error::internal)?;
    insert_statement(tx, &statement, &salt, &previous, &hash, context.now)?;
    for (name, salt, text) in texts {
        diesel::insert_into(journal_texts::table)
            .values((
                journal_texts::entry_id.eq(id),
                journal_texts::name.eq(name),
                journal_texts::salt.eq(salt.as_slice()),
                journal_texts::text.eq(text),
            ))
            .run(tx)?;
    }
    Ok(hash)
}

fn insert_statement(
    tx: &mut Tx<'_>,
    statement: &Statement,
    salt: &[u8; 16],
    previous: &Hash,
    hash: &Hash,
    now: Instant,
) -> Result<()> {
    diesel::insert_into(journal_entries::table)
        .values((
            journal_entries::id.eq(statement.id),
            journal_entries::chain_id.eq(statement.chain),
            journal_entries::sequence.eq(statement.sequence),
            journal_entries::recorded_at.eq(now),
            journal_entries::request_id.eq(&statement.request),
            journal_entries::actor.eq(&statement.actor),
            journal_entries::agency_id.eq(statement.agency),
            journal_entries::action.eq(&statement.action),
            journal_entries::subject_kind.eq(&statement.subject.kind),
            journal_entries::subject_id.eq(EntryId::from_uuid(statement.subject.id)),
            journal_entries::details.eq(Json(Value::Object(statement.details.clone()))),
            journal_entries::salt.eq(salt.as_slice()),
            journal_entries::previous_hash.eq(previous.as_slice()),
            journal_entries::hash.eq(hash.as_slice()),
        ))
        .run(tx)?;
    Ok(())
}

fn random_salt() -> Result<[u8; 16]> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(Error::internal)?;
    Ok(salt)
}
