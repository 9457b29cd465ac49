CREATE TABLE country_profiles (
    id UUID PRIMARY KEY,
    country TEXT NOT NULL,
    version BIGINT NOT NULL,
    profile TEXT NOT NULL,
    confirmed BOOLEAN NOT NULL,
    reviewed_on TEXT NOT NULL,
    review_due_on TEXT,
    kept_by UUID NOT NULL,
    kept_by_agency_id UUID NOT NULL REFERENCES agencies (id),
    kept_at TIMESTAMPTZ NOT NULL,
    UNIQUE (country, version)
);

CREATE TRIGGER country_profiles_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON country_profiles
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
