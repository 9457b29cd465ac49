CREATE TABLE totp_factors (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    sealed BYTEA NOT NULL,
    seal_key INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    confirmed_at TIMESTAMPTZ,
    last_step BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    blocked_until TIMESTAMPTZ
);
CREATE UNIQUE INDEX totp_factors_in_use ON totp_factors (user_id) WHERE confirmed_at IS NOT NULL;
CREATE UNIQUE INDEX totp_factors_begun ON totp_factors (user_id) WHERE confirmed_at IS NULL;

CREATE TABLE recovery_codes (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    digest BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);
