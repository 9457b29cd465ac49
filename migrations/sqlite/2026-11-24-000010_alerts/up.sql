CREATE TABLE alerts (
    id BLOB PRIMARY KEY NOT NULL,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    case_id BLOB REFERENCES cases (id),
    kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    since BIGINT NOT NULL,
    raised_at BIGINT NOT NULL,
    level INTEGER NOT NULL,
    acknowledged_by BLOB,
    acknowledged_at BIGINT,
    resolved_at BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX alerts_by_agency ON alerts (agency_id, id);
CREATE INDEX alerts_by_case ON alerts (case_id, id);
CREATE INDEX alerts_open ON alerts (id) WHERE resolved_at IS NULL;
-- Of one cause an agency is told once, for good: one that comes back opens its alert again.
CREATE UNIQUE INDEX alerts_raised_once ON alerts (subject_id, kind, agency_id, since);
