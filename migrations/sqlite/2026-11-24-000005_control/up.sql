CREATE TABLE handovers (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    consignment_id BLOB NOT NULL REFERENCES consignments (id),
    from_agency_id BLOB REFERENCES agencies (id),
    to_agency_id BLOB NOT NULL REFERENCES agencies (id),
    leg_id BLOB REFERENCES legs (id),
    place TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    window_from BIGINT,
    window_until BIGINT,
    seals TEXT NOT NULL,
    status TEXT NOT NULL,
    open BOOLEAN NOT NULL,
    emergency BOOLEAN NOT NULL,
    proposed_by BLOB NOT NULL,
    proposing_agency_id BLOB NOT NULL REFERENCES agencies (id),
    agreed_by BLOB,
    agreed_at BIGINT,
    offered_by BLOB,
    offered_at BIGINT,
    ended_by BLOB,
    ended_at BIGINT,
    occurred_at BIGINT,
    received_time_zone TEXT,
    quantity TEXT,
    condition TEXT,
    received_seals TEXT,
    flags TEXT NOT NULL,
    reason TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX handovers_by_case ON handovers (case_id, id);
CREATE UNIQUE INDEX handovers_one_open ON handovers (consignment_id) WHERE open;

CREATE TABLE control_periods (
    consignment_id BLOB NOT NULL REFERENCES consignments (id),
    number BIGINT NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    begun_how TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    begun_place TEXT NOT NULL,
    begun_time_zone TEXT NOT NULL,
    begun_by BLOB NOT NULL,
    handover_id BLOB REFERENCES handovers (id),
    lost_at BIGINT,
    ended_how TEXT,
    ended_at BIGINT,
    ended_place TEXT,
    ended_time_zone TEXT,
    ended_by BLOB,
    flags TEXT NOT NULL,
    ended_flags TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (consignment_id, number)
);
CREATE INDEX control_periods_by_case ON control_periods (case_id, consignment_id);
-- Exactly one agency is in control: whatever the code does, the database holds no second open period.
CREATE UNIQUE INDEX control_periods_one_open ON control_periods (consignment_id) WHERE ended_at IS NULL;

CREATE TABLE control_reports (
    consignment_id BLOB NOT NULL REFERENCES consignments (id),
    number BIGINT NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    user_id BLOB NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    place TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    note TEXT,
    flags TEXT NOT NULL,
    PRIMARY KEY (consignment_id, number)
);
CREATE INDEX control_reports_by_case ON control_reports (case_id, consignment_id);

-- What was reported stays as it was reported.
CREATE TRIGGER control_reports_no_update BEFORE UPDATE ON control_reports
BEGIN SELECT RAISE(ABORT, 'control_reports is append-only'); END;
CREATE TRIGGER control_reports_no_delete BEFORE DELETE ON control_reports
BEGIN SELECT RAISE(ABORT, 'control_reports is append-only'); END;

CREATE TABLE quantity_reports (
    consignment_id BLOB NOT NULL REFERENCES consignments (id),
    number BIGINT NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    quantity TEXT NOT NULL,
    measured TEXT NOT NULL,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    user_id BLOB NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    place TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    note TEXT,
    evidence_id BLOB REFERENCES evidence (id),
    supersedes BIGINT,
    reason TEXT,
    flags TEXT NOT NULL,
    PRIMARY KEY (consignment_id, number)
);
CREATE INDEX quantity_reports_by_case ON quantity_reports (case_id, consignment_id);
-- A report is corrected once; what corrects it is corrected in turn.
CREATE UNIQUE INDEX quantity_reports_superseded ON quantity_reports (consignment_id, supersedes);

CREATE TRIGGER quantity_reports_no_update BEFORE UPDATE ON quantity_reports
BEGIN SELECT RAISE(ABORT, 'quantity_reports is append-only'); END;
CREATE TRIGGER quantity_reports_no_delete BEFORE DELETE ON quantity_reports
BEGIN SELECT RAISE(ABORT, 'quantity_reports is append-only'); END;
