-- Filters of a page that somebody gave a name.

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
