CREATE TABLE agencies (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    short_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    branch TEXT,
    country TEXT,
    time_zone TEXT NOT NULL,
    languages TEXT NOT NULL,
    contact_phone TEXT,
    contact_email TEXT,
    contact_hours TEXT,
    authority_mark TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    authority_first_held_at BIGINT
);
CREATE INDEX agencies_by_country ON agencies (country);

-- The agency that runs the server: always there, never made by the API.
INSERT INTO agencies (id, name, short_name, kind, time_zone, languages, authority_mark, version, created_at, updated_at)
VALUES (X'00000000000070008000000000000001', 'Operator of this server', 'Operator', 'operator', 'UTC', '["en"]', 'none', 1,
    CAST(strftime('%s', 'now') AS INTEGER) * 1000000, CAST(strftime('%s', 'now') AS INTEGER) * 1000000);

CREATE TABLE users (
    id BLOB PRIMARY KEY NOT NULL,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    email TEXT NOT NULL,
    full_name TEXT NOT NULL,
    locale TEXT NOT NULL,
    roles TEXT NOT NULL,
    proposed_roles TEXT,
    status TEXT NOT NULL,
    password_hash TEXT,
    confirmed_at BIGINT,
    confirmed_by BLOB REFERENCES users (id),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    former_roles TEXT
);
CREATE INDEX users_by_agency ON users (agency_id, id);

CREATE TABLE invitations (
    id BLOB PRIMARY KEY NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    digest BLOB NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX invitations_by_user ON invitations (user_id, created_at);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    address TEXT NOT NULL,
    last_address TEXT NOT NULL,
    device TEXT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    end_reason TEXT,
    second_factor TEXT
);
CREATE INDEX sessions_by_user ON sessions (user_id, id);

CREATE TABLE refresh_tokens (
    id BLOB PRIMARY KEY NOT NULL,
    session_id BLOB NOT NULL REFERENCES sessions (id),
    digest BLOB NOT NULL UNIQUE,
    parent_id BLOB REFERENCES refresh_tokens (id),
    used_at BIGINT,
    superseded_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_parent ON refresh_tokens (parent_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at) WHERE parent_id IS NULL;

CREATE TABLE cases (
    id BLOB PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    lead_agency_id BLOB NOT NULL REFERENCES agencies (id),
    code_name TEXT NOT NULL,
    summary TEXT NOT NULL,
    search TEXT NOT NULL,
    modality TEXT NOT NULL,
    priority TEXT NOT NULL,
    handling_codes TEXT NOT NULL,
    status TEXT NOT NULL,
    restricted BOOLEAN NOT NULL,
    outcome TEXT,
    was_on_the_move BOOLEAN NOT NULL,
    close_requested_at BIGINT,
    report_due_at BIGINT,
    created_by BLOB NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- What is watched is found by the cases that are open: most cases are not.
CREATE INDEX cases_by_status ON cases (status, id);

CREATE TABLE case_members (
    case_id BLOB NOT NULL REFERENCES cases (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    invited_by BLOB,
    invited_at BIGINT NOT NULL,
    responded_at BIGINT,
    ended_at BIGINT,
    reason TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (agency_id, case_id)
);
CREATE UNIQUE INDEX case_members_by_case ON case_members (case_id, agency_id);

CREATE TABLE case_assignments (
    case_id BLOB NOT NULL REFERENCES cases (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    assigned_by BLOB NOT NULL,
    assigned_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, case_id)
);
CREATE UNIQUE INDEX case_assignments_by_case ON case_assignments (case_id, user_id);

CREATE TABLE consignments (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    kind TEXT NOT NULL,
    substance TEXT,
    quantity TEXT NOT NULL,
    measured TEXT NOT NULL,
    modality TEXT NOT NULL,
    live_quantity TEXT,
    packaging TEXT,
    concealment TEXT,
    hazard TEXT,
    seals TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX consignments_by_case ON consignments (case_id, id);

CREATE TABLE identifiers (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    consignment_id BLOB NOT NULL REFERENCES consignments (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    kind TEXT NOT NULL,
    sealed BLOB NOT NULL,
    mark BLOB NOT NULL,
    mark_key INTEGER NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (consignment_id, mark)
);
CREATE INDEX identifiers_by_case ON identifiers (case_id, id);
CREATE INDEX identifiers_by_mark ON identifiers (mark);
CREATE INDEX identifiers_by_mark_key ON identifiers (mark_key, id);

CREATE TABLE milestones (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    kind TEXT NOT NULL,
    planned BOOLEAN NOT NULL,
    expected_at BIGINT,
    tolerance_minutes INTEGER NOT NULL,
    overdue_after BIGINT,
    place TEXT,
    time_zone TEXT NOT NULL,
    position TEXT,
    note TEXT,
    status TEXT NOT NULL,
    report_id BLOB,
    report_count INTEGER NOT NULL,
    version BIGINT NOT NULL,
    created_by BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX milestones_by_case ON milestones (case_id, id);
CREATE INDEX milestones_by_expectation ON milestones (case_id, status, expected_at);

CREATE TABLE milestone_reports (
    id BLOB PRIMARY KEY NOT NULL,
    milestone_id BLOB NOT NULL REFERENCES milestones (id),
    case_id BLOB NOT NULL REFERENCES cases (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    user_id BLOB NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    place TEXT,
    time_zone TEXT NOT NULL,
    position TEXT,
    note TEXT,
    flags TEXT NOT NULL,
    duplicate_of_id BLOB REFERENCES milestone_reports (id),
    supersedes_id BLOB UNIQUE REFERENCES milestone_reports (id),
    reason TEXT
);
CREATE INDEX milestone_reports_by_milestone ON milestone_reports (milestone_id, id);

CREATE TABLE milestone_reviews (
    id BLOB PRIMARY KEY NOT NULL,
    milestone_id BLOB NOT NULL REFERENCES milestones (id),
    report_id BLOB REFERENCES milestone_reports (id),
    case_id BLOB NOT NULL REFERENCES cases (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    user_id BLOB NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT,
    note TEXT,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX milestone_reviews_by_milestone ON milestone_reviews (milestone_id, id);
CREATE UNIQUE INDEX milestone_reviews_one_waiver ON milestone_reviews (milestone_id) WHERE verdict = 'waived';

CREATE TABLE evidence (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    number TEXT NOT NULL,
    originator_agency_id BLOB NOT NULL REFERENCES agencies (id),
    custodian_agency_id BLOB NOT NULL REFERENCES agencies (id),
    held_since BIGINT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    description TEXT,
    storage_place TEXT NOT NULL,
    seal TEXT,
    sha256 TEXT,
    size_bytes BIGINT,
    collected_by TEXT,
    collected_at BIGINT,
    collected_place TEXT,
    handling_codes TEXT NOT NULL,
    handling_note TEXT,
    use_as_evidence_permitted BOOLEAN NOT NULL,
    disposition TEXT,
    disposition_reason TEXT,
    disposed_at BIGINT,
    version BIGINT NOT NULL,
    created_by BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (case_id, number)
);

CREATE TABLE evidence_audience (
    evidence_id BLOB NOT NULL REFERENCES evidence (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    case_id BLOB NOT NULL REFERENCES cases (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (evidence_id, agency_id)
);
CREATE UNIQUE INDEX evidence_audience_by_case ON evidence_audience (case_id, agency_id, evidence_id);

CREATE TABLE evidence_transfers (
    id BLOB PRIMARY KEY NOT NULL,
    evidence_id BLOB NOT NULL REFERENCES evidence (id),
    case_id BLOB NOT NULL REFERENCES cases (id),
    from_agency_id BLOB NOT NULL REFERENCES agencies (id),
    to_agency_id BLOB NOT NULL REFERENCES agencies (id),
    place TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    purpose TEXT NOT NULL,
    seal TEXT,
    condition TEXT,
    weight TEXT,
    status TEXT NOT NULL,
    offered_by BLOB NOT NULL,
    offered_at BIGINT NOT NULL,
    released_at BIGINT,
    decided_by BLOB,
    decided_at BIGINT,
    received_at BIGINT,
    time_zone_received TEXT,
    seal_received TEXT,
    condition_received TEXT,
    weight_received TEXT,
    storage_place_received TEXT,
    reason TEXT,
    version BIGINT NOT NULL
);
CREATE INDEX evidence_transfers_by_evidence ON evidence_transfers (evidence_id, id);
CREATE UNIQUE INDEX evidence_transfers_one_open ON evidence_transfers (evidence_id) WHERE status = 'offered';

CREATE TABLE evidence_flags (
    id BLOB PRIMARY KEY NOT NULL,
    evidence_id BLOB NOT NULL REFERENCES evidence (id),
    case_id BLOB NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    explanation TEXT NOT NULL,
    raised_by BLOB NOT NULL,
    raised_at BIGINT NOT NULL
);
CREATE INDEX evidence_flags_by_evidence ON evidence_flags (evidence_id, id);
CREATE INDEX evidence_flags_by_case ON evidence_flags (case_id, id);
CREATE INDEX evidence_flags_by_time ON evidence_flags (raised_at);

CREATE TABLE journal_chains (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    head_sequence BIGINT NOT NULL,
    head_hash BLOB NOT NULL
);

CREATE TABLE journal_entries (
    id BLOB NOT NULL UNIQUE,
    chain_id BLOB NOT NULL REFERENCES journal_chains (id),
    sequence BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    agency_id BLOB,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    details TEXT NOT NULL,
    salt BLOB NOT NULL,
    previous_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (chain_id, sequence)
);

CREATE TABLE journal_texts (
    entry_id BLOB NOT NULL REFERENCES journal_entries (id),
    name TEXT NOT NULL,
    salt BLOB NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (entry_id, name)
);

CREATE TABLE consultations (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB,
    agency_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    request_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX consultations_by_case ON consultations (case_id, id);

CREATE TABLE consultation_reasons (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    agency_id BLOB NOT NULL,
    reason TEXT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX consultation_reasons_by_case ON consultation_reasons (case_id, session_id);

CREATE TABLE idempotency_keys (
    principal BLOB NOT NULL,
    key_digest BLOB NOT NULL,
    request_digest BLOB NOT NULL,
    answer BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (principal, key_digest)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- What was recorded stays as it was recorded.
CREATE TRIGGER journal_entries_no_update BEFORE UPDATE ON journal_entries
BEGIN SELECT RAISE(ABORT, 'journal_entries is append-only'); END;
CREATE TRIGGER journal_entries_no_delete BEFORE DELETE ON journal_entries
BEGIN SELECT RAISE(ABORT, 'journal_entries is append-only'); END;
CREATE TRIGGER consultations_no_update BEFORE UPDATE ON consultations
BEGIN SELECT RAISE(ABORT, 'consultations is append-only'); END;
CREATE TRIGGER consultations_no_delete BEFORE DELETE ON consultations
BEGIN SELECT RAISE(ABORT, 'consultations is append-only'); END;
CREATE TRIGGER consultation_reasons_no_update BEFORE UPDATE ON consultation_reasons
BEGIN SELECT RAISE(ABORT, 'consultation_reasons is append-only'); END;
CREATE TRIGGER consultation_reasons_no_delete BEFORE DELETE ON consultation_reasons
BEGIN SELECT RAISE(ABORT, 'consultation_reasons is append-only'); END;
CREATE TRIGGER milestone_reports_no_update BEFORE UPDATE ON milestone_reports
BEGIN SELECT RAISE(ABORT, 'milestone_reports is append-only'); END;
CREATE TRIGGER milestone_reports_no_delete BEFORE DELETE ON milestone_reports
BEGIN SELECT RAISE(ABORT, 'milestone_reports is append-only'); END;
CREATE TRIGGER milestone_reviews_no_update BEFORE UPDATE ON milestone_reviews
BEGIN SELECT RAISE(ABORT, 'milestone_reviews is append-only'); END;
CREATE TRIGGER milestone_reviews_no_delete BEFORE DELETE ON milestone_reviews
BEGIN SELECT RAISE(ABORT, 'milestone_reviews is append-only'); END;
CREATE TRIGGER evidence_flags_no_update BEFORE UPDATE ON evidence_flags
BEGIN SELECT RAISE(ABORT, 'evidence_flags is append-only'); END;
CREATE TRIGGER evidence_flags_no_delete BEFORE DELETE ON evidence_flags
BEGIN SELECT RAISE(ABORT, 'evidence_flags is append-only'); END;
CREATE TRIGGER journal_chains_no_delete BEFORE DELETE ON journal_chains
BEGIN SELECT RAISE(ABORT, 'journal_chains is append-only'); END;
CREATE TRIGGER journal_texts_no_update BEFORE UPDATE ON journal_texts
BEGIN SELECT RAISE(ABORT, 'a journal text is erased, never rewritten'); END;
