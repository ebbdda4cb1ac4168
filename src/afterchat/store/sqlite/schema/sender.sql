-- The whole schema of sender.db, as all migrations leave it; a test compares the two.
-- Change it together with a new migration.

CREATE TABLE dictionary (
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    session INTEGER NOT NULL,
    policy BLOB NOT NULL,
    due_at INTEGER,
    ended_at INTEGER,
    touched_at INTEGER NOT NULL,
    record_sha256 BLOB NOT NULL,
    push_count INTEGER NOT NULL,
    UNIQUE (tenant, session)
) STRICT;

CREATE INDEX session_due ON session (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX session_over ON session (touched_at) WHERE due_at IS NULL;

CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL REFERENCES session,
    event_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (session_id, event_id)
) STRICT;

CREATE TABLE push (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    session INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    body_bytes INTEGER NOT NULL,
    dictionary_id INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE INDEX push_session ON push (session, tenant);
CREATE INDEX push_created ON push (created_at);

CREATE TABLE entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint_id INTEGER NOT NULL,
    push_id INTEGER NOT NULL REFERENCES push,
    line INTEGER NOT NULL,
    state TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    leased_at INTEGER,
    lease_until INTEGER,
    token INTEGER NOT NULL DEFAULT 0,
    series INTEGER NOT NULL DEFAULT 1,
    attempt_count INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    UNIQUE (push_id, endpoint_id),
    CHECK ((settled_at IS NULL) = (state IN ('waiting', 'behind', 'leased'))),
    CHECK ((lease_until IS NOT NULL) = (state = 'leased'))
) STRICT;

CREATE INDEX entry_due ON entry (endpoint_id, due_at) WHERE state = 'waiting';
CREATE INDEX entry_leased ON entry (lease_until, endpoint_id) WHERE state = 'leased';
CREATE INDEX entry_open ON entry (endpoint_id, line, push_id) WHERE settled_at IS NULL;
CREATE INDEX entry_done ON entry (endpoint_id, line, settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX entry_dead ON entry (endpoint_id) WHERE state = 'dead';
CREATE INDEX entry_settled ON entry (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX entry_endpoint ON entry (endpoint_id);

CREATE TABLE entry_count (
    endpoint_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, state)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER entry_created AFTER INSERT ON entry
BEGIN
    INSERT INTO entry_count (endpoint_id, state, entries) VALUES (NEW.endpoint_id, NEW.state, 1)
    ON CONFLICT (endpoint_id, state) DO UPDATE SET entries = entries + 1;
END;

CREATE TRIGGER entry_moved AFTER UPDATE OF state ON entry WHEN OLD.state <> NEW.state
BEGIN
    UPDATE entry_count SET entries = entries - 1 WHERE endpoint_id = OLD.endpoint_id AND state = OLD.state;
    INSERT INTO entry_count (endpoint_id, state, entries) VALUES (NEW.endpoint_id, NEW.state, 1)
    ON CONFLICT (endpoint_id, state) DO UPDATE SET entries = entries + 1;
END;

CREATE TRIGGER entry_forgotten AFTER DELETE ON entry
BEGIN
    UPDATE entry_count SET entries = entries - 1 WHERE endpoint_id = OLD.endpoint_id AND state = OLD.state;
END;

CREATE TABLE attempt (
    entry_id INTEGER NOT NULL REFERENCES entry,
    number INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER NOT NULL,
    error TEXT NOT NULL,
    answer BLOB NOT NULL,
    PRIMARY KEY (entry_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE endpoint_health (
    endpoint_id INTEGER PRIMARY KEY,
    failing_since INTEGER,
    failures_in_a_row INTEGER NOT NULL,
    disabled_at INTEGER,
    open_until INTEGER
) STRICT;

CREATE TABLE tally (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sessions INTEGER NOT NULL,
    open_sessions INTEGER NOT NULL,
    events INTEGER NOT NULL,
    last_event_number INTEGER NOT NULL,
    pushes INTEGER NOT NULL,
    entries_created INTEGER NOT NULL,
    entries_purged INTEGER NOT NULL,
    canaries INTEGER NOT NULL
) STRICT;

INSERT INTO tally (
    id, sessions, open_sessions, events, last_event_number, pushes, entries_created, entries_purged, canaries
) VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0);
