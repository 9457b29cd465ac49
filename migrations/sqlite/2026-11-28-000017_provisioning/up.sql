-- What an identity provider brings accounts in with; known by its digest only.
CREATE TABLE provisioning_tokens (
    id BLOB PRIMARY KEY NOT NULL,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    provider_id BLOB NOT NULL REFERENCES identity_providers (id),
    name TEXT NOT NULL,
    subject_claim TEXT NOT NULL,
    digest BLOB NOT NULL,
    created_by BLOB NOT NULL REFERENCES users (id),
    confirmed_by BLOB REFERENCES users (id),
    confirmed_at BIGINT,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    last_used_at BIGINT,
    last_address TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX provisioning_tokens_by_digest ON provisioning_tokens (digest);
CREATE INDEX provisioning_tokens_by_provider ON provisioning_tokens (provider_id, id);

-- The accounts that a provider brought in, with its own words about them.
CREATE TABLE provisioned_users (
    user_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id),
    provider_id BLOB NOT NULL REFERENCES identity_providers (id),
    subject_claim TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_name_key TEXT NOT NULL,
    profile TEXT NOT NULL,
    ended_at BIGINT,
    deleted_at BIGINT
);
CREATE UNIQUE INDEX provisioned_users_by_external_id ON provisioned_users (provider_id, subject_claim, external_id);
CREATE UNIQUE INDEX provisioned_users_by_name ON provisioned_users (provider_id, user_name_key) WHERE deleted_at IS NULL;
CREATE INDEX provisioned_users_by_provider ON provisioned_users (provider_id, user_id);

-- What some directories know a user by beside the subject of their tokens.
ALTER TABLE federated_identities ADD COLUMN directory_id TEXT;
CREATE INDEX federated_identities_by_directory ON federated_identities (provider_id, directory_id);
