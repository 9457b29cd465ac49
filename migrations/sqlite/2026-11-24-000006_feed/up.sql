-- What was committed and has no number yet. A write leaves its entries here in its own transaction.
CREATE TABLE feed_pending (
    id INTEGER NOT NULL PRIMARY KEY,
    chain_id BLOB NOT NULL,
    sequence BIGINT NOT NULL
);

-- The place of each entry among all entries of all chains, from 1 and without a gap.
CREATE TABLE feed_entries (
    number BIGINT NOT NULL PRIMARY KEY,
    chain_id BLOB NOT NULL,
    sequence BIGINT NOT NULL,
    UNIQUE (chain_id, sequence)
);

-- A number that was given stays.
CREATE TRIGGER feed_entries_no_update BEFORE UPDATE ON feed_entries
BEGIN SELECT RAISE(ABORT, 'feed_entries is append-only'); END;
CREATE TRIGGER feed_entries_no_delete BEFORE DELETE ON feed_entries
BEGIN SELECT RAISE(ABORT, 'feed_entries is append-only'); END;
