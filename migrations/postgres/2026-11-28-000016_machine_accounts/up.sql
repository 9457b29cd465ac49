-- A machine account is an account that no person signs in with: what it does is told as anybody's.
ALTER TABLE users ADD COLUMN kind TEXT NOT NULL DEFAULT 'person';

CREATE TABLE machine_accounts (
    user_id UUID PRIMARY KEY REFERENCES users (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    owner_user_id UUID NOT NULL REFERENCES users (id),
    scopes TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    proposed TEXT,
    proposed_by UUID NOT NULL REFERENCES users (id),
    last_used_at TIMESTAMPTZ,
    last_address TEXT
);
CREATE INDEX machine_accounts_by_agency ON machine_accounts (agency_id, user_id);
CREATE INDEX machine_accounts_by_owner ON machine_accounts (owner_user_id);

-- The session of a key has the same id.
CREATE TABLE machine_keys (
    id UUID PRIMARY KEY REFERENCES sessions (id),
    user_id UUID NOT NULL REFERENCES machine_accounts (user_id),
    algorithm TEXT NOT NULL,
    kid TEXT NOT NULL,
    public_key BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    confirmed_at TIMESTAMPTZ,
    removed_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX machine_keys_once ON machine_keys (user_id, public_key);
CREATE UNIQUE INDEX machine_keys_by_name ON machine_keys (user_id, kid) WHERE removed_at IS NULL;

CREATE TABLE machine_assertions (
    user_id UUID NOT NULL REFERENCES machine_accounts (user_id),
    digest BYTEA NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, digest)
);
CREATE INDEX machine_assertions_by_expiry ON machine_assertions (expires_at);
