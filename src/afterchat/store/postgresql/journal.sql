-- Statements of the journal.

-- name: find_session
-- The row of a session, and whether it was open when it was last written.
SELECT id, ended_at IS NULL FROM sender.session WHERE tenant = $1 AND session = $2;

-- name: insert_session
-- A session that was never heard of.
INSERT INTO sender.session (policy, due_at, ended_at, touched_at, record_sha256, push_count, tenant, session)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING id;

-- name: update_session
-- Writes a session's mark whole.
UPDATE sender.session SET policy = $1, due_at = $2, ended_at = $3, touched_at = $4, record_sha256 = $5, push_count = $6
WHERE id = $7;

-- name: insert_event
-- Keeps an event; 0 changes when the session has one of that id.
INSERT INTO sender.event (session_id, event_id, at, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (session_id, event_id) DO NOTHING
RETURNING number;

-- name: insert_push
-- Keeps a body that is to be delivered.
INSERT INTO sender.push (tenant, session, event_type, created_at, sha256, body_bytes, dictionary_id, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING id;

-- name: add_to_tally
-- Keeps the totals, so that nobody has to count.
UPDATE sender.tally SET
    sessions = sessions + $1, open_sessions = open_sessions + $2, events = events + $3,
    last_event_number = greatest(last_event_number, $4), pushes = pushes + $5, entries_created = entries_created + $6
WHERE id = 1;

-- name: sender_canary
-- A write of no meaning: it shows that the database takes writes.
UPDATE sender.tally SET canaries = canaries + 1 WHERE id = 1;

-- name: stored_session
-- One session's mark.
SELECT id, tenant, session, policy, due_at, ended_at, touched_at, record_sha256, push_count
FROM sender.session WHERE tenant = $1 AND session = $2;

-- name: events_of_session
-- Its events in the order of commits.
SELECT event_id, at, body FROM sender.event WHERE session_id = $1 ORDER BY number;

-- name: due_sessions
-- Marks whose timer is due by (3), or by what (2) says of their tenant, earliest first; (1) is the latest of these.
SELECT tenant, session, policy, due_at, ended_at, touched_at, record_sha256, push_count
FROM sender.session
WHERE due_at IS NOT NULL AND due_at <= $1
    AND due_at <= coalesce(((SELECT $2::text::jsonb) ->> tenant)::bigint, $3)
ORDER BY due_at, id
LIMIT $4;

-- name: earliest_timer
-- NULL when no session has a timer.
SELECT min(due_at) FROM sender.session WHERE due_at IS NOT NULL;

-- name: latest_events
-- Newest first, of one tenant or (NULL) of all.
SELECT event.number, session.tenant, session.session, event.event_id, event.at, event.body
FROM sender.event JOIN sender.session ON session.id = event.session_id
WHERE event.number < $1 AND ($2::text IS NULL OR session.tenant = $2)
ORDER BY event.number DESC
LIMIT $3;

-- name: journal_counts
-- The totals, and the greatest event number ever given.
SELECT sessions, open_sessions, events, last_event_number, pushes FROM sender.tally WHERE id = 1;

-- name: sessions_over
-- Sessions without a timer and without an open entry, longest untouched first.
-- OFFSET 0 keeps the server to one session and one push at a time, whatever it believes of how many there are.
-- The states are spelled out because the index of open entries, which `settled_at IS NULL` would offer, begins with
-- other columns.
SELECT id FROM sender.session
WHERE due_at IS NULL AND touched_at < $1 AND NOT EXISTS (
    SELECT 1 FROM sender.push
    WHERE push.session = session.session AND push.tenant = session.tenant AND EXISTS (
        SELECT 1 FROM sender.entry WHERE push_id = push.id AND state IN ('waiting', 'behind', 'leased') OFFSET 0
    )
    OFFSET 0
)
ORDER BY touched_at, id
LIMIT $2;

-- name: forget_session
-- Deletes it if it is still over; no row when something happened meanwhile.
DELETE FROM sender.session
WHERE id = $1 AND due_at IS NULL AND touched_at < $2 AND NOT EXISTS (
    SELECT 1 FROM sender.push
    WHERE push.session = session.session AND push.tenant = session.tenant AND EXISTS (
        SELECT 1 FROM sender.entry WHERE push_id = push.id AND state IN ('waiting', 'behind', 'leased') OFFSET 0
    )
    OFFSET 0
)
RETURNING tenant, session, ended_at;

-- name: forget_events
-- Deletes the events of a session.
DELETE FROM sender.event WHERE session_id = $1;

-- name: take_sessions_from_tally
-- Sessions that were forgotten, those of them that had not ended, and their events.
UPDATE sender.tally SET sessions = sessions - $1, open_sessions = open_sessions - $2, events = events - $3 WHERE id = 1;
