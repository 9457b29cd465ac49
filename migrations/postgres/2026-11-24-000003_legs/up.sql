CREATE TABLE legs (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    sequence INTEGER NOT NULL,
    agency_id UUID NOT NULL REFERENCES agencies (id),
    from_country TEXT NOT NULL,
    to_country TEXT NOT NULL,
    planned_departure TIMESTAMPTZ NOT NULL,
    planned_arrival TIMESTAMPTZ NOT NULL,
    plan TEXT NOT NULL,
    status TEXT NOT NULL,
    when_found TEXT,
    started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    start_flags TEXT NOT NULL,
    arrival_flags TEXT NOT NULL,
    removed_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    created_by UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX legs_in_order ON legs (case_id, sequence) WHERE removed_at IS NULL;
CREATE INDEX legs_arrived_oddly ON legs (updated_at) WHERE arrival_flags <> '[]';

CREATE TABLE leg_plans (
    leg_id UUID NOT NULL REFERENCES legs (id),
    number BIGINT NOT NULL,
    case_id UUID NOT NULL REFERENCES cases (id),
    plan TEXT,
    agency_id UUID NOT NULL REFERENCES agencies (id),
    user_id UUID NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (leg_id, number)
);

CREATE TABLE crossings (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    leg_id UUID NOT NULL REFERENCES legs (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    user_id UUID NOT NULL,
    direction TEXT NOT NULL,
    country TEXT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    place TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    note TEXT,
    flags TEXT NOT NULL,
    supersedes_id UUID REFERENCES crossings (id),
    reason TEXT
);
CREATE INDEX crossings_by_case ON crossings (case_id, id);
CREATE INDEX crossings_flagged ON crossings (recorded_at) WHERE flags <> '[]';
CREATE UNIQUE INDEX crossings_superseded_once ON crossings (supersedes_id) WHERE supersedes_id IS NOT NULL;

-- Goods that took another way, as it was reported.
CREATE TABLE leg_diversions (
    leg_id UUID NOT NULL REFERENCES legs (id),
    number BIGINT NOT NULL,
    case_id UUID NOT NULL REFERENCES cases (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    user_id UUID NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    place TEXT,
    time_zone TEXT NOT NULL,
    reason TEXT NOT NULL,
    flags TEXT NOT NULL,
    PRIMARY KEY (leg_id, number)
);
CREATE INDEX leg_diversions_by_case ON leg_diversions (case_id, leg_id);
CREATE INDEX leg_diversions_by_time ON leg_diversions (recorded_at);

-- Plans keep their history, and what was reported stays as it was reported.
CREATE TRIGGER leg_plans_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON leg_plans
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER crossings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON crossings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER leg_diversions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON leg_diversions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
