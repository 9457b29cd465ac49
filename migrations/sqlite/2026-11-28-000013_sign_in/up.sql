-- Failed sign-ins of one account from one network, and, where the network is '', from all that it was never used at.
-- account is a user's id, or the keyed digest of an address that nobody has.
CREATE TABLE sign_in_failures (
    account BLOB NOT NULL,
    network TEXT NOT NULL,
    failures BIGINT NOT NULL,
    since BIGINT NOT NULL,
    last_failed_at BIGINT NOT NULL,
    blocked_until BIGINT,
    PRIMARY KEY (account, network)
);
CREATE INDEX sign_in_failures_by_time ON sign_in_failures (last_failed_at);

-- Where somebody signed in, and so may come from again whoever else fails elsewhere.
CREATE TABLE known_networks (
    user_id BLOB NOT NULL REFERENCES users (id),
    network TEXT NOT NULL,
    last_signed_in_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, network)
);
CREATE INDEX known_networks_by_time ON known_networks (last_signed_in_at);

CREATE TABLE password_resets (
    id BLOB PRIMARY KEY NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    digest BLOB NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX password_resets_by_user ON password_resets (user_id, created_at);

-- Addresses that users want in the place of the present one; session_id is the one in which that was asked for.
CREATE TABLE address_changes (
    id BLOB PRIMARY KEY NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    email TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX address_changes_by_user ON address_changes (user_id, created_at);

-- Accounts that were made, or are to be opened anew, to give an agency an admin again.
CREATE TABLE admin_recoveries (
    user_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    begun_by BLOB NOT NULL REFERENCES users (id),
    begun_at BIGINT NOT NULL,
    takes_effect_at BIGINT,
    settled_at BIGINT
);
CREATE INDEX admin_recoveries_by_time ON admin_recoveries (takes_effect_at) WHERE settled_at IS NULL;
