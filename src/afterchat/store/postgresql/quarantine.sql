-- Statements of the quarantine.

-- name: insert_refused
-- Keeps a refused push, under an id that no rollback leaves out and no other push had.
WITH given AS (
    UPDATE inbox.quarantine_sequence
    SET last_id = greatest(last_id, (SELECT coalesce(max(id), 0) FROM inbox.quarantine)) + 1
    WHERE id = 1
    RETURNING last_id
)
INSERT INTO inbox.quarantine (
    id, tenant_id, refused_at, reason, cause, query, event_type, signed_at, authentic, body_bytes, stored_bytes,
    dictionary_id, sha256, row_digest, body
) VALUES ((SELECT last_id FROM given), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: drop_beyond_rows
-- The oldest leave when there are more than this many.
DELETE FROM inbox.quarantine WHERE id <= (SELECT id FROM inbox.quarantine ORDER BY id DESC LIMIT 1 OFFSET $1);

-- name: stored_bytes
-- How much the bodies take.
SELECT coalesce(sum(stored_bytes), 0)::bigint FROM inbox.quarantine;

-- name: drop_beyond_bytes
-- The oldest leave when the newer ones alone take more than this many bytes.
DELETE FROM inbox.quarantine WHERE id <= (
    SELECT max(id) FROM (
        SELECT id, (sum(stored_bytes) OVER (ORDER BY id DESC))::bigint AS bytes FROM inbox.quarantine
    ) AS newer
    WHERE bytes > $1
);

-- name: latest_refused
-- Newest first, of one tenant or (NULL) of all.
SELECT
    quarantine.id, tenant.text, refused_at, reason, cause, query, event_type, signed_at, authentic, sha256,
    dictionary_id, body_bytes, body, released_at
FROM inbox.quarantine
JOIN inbox.name AS tenant ON tenant.id = quarantine.tenant_id
WHERE quarantine.id < $1
    AND ($2::text IS NULL OR quarantine.tenant_id = (SELECT id FROM inbox.name WHERE text = $2))
ORDER BY quarantine.id DESC
LIMIT $3;

-- name: refused_by_id
-- One of them.
SELECT
    quarantine.id, tenant.text, refused_at, reason, cause, query, event_type, signed_at, authentic, sha256,
    dictionary_id, body_bytes, body, released_at
FROM inbox.quarantine
JOIN inbox.name AS tenant ON tenant.id = quarantine.tenant_id
WHERE quarantine.id = $1;

-- name: mark_released
-- Says when it was moved into the inbox.
UPDATE inbox.quarantine SET released_at = $1 WHERE id = $2;
