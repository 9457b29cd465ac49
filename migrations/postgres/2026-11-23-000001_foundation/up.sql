CREATE TABLE agencies (
    id UUID PRIMARY KEY,
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
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    authority_first_held_at TIMESTAMPTZ
);
CREATE INDEX agencies_by_country ON agencies (country);

-- The agency that runs the server: always there, never made by the API.
INSERT INTO agencies (id, name, short_name, kind, time_zone, languages, authority_mark, version, created_at, updated_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'Operator of this server', 'Operator', 'operator', 'UTC', '["en"]', 'none', 1,
    now(), now());

CREATE TABLE users (
    id UUID PRIMARY KEY,
    agency_id UUID NOT NULL REFERENCES agencies (id),
    email TEXT NOT NULL,
    full_name TEXT NOT NULL,
    locale TEXT NOT NULL,
    roles TEXT NOT NULL,
    proposed_roles TEXT,
    status TEXT NOT NULL,
    password_hash TEXT,
    confirmed_at TIMESTAMPTZ,
    confirmed_by UUID REFERENCES users (id),
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    former_roles TEXT
);
CREATE INDEX users_by_agency ON users (agency_id, id);

CREATE TABLE invitations (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    digest BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX invitations_by_user ON invitations (user_id, created_at);

CREATE TABLE sessions (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    address TEXT NOT NULL,
    last_address TEXT NOT NULL,
    device TEXT NOT NULL,
    authenticated_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    end_reason TEXT,
    second_factor TEXT
);
CREATE INDEX sessions_by_user ON sessions (user_id, id);

CREATE TABLE refresh_tokens (
    id UUID PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES sessions (id),
    digest BYTEA NOT NULL UNIQUE,
    parent_id UUID REFERENCES refresh_tokens (id),
    used_at TIMESTAMPTZ,
    superseded_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_parent ON refresh_tokens (parent_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at) WHERE parent_id IS NULL;

CREATE TABLE cases (
    id UUID PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    lead_agency_id UUID NOT NULL REFERENCES agencies (id),
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
    close_requested_at TIMESTAMPTZ,
    report_due_at TIMESTAMPTZ,
    created_by UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
-- What is watched is found by the cases that are open: most cases are not.
CREATE INDEX cases_by_status ON cases (status, id);

CREATE TABLE case_members (
    case_id UUID NOT NULL REFERENCES cases (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    invited_by UUID,
    invited_at TIMESTAMPTZ NOT NULL,
    responded_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    reason TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (agency_id, case_id)
);
CREATE UNIQUE INDEX case_members_by_case ON case_members (case_id, agency_id);

CREATE TABLE case_assignments (
    case_id UUID NOT NULL REFERENCES cases (id),
    user_id UUID NOT NULL REFERENCES users (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    assigned_by UUID NOT NULL,
    assigned_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, case_id)
);
CREATE UNIQUE INDEX case_assignments_by_case ON case_assignments (case_id, user_id);

CREATE TABLE consignments (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
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
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX consignments_by_case ON consignments (case_id, id);

CREATE TABLE identifiers (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    consignment_id UUID NOT NULL REFERENCES consignments (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    kind TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    mark BYTEA NOT NULL,
    mark_key INTEGER NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (consignment_id, mark)
);
CREATE INDEX identifiers_by_case ON identifiers (case_id, id);
CREATE INDEX identifiers_by_mark ON identifiers (mark);
CREATE INDEX identifiers_by_mark_key ON identifiers (mark_key, id);

CREATE TABLE milestones (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    kind TEXT NOT NULL,
    planned BOOLEAN NOT NULL,
    expected_at TIMESTAMPTZ,
    tolerance_minutes INTEGER NOT NULL,
    overdue_after TIMESTAMPTZ,
    place TEXT,
    time_zone TEXT NOT NULL,
    position TEXT,
    note TEXT,
    status TEXT NOT NULL,
    report_id UUID,
    report_count INTEGER NOT NULL,
    version BIGINT NOT NULL,
    created_by UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX milestones_by_case ON milestones (case_id, id);
CREATE INDEX milestones_by_expectation ON milestones (case_id, status, expected_at);

CREATE TABLE milestone_reports (
    id UUID PRIMARY KEY,
    milestone_id UUID NOT NULL REFERENCES milestones (id),
    case_id UUID NOT NULL REFERENCES cases (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    user_id UUID NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    place TEXT,
    time_zone TEXT NOT NULL,
    position TEXT,
    note TEXT,
    flags TEXT NOT NULL,
    duplicate_of_id UUID REFERENCES milestone_reports (id),
    supersedes_id UUID UNIQUE REFERENCES milestone_reports (id),
    reason TEXT
);
CREATE INDEX milestone_reports_by_milestone ON milestone_reports (milestone_id, id);

CREATE TABLE milestone_reviews (
    id UUID PRIMARY KEY,
    milestone_id UUID NOT NULL REFERENCES milestones (id),
    report_id UUID REFERENCES milestone_reports (id),
    case_id UUID NOT NULL REFERENCES cases (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    user_id UUID NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT,
    note TEXT,
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX milestone_reviews_by_milestone ON milestone_reviews (milestone_id, id);
CREATE UNIQUE INDEX milestone_reviews_one_waiver ON milestone_reviews (milestone_id) WHERE verdict = 'waived';

CREATE TABLE evidence (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    number TEXT NOT NULL,
    originator_agency_id UUID NOT NULL REFERENCES agencies (id),
    custodian_agency_id UUID NOT NULL REFERENCES agencies (id),
    held_since TIMESTAMPTZ NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    description TEXT,
    storage_place TEXT NOT NULL,
    seal TEXT,
    sha256 TEXT,
    size_bytes BIGINT,
    collected_by TEXT,
    collected_at TIMESTAMPTZ,
    collected_place TEXT,
    handling_codes TEXT NOT NULL,
    handling_note TEXT,
    use_as_evidence_permitted BOOLEAN NOT NULL,
    disposition TEXT,
    disposition_reason TEXT,
    disposed_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    created_by UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE (case_id, number)
);

CREATE TABLE evidence_audience (
    evidence_id UUID NOT NULL REFERENCES evidence (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    case_id UUID NOT NULL REFERENCES cases (id),
    added_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (evidence_id, agency_id)
);
CREATE UNIQUE INDEX evidence_audience_by_case ON evidence_audience (case_id, agency_id, evidence_id);

CREATE TABLE evidence_transfers (
    id UUID PRIMARY KEY,
    evidence_id UUID NOT NULL REFERENCES evidence (id),
    case_id UUID NOT NULL REFERENCES cases (id),
    from_agency_id UUID NOT NULL REFERENCES agencies (id),
    to_agency_id UUID NOT NULL REFERENCES agencies (id),
    place TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    purpose TEXT NOT NULL,
    seal TEXT,
    condition TEXT,
    weight TEXT,
    status TEXT NOT NULL,
    offered_by UUID NOT NULL,
    offered_at TIMESTAMPTZ NOT NULL,
    released_at TIMESTAMPTZ,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ,
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
    id UUID PRIMARY KEY,
    evidence_id UUID NOT NULL REFERENCES evidence (id),
    case_id UUID NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    explanation TEXT NOT NULL,
    raised_by UUID NOT NULL,
    raised_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX evidence_flags_by_evidence ON evidence_flags (evidence_id, id);
CREATE INDEX evidence_flags_by_case ON evidence_flags (case_id, id);
CREATE INDEX evidence_flags_by_time ON evidence_flags (raised_at);

CREATE TABLE journal_chains (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    head_sequence BIGINT NOT NULL,
    head_hash BYTEA NOT NULL
);

CREATE TABLE journal_entries (
    id UUID NOT NULL UNIQUE,
    chain_id UUID NOT NULL REFERENCES journal_chains (id),
    sequence BIGINT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    request_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    agency_id UUID,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    details TEXT NOT NULL,
    salt BYTEA NOT NULL,
    previous_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (chain_id, sequence)
);

CREATE TABLE journal_texts (
    entry_id UUID NOT NULL REFERENCES journal_entries (id),
    name TEXT NOT NULL,
    salt BYTEA NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (entry_id, name)
);

CREATE TABLE consultations (
    id UUID PRIMARY KEY,
    case_id UUID,
    agency_id UUID NOT NULL,
    user_id UUID NOT NULL,
    session_id UUID NOT NULL,
    request_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX consultations_by_case ON consultations (case_id, id);

CREATE TABLE consultation_reasons (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL,
    session_id UUID NOT NULL,
    user_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    reason TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX consultation_reasons_by_case ON consultation_reasons (case_id, session_id);

CREATE TABLE idempotency_keys (
    principal UUID NOT NULL,
    key_digest BYTEA NOT NULL,
    request_digest BYTEA NOT NULL,
    answer BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (principal, key_digest)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- What was recorded stays as it was recorded.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER journal_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consultations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consultations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consultation_reasons_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consultation_reasons
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER milestone_reports_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milestone_reports
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER milestone_reviews_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milestone_reviews
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evidence_flags_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_flags
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_chains_no_delete BEFORE DELETE OR TRUNCATE ON journal_chains
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_texts_no_update BEFORE UPDATE ON journal_texts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
