CREATE TABLE messages (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    user_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    due_at BIGINT,
    handling_codes TEXT NOT NULL,
    handling_note TEXT,
    in_reply_to_id BLOB REFERENCES messages (id),
    forwards_id BLOB REFERENCES messages (id),
    sent_at BIGINT NOT NULL
);
CREATE INDEX messages_by_case ON messages (case_id, id);
CREATE INDEX messages_by_due_time ON messages (case_id, due_at);

CREATE TABLE message_receivers (
    message_id BLOB NOT NULL REFERENCES messages (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    case_id BLOB NOT NULL REFERENCES cases (id),
    awaited BOOLEAN NOT NULL,
    acknowledged_by BLOB,
    acknowledged_at BIGINT,
    PRIMARY KEY (message_id, agency_id)
);
CREATE INDEX message_receivers_by_agency ON message_receivers (case_id, agency_id, message_id);

CREATE TABLE message_consents (
    message_id BLOB NOT NULL REFERENCES messages (id),
    agency_id BLOB NOT NULL REFERENCES agencies (id),
    case_id BLOB NOT NULL REFERENCES cases (id),
    given_by BLOB NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, agency_id)
);

-- What was said stays as it was said.
CREATE TRIGGER messages_no_update BEFORE UPDATE ON messages
BEGIN SELECT RAISE(ABORT, 'messages is append-only'); END;
CREATE TRIGGER messages_no_delete BEFORE DELETE ON messages
BEGIN SELECT RAISE(ABORT, 'messages is append-only'); END;
CREATE TRIGGER message_consents_no_update BEFORE UPDATE ON message_consents
BEGIN SELECT RAISE(ABORT, 'message_consents is append-only'); END;
CREATE TRIGGER message_consents_no_delete BEFORE DELETE ON message_consents
BEGIN SELECT RAISE(ABORT, 'message_consents is append-only'); END;
