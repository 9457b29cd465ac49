CREATE TABLE watches (
    id UUID PRIMARY KEY,
    agency_id UUID NOT NULL REFERENCES agencies (id),
    kind TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    mark BYTEA NOT NULL,
    mark_key INTEGER NOT NULL,
    expires_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    created_by UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX watches_by_agency ON watches (agency_id, id);
CREATE INDEX watches_by_mark ON watches (mark);

CREATE TABLE deconfliction_checks (
    id UUID PRIMARY KEY,
    agency_id UUID NOT NULL REFERENCES agencies (id),
    user_id UUID NOT NULL,
    case_id UUID REFERENCES cases (id),
    entered BOOLEAN NOT NULL,
    kind TEXT NOT NULL,
    found INTEGER NOT NULL,
    checked_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX deconfliction_checks_by_user ON deconfliction_checks (user_id, checked_at);
CREATE INDEX deconfliction_checks_by_agency ON deconfliction_checks (agency_id, checked_at);
CREATE INDEX deconfliction_checks_by_case ON deconfliction_checks (case_id);

CREATE TABLE deconfliction_hits (
    id UUID PRIMARY KEY,
    agency_id UUID NOT NULL REFERENCES agencies (id),
    other_agency_id UUID NOT NULL REFERENCES agencies (id),
    kind TEXT NOT NULL,
    case_id UUID REFERENCES cases (id),
    identifier_id UUID REFERENCES identifiers (id),
    watch_id UUID REFERENCES watches (id),
    found_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX deconfliction_hits_by_agency ON deconfliction_hits (agency_id, id);

-- Hits of which the side concerned has not taken note yet: what the watch reads of them.
CREATE TABLE deconfliction_hits_pending (
    hit_id UUID PRIMARY KEY REFERENCES deconfliction_hits (id)
);

CREATE TRIGGER deconfliction_checks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deconfliction_checks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deconfliction_hits_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deconfliction_hits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
