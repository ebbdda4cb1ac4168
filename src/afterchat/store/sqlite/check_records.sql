-- Statements of the check of the records; those that read the inbox come first.

-- name: push
-- What a record was made from.
SELECT name.text, push.signed_at, push.arrived_at, push.sha256, coalesce(redaction.sha256, push.sha256),
    push.dictionary_id, push.body_bytes, push.body
FROM push JOIN name ON name.id = push.tenant_id LEFT JOIN redaction ON redaction.inbox_id = push.id
WHERE push.id = ?;

-- name: signed_again
-- The other times that its bytes were signed with.
SELECT id, signed_at FROM repeat WHERE inbox_id = ?;

-- name: repeat_cursor
-- Up to where repeats were applied.
SELECT repeat_cursor FROM progress WHERE id = 1;

-- name: last_session
-- Up to where the table goes.
SELECT max(inbox_id) FROM session;

-- name: session_ids
-- Its rows, a part at a time.
SELECT inbox_id FROM session WHERE inbox_id > ? ORDER BY inbox_id LIMIT ?;

-- name: session_between
-- Whole rows of a part, and how many revisions there are.
SELECT
    session.*,
    (SELECT name FROM tenant WHERE tenant.id = session.tenant_id) AS tenant,
    1 + (
        SELECT count(*) FROM superseded
        WHERE superseded.tenant_id = session.tenant_id AND superseded.session_id = session.id
    ) AS revisions_there
FROM session WHERE inbox_id BETWEEN ? AND ? ORDER BY inbox_id;

-- name: last_superseded
-- Up to where the table goes.
SELECT max(inbox_id) FROM superseded;

-- name: superseded_ids
-- Its rows, a part at a time.
SELECT inbox_id FROM superseded WHERE inbox_id > ? ORDER BY inbox_id LIMIT ?;

-- name: superseded_between
-- Whole rows of a part.
SELECT superseded.*, (SELECT name FROM tenant WHERE tenant.id = superseded.tenant_id) AS tenant
FROM superseded WHERE inbox_id BETWEEN ? AND ? ORDER BY inbox_id;

-- name: last_unreadable
-- Up to where the table goes.
SELECT max(inbox_id) FROM unreadable;

-- name: unreadable_ids
-- Its rows, a part at a time.
SELECT inbox_id FROM unreadable WHERE inbox_id > ? ORDER BY inbox_id LIMIT ?;

-- name: unreadable_between
-- Whole rows of a part.
SELECT unreadable.*, (SELECT name FROM tenant WHERE tenant.id = unreadable.tenant_id) AS tenant
FROM unreadable WHERE inbox_id BETWEEN ? AND ? ORDER BY inbox_id;
