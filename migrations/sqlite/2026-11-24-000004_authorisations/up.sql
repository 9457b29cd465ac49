CREATE TABLE authorisations (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    country TEXT NOT NULL,
    authority_agency_id BLOB NOT NULL REFERENCES agencies (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    drafted_by BLOB NOT NULL,
    terms TEXT NOT NULL,
    decision_needed_by BIGINT NOT NULL,
    status TEXT NOT NULL,
    submitted_by BLOB,
    submitted_at BIGINT,
    grants BIGINT NOT NULL,
    reason_code TEXT,
    reason TEXT,
    decided_by BLOB,
    decided_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX authorisations_by_case ON authorisations (case_id, id);
CREATE INDEX authorisations_by_authority ON authorisations (authority_agency_id, case_id);

CREATE TABLE authorisation_grants (
    authorisation_id BLOB NOT NULL REFERENCES authorisations (id),
    number BIGINT NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    country TEXT NOT NULL,
    terms TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    spoken TEXT,
    confirm_by BIGINT,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    recorded_by BLOB NOT NULL,
    recorded_at BIGINT NOT NULL,
    confirmed_by BLOB,
    confirmed_at BIGINT,
    ended_at BIGINT,
    PRIMARY KEY (authorisation_id, number)
);
CREATE INDEX authorisation_grants_by_case ON authorisation_grants (case_id, authorisation_id);

CREATE TABLE authorisation_questions (
    authorisation_id BLOB NOT NULL REFERENCES authorisations (id),
    number BIGINT NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    user_id BLOB NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (authorisation_id, number)
);

-- What was asked and answered stays as it was said.
CREATE TRIGGER authorisation_questions_no_update BEFORE UPDATE ON authorisation_questions
BEGIN SELECT RAISE(ABORT, 'authorisation_questions is append-only'); END;
CREATE TRIGGER authorisation_questions_no_delete BEFORE DELETE ON authorisation_questions
BEGIN SELECT RAISE(ABORT, 'authorisation_questions is append-only'); END;
