CREATE TABLE state_reports (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    country TEXT,
    summary TEXT NOT NULL,
    seizures TEXT NOT NULL,
    arrests INTEGER NOT NULL,
    proceeds TEXT,
    incidents TEXT,
    costs TEXT,
    lessons TEXT,
    version BIGINT NOT NULL,
    filed_by BLOB NOT NULL,
    filed_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX state_reports_one_per_agency ON state_reports (case_id, agency_id);
CREATE UNIQUE INDEX state_reports_one_per_state ON state_reports (case_id, country) WHERE country IS NOT NULL;
