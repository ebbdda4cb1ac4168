-- Where a tenant's pushes go to, with the secrets that sign them; and what a token may be used for.

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

ALTER TABLE token RENAME TO old_token;

CREATE TABLE token (
    id TEXT PRIMARY KEY,
    tenant TEXT,
    sha256 BLOB NOT NULL UNIQUE,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    scope TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO token (id, tenant, sha256, expires_at, created_at, scope)
SELECT id, tenant, sha256, expires_at, created_at, 'read' FROM old_token;

DROP TABLE old_token;
