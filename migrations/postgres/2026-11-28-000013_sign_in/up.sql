-- Failed sign-ins of one account from one network, and, where the network is '', from all that it was never used at.
-- account is a user's id, or the keyed digest of an address that nobody has.
CREATE TABLE sign_in_failures (
    account BYTEA NOT NULL,
    network TEXT NOT NULL,
    failures BIGINT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    last_failed_at TIMESTAMPTZ NOT NULL,
    blocked_until TIMESTAMPTZ,
    PRIMARY KEY (account, network)
);
CREATE INDEX sign_in_failures_by_time ON sign_in_failures (last_failed_at);

-- Where somebody signed in, and so may come from again whoever else fails elsewhere.
CREATE TABLE known_networks (
    user_id UUID NOT NULL REFERENCES users (id),
    network TEXT NOT NULL,
    last_signed_in_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, network)
);
CREATE INDEX known_networks_by_time ON known_networks (last_signed_in_at);

CREATE TABLE password_resets (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    digest BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX password_resets_by_user ON password_resets (user_id, created_at);

-- Addresses that users want in the place of the present one; session_id is the one in which that was asked for.
CREATE TABLE address_changes (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    email TEXT NOT NULL,
    digest BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX address_changes_by_user ON address_changes (user_id, created_at);

-- Accounts that were made, or are to be opened anew, to give an agency an admin again.
CREATE TABLE admin_recoveries (
    user_id UUID PRIMARY KEY REFERENCES users (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    begun_by UUID NOT NULL REFERENCES users (id),
    begun_at TIMESTAMPTZ NOT NULL,
    takes_effect_at TIMESTAMPTZ,
    settled_at TIMESTAMPTZ
);
CREATE INDEX admin_recoveries_by_time ON admin_recoveries (takes_effect_at) WHERE settled_at IS NULL;
