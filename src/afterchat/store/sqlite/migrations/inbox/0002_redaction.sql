-- What stands in the place of bodies that were blanked, and how far retention came.

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
