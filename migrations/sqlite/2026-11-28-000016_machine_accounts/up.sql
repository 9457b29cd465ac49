-- A machine account is an account that no person signs in with: what it does is told as anybody's.
ALTER TABLE users ADD COLUMN kind TEXT NOT NULL DEFAULT 'person';

CREATE TABLE machine_accounts (
    user_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    owner_user_id BLOB NOT NULL REFERENCES users (id),
    scopes TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    proposed TEXT,
    proposed_by BLOB NOT NULL REFERENCES users (id),
    last_used_at BIGINT,
    last_address TEXT
);
CREATE INDEX machine_accounts_by_agency ON machine_accounts (agency_id, user_id);
CREATE INDEX machine_accounts_by_owner ON machine_accounts (owner_user_id);

-- The session of a key has the same id.
CREATE TABLE machine_keys (
    id BLOB PRIMARY KEY NOT NULL REFERENCES sessions (id),
    user_id BLOB NOT NULL REFERENCES machine_accounts (user_id),
    algorithm TEXT NOT NULL,
    kid TEXT NOT NULL,
    public_key BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    removed_at BIGINT,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX machine_keys_once ON machine_keys (user_id, public_key);
CREATE UNIQUE INDEX machine_keys_by_name ON machine_keys (user_id, kid) WHERE removed_at IS NULL;

CREATE TABLE machine_assertions (
    user_id BLOB NOT NULL REFERENCES machine_accounts (user_id),
    digest BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, digest)
);
CREATE INDEX machine_assertions_by_expiry ON machine_assertions (expires_at);
