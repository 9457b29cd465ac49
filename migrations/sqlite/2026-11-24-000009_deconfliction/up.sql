CREATE TABLE watches (
    id BLOB PRIMARY KEY NOT NULL,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    kind TEXT NOT NULL,
    sealed BLOB NOT NULL,
    mark BLOB NOT NULL,
    mark_key INTEGER NOT NULL,
    expires_at BIGINT,
    ended_at BIGINT,
    version BIGINT NOT NULL,
    created_by BLOB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX watches_by_agency ON watches (agency_id, id);
CREATE INDEX watches_by_mark ON watches (mark);

CREATE TABLE deconfliction_checks (
    id BLOB PRIMARY KEY NOT NULL,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    user_id BLOB NOT NULL,
    case_id BLOB REFERENCES cases (id),
    entered BOOLEAN NOT NULL,
    kind TEXT NOT NULL,
    found INTEGER NOT NULL,
    checked_at BIGINT NOT NULL
);
CREATE INDEX deconfliction_checks_by_user ON deconfliction_checks (user_id, checked_at);
CREATE INDEX deconfliction_checks_by_agency ON deconfliction_checks (agency_id, checked_at);
CREATE INDEX deconfliction_checks_by_case ON deconfliction_checks (case_id);

CREATE TABLE deconfliction_hits (
    id BLOB PRIMARY KEY NOT NULL,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    other_agency_id BLOB NOT NULL REFERENCES agencies (id),
    kind TEXT NOT NULL,
    case_id BLOB REFERENCES cases (id),
    identifier_id BLOB REFERENCES identifiers (id),
    watch_id BLOB REFERENCES watches (id),
    found_at BIGINT NOT NULL
);
CREATE INDEX deconfliction_hits_by_agency ON deconfliction_hits (agency_id, id);

-- Hits of which the side concerned has not taken note yet: what the watch reads of them.
CREATE TABLE deconfliction_hits_pending (
    hit_id BLOB PRIMARY KEY NOT NULL REFERENCES deconfliction_hits (id)
);

CREATE TRIGGER deconfliction_checks_no_update BEFORE UPDATE ON deconfliction_checks
BEGIN SELECT RAISE(ABORT, 'deconfliction_checks is append-only'); END;
CREATE TRIGGER deconfliction_checks_no_delete BEFORE DELETE ON deconfliction_checks
BEGIN SELECT RAISE(ABORT, 'deconfliction_checks is append-only'); END;
CREATE TRIGGER deconfliction_hits_no_update BEFORE UPDATE ON deconfliction_hits
BEGIN SELECT RAISE(ABORT, 'deconfliction_hits is append-only'); END;
CREATE TRIGGER deconfliction_hits_no_delete BEFORE DELETE ON deconfliction_hits
BEGIN SELECT RAISE(ABORT, 'deconfliction_hits is append-only'); END;
