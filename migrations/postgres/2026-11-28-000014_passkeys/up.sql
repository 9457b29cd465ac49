CREATE TABLE passkeys (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    credential_id BYTEA NOT NULL UNIQUE,
    credential TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    suspected_at TIMESTAMPTZ,
    version BIGINT NOT NULL
);
CREATE INDEX passkeys_by_user ON passkeys (user_id, id);

CREATE TABLE used_challenges (
    digest BYTEA PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX used_challenges_by_expiry ON used_challenges (expires_at);
