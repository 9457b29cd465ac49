CREATE TABLE legs (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    sequence INTEGER NOT NULL,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    from_country TEXT NOT NULL,
    to_country TEXT NOT NULL,
    planned_departure BIGINT NOT NULL,
    planned_arrival BIGINT NOT NULL,
    plan TEXT NOT NULL,
    status TEXT NOT NULL,
    when_found TEXT,
    started_at BIGINT,
    ended_at BIGINT,
    start_flags TEXT NOT NULL,
    arrival_flags TEXT NOT NULL,
    removed_at BIGINT,
    version BIGINT NOT NULL,
    created_by BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX legs_in_order ON legs (case_id, sequence) WHERE removed_at IS NULL;
CREATE INDEX legs_arrived_oddly ON legs (updated_at) WHERE arrival_flags <> '[]';

CREATE TABLE leg_plans (
    leg_id BLOB NOT NULL REFERENCES legs (id),
    number BIGINT NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    plan TEXT,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    user_id BLOB NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (leg_id, number)
);

CREATE TABLE crossings (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    leg_id BLOB NOT NULL REFERENCES legs (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    user_id BLOB NOT NULL,
    direction TEXT NOT NULL,
    country TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    place TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    note TEXT,
    flags TEXT NOT NULL,
    supersedes_id BLOB REFERENCES crossings (id),
    reason TEXT
);
CREATE INDEX crossings_by_case ON crossings (case_id, id);
CREATE INDEX crossings_flagged ON crossings (recorded_at) WHERE flags <> '[]';
CREATE UNIQUE INDEX crossings_superseded_once ON crossings (supersedes_id) WHERE supersedes_id IS NOT NULL;

-- Goods that took another way, as it was reported.
CREATE TABLE leg_diversions (
    leg_id BLOB NOT NULL REFERENCES legs (id),
    number BIGINT NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    user_id BLOB NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    place TEXT,
    time_zone TEXT NOT NULL,
    reason TEXT NOT NULL,
    flags TEXT NOT NULL,
    PRIMARY KEY (leg_id, number)
);
CREATE INDEX leg_diversions_by_case ON leg_diversions (case_id, leg_id);
CREATE INDEX leg_diversions_by_time ON leg_diversions (recorded_at);

-- Plans keep their history, and what was reported stays as it was reported.
CREATE TRIGGER leg_plans_no_update BEFORE UPDATE ON leg_plans
BEGIN SELECT RAISE(ABORT, 'leg_plans is append-only'); END;
CREATE TRIGGER leg_plans_no_delete BEFORE DELETE ON leg_plans
BEGIN SELECT RAISE(ABORT, 'leg_plans is append-only'); END;
CREATE TRIGGER crossings_no_update BEFORE UPDATE ON crossings
BEGIN SELECT RAISE(ABORT, 'crossings is append-only'); END;
CREATE TRIGGER crossings_no_delete BEFORE DELETE ON crossings
BEGIN SELECT RAISE(ABORT, 'crossings is append-only'); END;
CREATE TRIGGER leg_diversions_no_update BEFORE UPDATE ON leg_diversions
BEGIN SELECT RAISE(ABORT, 'leg_diversions is append-only'); END;
CREATE TRIGGER leg_diversions_no_delete BEFORE DELETE ON leg_diversions
BEGIN SELECT RAISE(ABORT, 'leg_diversions is append-only'); END;
