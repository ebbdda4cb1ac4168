-- A feed of changes, for whoever keeps the sessions in another form: each row has the number of its last change.
-- `opening` has a row for each time that somebody began to write these records, with the number reached by then.
-- A power cut or a restored backup takes numbers back and they are given again; the row of the time they were given in
-- is then gone, or a later one begins before them.

ALTER TABLE session ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
UPDATE session SET version = inbox_id;
CREATE UNIQUE INDEX session_version ON session (version);

ALTER TABLE progress ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
UPDATE progress SET version = (SELECT coalesce(max(inbox_id), 0) FROM session);

CREATE TABLE opening (
    id INTEGER PRIMARY KEY,
    mark TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL
) STRICT;
