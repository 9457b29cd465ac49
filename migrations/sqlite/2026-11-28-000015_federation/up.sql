CREATE TABLE identity_providers (
    id BLOB PRIMARY KEY NOT NULL,
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_secret BLOB,
    seal_key INTEGER NOT NULL,
    token_auth TEXT NOT NULL,
    algorithms TEXT NOT NULL,
    scopes TEXT NOT NULL,
    role_claim TEXT NOT NULL,
    role_mappings TEXT NOT NULL,
    in_effect TEXT,
    confirmed_by BLOB REFERENCES users (id),
    logout_profile TEXT NOT NULL,
    recheck TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    required BOOLEAN NOT NULL,
    trouble TEXT,
    removed_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- An issuer belongs to one agency on the whole server, for good: also when it was removed.
CREATE UNIQUE INDEX identity_providers_by_issuer ON identity_providers (issuer);
CREATE INDEX identity_providers_by_agency ON identity_providers (agency_id, id);

-- An account that a provider vouches for is found by the provider and the subject, never by an address.
CREATE TABLE federated_identities (
    provider_id BLOB NOT NULL REFERENCES identity_providers (id),
    subject TEXT NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (provider_id, subject)
);
CREATE INDEX federated_identities_by_user ON federated_identities (user_id);

ALTER TABLE users ADD COLUMN provider_id BLOB REFERENCES identity_providers (id);
-- When a provider last said that it vouches for the user no more; until it does again, machines of this owner stand still.
ALTER TABLE users ADD COLUMN disowned_at BIGINT;
-- An address opens one account at the most that has a password; a provider may vouch for the same address.
CREATE UNIQUE INDEX users_by_email ON users (email) WHERE provider_id IS NULL;

ALTER TABLE sessions ADD COLUMN provider_id BLOB REFERENCES identity_providers (id);
-- How strongly the provider says that it signed the user in: its own words, which decide nothing here.
ALTER TABLE sessions ADD COLUMN acr TEXT;
ALTER TABLE sessions ADD COLUMN amr TEXT;

CREATE TABLE federated_sessions (
    session_id BLOB PRIMARY KEY NOT NULL REFERENCES sessions (id),
    provider_id BLOB NOT NULL REFERENCES identity_providers (id),
    subject TEXT NOT NULL,
    sid TEXT,
    recheck TEXT NOT NULL,
    sealed BLOB NOT NULL,
    seal_key INTEGER NOT NULL,
    checked_at BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL
);
CREATE INDEX federated_sessions_by_subject ON federated_sessions (provider_id, subject);
CREATE INDEX federated_sessions_by_sid ON federated_sessions (provider_id, sid);
CREATE INDEX federated_sessions_by_check ON federated_sessions (checked_at);

-- What counts once: the states of sign-ins, and logout tokens.
CREATE TABLE federation_uses (
    digest BLOB PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX federation_uses_by_expiry ON federation_uses (expires_at);
