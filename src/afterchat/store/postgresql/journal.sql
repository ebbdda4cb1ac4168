-- Statements of the journal.

-- name: find_session
-- The row of a session, and whether it was open when it was last written.
SELECT id, ended_at IS NULL FROM sender.session WHERE tenant = ? AND session = ?;

-- name: insert_session
-- A session that was never heard of.
INSERT INTO sender.session (policy, due_at, ended_at, touched_at, record_sha256, push_count, tenant, session)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
RETURNING id;

-- name: update_session
-- Writes a session's mark whole.
UPDATE sender.session SET policy = ?, due_at = ?, ended_at = ?, touched_at = ?, record_sha256 = ?, push_count = ?
WHERE id = ?;

-- name: insert_event
-- Keeps an event; 0 changes when the session has one of that id.
INSERT INTO sender.event (session_id, event_id, at, body) VALUES (?, ?, ?, ?)
ON CONFLICT (session_id, event_id) DO NOTHING
RETURNING number;

-- name: insert_push
-- Keeps a body that is to be delivered.
INSERT INTO sender.push (tenant, session, event_type, created_at, sha256, body_bytes, dictionary_id, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
RETURNING id;

-- name: add_to_tally
-- Keeps the totals, so that nobody has to count.
UPDATE sender.tally SET
    sessions = sessions + ?, open_sessions = open_sessions + ?, events = events + ?,
    last_event_number = greatest(last_event_number, ?), pushes = pushes + ?, entries_created = entries_created + ?
WHERE id = 1;

-- name: sender_canary
-- A write of no meaning: it makes the log, so that its name can be made durable.
UPDATE sender.tally SET canaries = canaries + 1 WHERE id = 1;

-- name: stored_session
-- One session's mark.
SELECT id, tenant, session, policy, due_at, ended_at, touched_at, record_sha256, push_count
FROM sender.session WHERE tenant = ? AND session = ?;

-- name: events_of_session
-- Its events in the order of commits.
SELECT event_id, at, body FROM sender.event WHERE session_id = ? ORDER BY number;

-- name: due_sessions
-- Marks whose timer is due by (3), or by what (2) says of their tenant, earliest first; (1) is the latest of these.
SELECT tenant, session, policy, due_at, ended_at, touched_at, record_sha256, push_count
FROM sender.session
WHERE due_at IS NOT NULL AND due_at <= $1
    AND due_at <= coalesce((SELECT value::bigint FROM jsonb_each_text($2::text::jsonb) WHERE key = session.tenant), $3)
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
SELECT id FROM sender.session
WHERE due_at IS NULL AND touched_at < $1 AND NOT EXISTS (
    SELECT 1 FROM sender.push JOIN sender.entry ON entry.push_id = push.id
    WHERE push.session = session.session AND push.tenant = session.tenant AND entry.settled_at IS NULL
)
ORDER BY touched_at
LIMIT $2;

-- name: forget_session
-- Deletes it if it is still over; no row when something happened meanwhile.
DELETE FROM sender.session
WHERE id = $1 AND due_at IS NULL AND touched_at < $2 AND NOT EXISTS (
    SELECT 1 FROM sender.push JOIN sender.entry ON entry.push_id = push.id
    WHERE push.session = session.session AND push.tenant = session.tenant AND entry.settled_at IS NULL
)
RETURNING tenant, session, ended_at;

-- name: forget_events
-- Deletes the events of a session.
DELETE FROM sender.event WHERE session_id = ?;

-- name: take_sessions_from_tally
-- Sessions that were forgotten, those of them that had not ended, and their events.
UPDATE sender.tally SET sessions = sessions - ?, open_sessions = open_sessions - ?, events = events - ? WHERE id = 1;
