CREATE TABLE authorisations (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    country TEXT NOT NULL,
    authority_agency_id UUID NOT NULL REFERENCES agencies (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    drafted_by UUID NOT NULL,
    terms TEXT NOT NULL,
    decision_needed_by TIMESTAMPTZ NOT NULL,
    status TEXT NOT NULL,
    submitted_by UUID,
    submitted_at TIMESTAMPTZ,
    grants BIGINT NOT NULL,
    reason_code TEXT,
    reason TEXT,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX authorisations_by_case ON authorisations (case_id, id);
CREATE INDEX authorisations_by_authority ON authorisations (authority_agency_id, case_id);

CREATE TABLE authorisation_grants (
    authorisation_id UUID NOT NULL REFERENCES authorisations (id),
    number BIGINT NOT NULL,
    case_id UUID NOT NULL REFERENCES cases (id),
    country TEXT NOT NULL,
    terms TEXT NOT NULL,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_until TIMESTAMPTZ NOT NULL,
    spoken TEXT,
    confirm_by TIMESTAMPTZ,
    agency_id UUID NOT NULL REFERENCES agencies (id),
    recorded_by UUID NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    confirmed_by UUID,
    confirmed_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    PRIMARY KEY (authorisation_id, number)
);
CREATE INDEX authorisation_grants_by_case ON authorisation_grants (case_id, authorisation_id);

CREATE TABLE authorisation_questions (
    authorisation_id UUID NOT NULL REFERENCES authorisations (id),
    number BIGINT NOT NULL,
    case_id UUID NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    agency_id UUID NOT NULL REFERENCES agencies (id),
    user_id UUID NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (authorisation_id, number)
);

-- What was asked and answered stays as it was said.
CREATE TRIGGER authorisation_questions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authorisation_questions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
