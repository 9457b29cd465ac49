CREATE TABLE country_profiles (
    id BLOB PRIMARY KEY NOT NULL,
    country TEXT NOT NULL,
    version BIGINT NOT NULL,
    profile TEXT NOT NULL,
    confirmed BOOLEAN NOT NULL,
    reviewed_on TEXT NOT NULL,
    review_due_on TEXT,
    kept_by BLOB NOT NULL,
    kept_by_agency_id BLOB NOT NULL REFERENCES agencies (id),
    kept_at BIGINT NOT NULL,
    UNIQUE (country, version)
);

CREATE TRIGGER country_profiles_no_update BEFORE UPDATE ON country_profiles
BEGIN SELECT RAISE(ABORT, 'country_profiles is append-only'); END;
CREATE TRIGGER country_profiles_no_delete BEFORE DELETE ON country_profiles
BEGIN SELECT RAISE(ABORT, 'country_profiles is append-only'); END;
