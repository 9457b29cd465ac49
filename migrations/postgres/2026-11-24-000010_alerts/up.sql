CREATE TABLE alerts (
    id UUID PRIMARY KEY,
    agency_id UUID NOT NULL REFERENCES agencies (id),
    case_id UUID REFERENCES cases (id),
    kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    raised_at TIMESTAMPTZ NOT NULL,
    level INTEGER NOT NULL,
    acknowledged_by UUID,
    acknowledged_at TIMESTAMPTZ,
    resolved_at TIMESTAMPTZ,
    version BIGINT NOT NULL
);
CREATE INDEX alerts_by_agency ON alerts (agency_id, id);
CREATE INDEX alerts_by_case ON alerts (case_id, id);
-- Of one cause an agency is told once, until it is gone.
CREATE UNIQUE INDEX alerts_raised_once ON alerts (agency_id, kind, subject_id) WHERE resolved_at IS NULL;
