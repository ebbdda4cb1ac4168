-- The whole schema of inbox.db, as all migrations leave it; a test compares the two.
-- Change it together with a new migration.

CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE dictionary (
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE push (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES name,
    locality INTEGER NOT NULL,
    event_type_id INTEGER NOT NULL REFERENCES name,
    key_id INTEGER NOT NULL REFERENCES name,
    scheme_id INTEGER NOT NULL REFERENCES name,
    signed_at INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    body_bytes INTEGER NOT NULL,
    dictionary_id INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    row_digest BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX push_identity ON push (tenant_id, locality, sha256);

CREATE TABLE repeat_total (
    inbox_id INTEGER PRIMARY KEY REFERENCES push,
    arrival_count INTEGER NOT NULL
) STRICT;

CREATE TABLE repeat (
    id INTEGER PRIMARY KEY,
    inbox_id INTEGER NOT NULL REFERENCES push,
    signed_at INTEGER NOT NULL,
    arrival_count INTEGER NOT NULL,
    UNIQUE (inbox_id, signed_at)
) STRICT;

CREATE TABLE tally (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    repeats INTEGER NOT NULL,
    canaries INTEGER NOT NULL
) STRICT;

INSERT INTO tally (id, repeats, canaries) VALUES (1, 0, 0);

CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES name,
    refused_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    cause TEXT NOT NULL,
    query TEXT NOT NULL,
    event_type TEXT NOT NULL,
    signed_at INTEGER,
    authentic INTEGER NOT NULL,
    released_at INTEGER,
    body_bytes INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    dictionary_id INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    row_digest BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE INDEX quarantine_size ON quarantine (id, stored_bytes);

CREATE TABLE redaction (
    inbox_id INTEGER PRIMARY KEY REFERENCES push,
    redacted_at INTEGER NOT NULL,
    is_erased INTEGER NOT NULL,
    sha256 BLOB NOT NULL
) STRICT;

CREATE TABLE upkeep (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    network_through INTEGER NOT NULL,
    personal_through INTEGER NOT NULL
) STRICT;

INSERT INTO upkeep (id, network_through, personal_through) VALUES (1, 0, 0);
