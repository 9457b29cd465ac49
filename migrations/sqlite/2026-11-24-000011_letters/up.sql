-- What is mailed: written with what it is about, sent when the mail server takes it. It says where to look, and nothing else.
-- About an alert, or to somebody about the own account; what such a letter opens stands sealed until it is sent.
CREATE TABLE letters (
    id BLOB PRIMARY KEY NOT NULL,
    alert_id BLOB REFERENCES alerts (id),
    level INTEGER NOT NULL,
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    tries INTEGER NOT NULL,
    next_try_at BIGINT,
    sent_at BIGINT,
    notice TEXT,
    sealed BLOB,
    seal_key INTEGER,
    expires_at BIGINT
);
CREATE INDEX letters_due ON letters (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE UNIQUE INDEX letters_written_once ON letters (alert_id, level, address);
