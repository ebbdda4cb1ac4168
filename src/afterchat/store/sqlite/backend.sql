-- Statements of the connections themselves.

-- name: begin
-- Takes the write lock at once, so that a transaction never fails half way for want of it.
BEGIN IMMEDIATE;

-- name: begin_reading
-- Opens a snapshot: all reads until the commit see the same moment.
BEGIN;

-- name: commit
-- Makes the transaction durable.
COMMIT;

-- name: roll_back
-- Forgets the transaction.
ROLLBACK;

-- name: create_migration_table
-- Where a database remembers what built it.
CREATE TABLE IF NOT EXISTS migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;

-- name: has_migration_table
-- 1 when the database was ever migrated.
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migration';

-- name: applied_migrations
-- What was applied, in order.
SELECT number, name, sha256 FROM migration ORDER BY number;

-- name: note_migration
-- Remembers one that was applied.
INSERT INTO migration (number, name, sha256) VALUES (?, ?, ?);

-- name: vacuum
-- Writes the file anew without what is no longer in it.
VACUUM;
