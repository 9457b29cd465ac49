CREATE TABLE messages (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    user_id UUID NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    due_at TIMESTAMPTZ,
    handling_codes TEXT NOT NULL,
    handling_note TEXT,
    in_reply_to_id UUID REFERENCES messages (id),
    forwards_id UUID REFERENCES messages (id),
    sent_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX messages_by_case ON messages (case_id, id);
CREATE INDEX messages_by_due_time ON messages (case_id, due_at);

CREATE TABLE message_receivers (
    message_id UUID NOT NULL REFERENCES messages (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    case_id UUID NOT NULL REFERENCES cases (id),
    awaited BOOLEAN NOT NULL,
    acknowledged_by UUID,
    acknowledged_at TIMESTAMPTZ,
    PRIMARY KEY (message_id, agency_id)
);
CREATE INDEX message_receivers_by_agency ON message_receivers (case_id, agency_id, message_id);

CREATE TABLE message_consents (
    message_id UUID NOT NULL REFERENCES messages (id),
    agency_id UUID NOT NULL REFERENCES agencies (id),
    case_id UUID NOT NULL REFERENCES cases (id),
    given_by UUID NOT NULL,
    given_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (message_id, agency_id)
);

-- What was said stays as it was said.
CREATE TRIGGER messages_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON messages
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER message_consents_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON message_consents
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
