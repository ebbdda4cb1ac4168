-- Statements of the check.

-- name: names
-- Every text behind a small number.
SELECT id, text FROM name;

-- name: last_push_id
-- Up to where the inbox goes.
SELECT coalesce(max(id), 0) FROM push;

-- name: pushes_between
-- Rows as they are stored.
SELECT push.id, tenant_id, locality, event_type_id, key_id, scheme_id, signed_at, arrived_at, body_bytes,
    dictionary_id, push.sha256, row_digest, body, redaction.sha256
FROM push LEFT JOIN redaction ON redaction.inbox_id = push.id
WHERE push.id BETWEEN ? AND ? ORDER BY push.id;

-- name: last_quarantine_id
-- Up to where the quarantine goes.
SELECT coalesce(max(id), 0) FROM quarantine;

-- name: first_quarantine_id
-- Where the quarantine begins: the oldest leave.
SELECT coalesce(min(id), 1) FROM quarantine;

-- name: refused_between
-- Rows as they are stored.
SELECT id, tenant_id, refused_at, reason, cause, query, event_type, signed_at, authentic, sha256, dictionary_id,
    body_bytes, body, row_digest
FROM quarantine WHERE id BETWEEN ? AND ? ORDER BY id;

-- name: tally_differs
-- The total of repeats as kept, and as added up.
SELECT (SELECT repeats FROM tally WHERE id = 1), (SELECT coalesce(sum(arrival_count), 0) FROM repeat_total);

-- name: orphan_redactions
-- Bodies that are said to have been blanked, of pushes that are not there.
SELECT inbox_id FROM redaction WHERE NOT EXISTS (SELECT 1 FROM push WHERE push.id = redaction.inbox_id);

-- name: dictionaries
-- What bodies were compressed with, and the hash it was kept under.
SELECT id, sha256, bytes FROM dictionary ORDER BY id;

-- name: orphan_repeats
-- Repeats whose push is not there, or that were counted oftener than the push itself.
SELECT repeat.inbox_id FROM repeat
LEFT JOIN repeat_total ON repeat_total.inbox_id = repeat.inbox_id
LEFT JOIN push ON push.id = repeat.inbox_id
GROUP BY repeat.inbox_id
HAVING push.id IS NULL OR repeat_total.arrival_count IS NULL OR sum(repeat.arrival_count) > repeat_total.arrival_count;

-- name: counts_kept_and_recounted
-- Each count as it is kept, beside what is there.
SELECT 'sessions', sessions, (SELECT count(*) FROM session) FROM progress
UNION ALL SELECT 'superseded', superseded, (SELECT count(*) FROM superseded) FROM progress
UNION ALL SELECT 'with_problems', with_problems, (SELECT count(*) FROM session WHERE problems IS NOT NULL) FROM progress
UNION ALL SELECT 'unreadable', unreadable, (SELECT count(*) FROM unreadable) FROM progress
UNION ALL SELECT 'revisions of sessions', sessions + superseded, (SELECT coalesce(sum(revision_count), 0) FROM session)
    FROM progress;

-- name: pushes_understood
-- Every push up to the cursor is a session, a revision, unreadable or another event; kept cursor and their sum.
SELECT inbox_cursor, sessions + superseded + unreadable + other_events FROM progress;

-- name: integrity
-- What SQLite itself finds; `ok` when that is nothing.
PRAGMA integrity_check(100);
