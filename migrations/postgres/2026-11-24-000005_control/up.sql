CREATE TABLE handovers (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    consignment_id UUID NOT NULL REFERENCES consignments (id),
    from_agency_id UUID REFERENCES agencies (id),
    to_agency_id UUID NOT NULL REFERENCES agencies (id),
    leg_id UUID REFERENCES legs (id),
    place TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    window_from TIMESTAMPTZ,
    window_until TIMESTAMPTZ,
    seals TEXT NOT NULL,
    status TEXT NOT NULL,
    open BOOLEAN NOT NULL,
    emergency BOOLEAN NOT NULL,
    proposed_by UUID NOT NULL,
    proposing_agency_id UUID NOT NULL REFERENCES agencies (id),
    agreed_by UUID,
    agreed_at TIMESTAMPTZ,
    offered_by UUID,
    offered_at TIMESTAMPTZ,
    ended_by UUID,
    ended_at TIMESTAMPTZ,
    occurred_at TIMESTAMPTZ,
    received_time_zone TEXT,
    quantity TEXT,
    condition TEXT,
    received_seals TEXT,
    flags TEXT NOT NULL,
    reason TEXT,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX handovers_by_case ON handovers (case_id, id);
CREATE UNIQUE INDEX handovers_one_open ON handovers (consignment_id) WHERE open;

CREATE TABLE control_periods (
    consignment_id UUID NOT NULL REFERENCES consignments (id),
    number BIGINT NOT NULL,
    case_id UUID NOT NULL REFERENCES cases (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    begun_how TEXT NOT NULL,
    begun_at TIMESTAMPTZ NOT NULL,
    begun_place TEXT NOT NULL,
    begun_time_zone TEXT NOT NULL,
    begun_by UUID NOT NULL,
    handover_id UUID REFERENCES handovers (id),
    lost_at TIMESTAMPTZ,
    ended_how TEXT,
    ended_at TIMESTAMPTZ,
    ended_place TEXT,
    ended_time_zone TEXT,
    ended_by UUID,
    flags TEXT NOT NULL,
    ended_flags TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (consignment_id, number)
);
CREATE INDEX control_periods_by_case ON control_periods (case_id, consignment_id);
-- Exactly one agency is in control: whatever the code does, the database holds no second open period.
CREATE UNIQUE INDEX control_periods_one_open ON control_periods (consignment_id) WHERE ended_at IS NULL;

CREATE TABLE control_reports (
    consignment_id UUID NOT NULL REFERENCES consignments (id),
    number BIGINT NOT NULL,
    case_id UUID NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    agency_id UUID NOT NULL REFERENCES agencies (id),
    user_id UUID NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    place TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    note TEXT,
    flags TEXT NOT NULL,
    PRIMARY KEY (consignment_id, number)
);
CREATE INDEX control_reports_by_case ON control_reports (case_id, consignment_id);

-- What was reported stays as it was reported.
CREATE TRIGGER control_reports_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON control_reports
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE quantity_reports (
    consignment_id UUID NOT NULL REFERENCES consignments (id),
    number BIGINT NOT NULL,
    case_id UUID NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    quantity TEXT NOT NULL,
    measured TEXT NOT NULL,
    agency_id UUID NOT NULL REFERENCES agencies (id),
    user_id UUID NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    place TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    note TEXT,
    evidence_id UUID REFERENCES evidence (id),
    supersedes BIGINT,
    reason TEXT,
    flags TEXT NOT NULL,
    PRIMARY KEY (consignment_id, number)
);
CREATE INDEX quantity_reports_by_case ON quantity_reports (case_id, consignment_id);
-- A report is corrected once; what corrects it is corrected in turn.
CREATE UNIQUE INDEX quantity_reports_superseded ON quantity_reports (consignment_id, supersedes);

CREATE TRIGGER quantity_reports_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON quantity_reports
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
