-- The whole schema of registry.db, as all migrations leave it; a test compares the two.
-- Change it together with a new migration.

CREATE TABLE tenant (
    name TEXT PRIMARY KEY,
    signature_mode TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_key (
    tenant TEXT NOT NULL REFERENCES tenant,
    id TEXT NOT NULL,
    secret BLOB NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    id TEXT PRIMARY KEY,
    tenant TEXT,
    sha256 BLOB NOT NULL UNIQUE,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    scope TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE endpoint (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL REFERENCES tenant,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    event_types TEXT NOT NULL,
    signature_mode TEXT NOT NULL,
    success TEXT NOT NULL,
    schedule_seconds TEXT NOT NULL,
    rate_per_second_max INTEGER NOT NULL,
    concurrency_max INTEGER NOT NULL,
    headers TEXT NOT NULL,
    is_paused INTEGER NOT NULL,
    resumed_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (tenant, name)
) STRICT;

CREATE TABLE endpoint_key (
    endpoint_id INTEGER NOT NULL REFERENCES endpoint,
    id TEXT NOT NULL,
    secret BLOB NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER,
    PRIMARY KEY (endpoint_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    tenant TEXT,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    password_set_at INTEGER NOT NULL,
    disabled_at INTEGER,
    last_login_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE login_session (
    sha256 BLOB PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES account,
    csrf_key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX login_session_user ON login_session (user_id, created_at);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    tenant TEXT,
    what TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE INDEX audit_at ON audit (at);

CREATE INDEX audit_tenant ON audit (tenant, id);

CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
BEGIN
    SELECT raise(ABORT, 'the audit is append-only');
END;

CREATE TABLE saved_view (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL REFERENCES account,
    name TEXT NOT NULL,
    page TEXT NOT NULL,
    query TEXT NOT NULL,
    is_shared INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    UNIQUE (user_id, name)
) STRICT;

CREATE INDEX saved_view_shared ON saved_view (name, id) WHERE is_shared;

CREATE TABLE operator_order (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    argument TEXT NOT NULL,
    state TEXT NOT NULL,
    result TEXT NOT NULL,
    placed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX operator_order_state ON operator_order (state, id);

CREATE TABLE version (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;

INSERT INTO version (id, number) VALUES (1, 0);
