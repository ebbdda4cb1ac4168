-- Statements of the connections themselves.

-- name: begin
-- Waits for its turn among all processes that write this schema, so that transactions follow one another.
BEGIN; SELECT pg_advisory_xact_lock({key});

-- name: begin_reading
-- Opens a snapshot: all reads until the end see the same moment, and no statement takes longer.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {milliseconds};

-- name: commit
-- Makes the transaction durable.
COMMIT;

-- name: roll_back
-- Forgets the transaction.
ROLLBACK;

-- name: create_schema
-- Room for the tables of one part of the store.
CREATE SCHEMA IF NOT EXISTS {schema};

-- name: create_migration_table
-- Where a schema remembers what built it.
CREATE TABLE IF NOT EXISTS {schema}.migration (
    number BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL
);

-- name: has_migration_table
-- Whether the schema was ever migrated; asked of a table, because functions may answer from what was known before.
SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}' AND tablename = 'migration';

-- name: applied_migrations
-- What was applied, in order.
SELECT number, name, sha256 FROM {schema}.migration ORDER BY number;

-- name: note_migration
-- Remembers one that was applied.
INSERT INTO {schema}.migration (number, name, sha256) VALUES ($1, $2, $3);

-- name: take_role
-- Whether this connection alone has the role now, for as long as it lives.
SELECT pg_try_advisory_lock($1);

-- name: server
-- What a server promises: its version as a number, whether it syncs, and whether it is a standby.
SELECT current_setting('server_version_num')::bigint, current_setting('fsync'), pg_is_in_recovery();

-- name: facts
-- What the server says of itself that decides whether a promise is kept.
SELECT name, setting FROM pg_settings
WHERE name IN ('server_version', 'fsync', 'full_page_writes', 'max_connections') ORDER BY name DESC;

-- name: tables_of_records
-- Every table of the records.
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'records' ORDER BY tablename;

-- name: vacuum
-- Writes a table anew without what is no longer in it.
VACUUM FULL {table};

-- name: drop_schema
-- Forgets everything in it.
DROP SCHEMA IF EXISTS {schema} CASCADE;

-- name: put_in_place
-- Gives a schema another's name.
ALTER SCHEMA {schema} RENAME TO {name};
