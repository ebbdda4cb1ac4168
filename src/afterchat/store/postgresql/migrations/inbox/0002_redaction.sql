-- What stands in the place of bodies that were blanked, and how far retention came.

CREATE TABLE inbox.redaction (
    inbox_id BIGINT PRIMARY KEY,
    redacted_at BIGINT NOT NULL,
    is_erased BIGINT NOT NULL,
    sha256 BYTEA NOT NULL
);

CREATE TABLE inbox.upkeep (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    network_through BIGINT NOT NULL,
    personal_through BIGINT NOT NULL
) WITH (fillfactor = 50);

INSERT INTO inbox.upkeep (id, network_through, personal_through) VALUES (1, 0, 0);
