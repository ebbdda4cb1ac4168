-- Statements that blank bodies of the inbox.

-- name: push_to_blank
-- A push as it is stored.
SELECT id, tenant_id, locality, event_type_id, key_id, scheme_id, signed_at, arrived_at, body_bytes, dictionary_id,
    sha256, row_digest, body
FROM inbox.push WHERE id = $1;

-- name: pushes_to_age
-- The next pushes behind those that were looked at, with what `push_to_blank` gives.
SELECT id, tenant_id, locality, event_type_id, key_id, scheme_id, signed_at, arrived_at, body_bytes, dictionary_id,
    sha256, row_digest, body
FROM inbox.push WHERE id > (SELECT {cursor} FROM inbox.upkeep WHERE id = 1) ORDER BY id LIMIT $1;

-- name: text_of_name
-- The text that a small number stands for.
SELECT text FROM inbox.name WHERE id = $1;

-- name: blank_push
-- Overwrites a body, unless somebody else did.
UPDATE inbox.push SET body_bytes = $1, dictionary_id = $2, row_digest = $3, body = $4 WHERE id = $5 AND row_digest = $6;

-- name: note_redaction
-- Remembers what stands in the place of the body that arrived; erased stays erased.
INSERT INTO inbox.redaction (inbox_id, redacted_at, is_erased, sha256) VALUES ($1, $2, $3, $4)
ON CONFLICT (inbox_id) DO UPDATE SET
    redacted_at = excluded.redacted_at, is_erased = greatest(redaction.is_erased, excluded.is_erased),
    sha256 = excluded.sha256;

-- name: aged_through
-- How far each kind of ageing came.
SELECT network_through, personal_through FROM inbox.upkeep WHERE id = 1;

-- name: age_through
-- It came further.
UPDATE inbox.upkeep SET {cursor} = greatest({cursor}, $1) WHERE id = 1;

-- name: refused_to_blank
-- A quarantined push as it is stored.
SELECT id, tenant_id, refused_at, reason, cause, query, event_type, signed_at, authentic, sha256, dictionary_id,
    body_bytes, body, row_digest
FROM inbox.quarantine WHERE id = $1;

-- name: blank_refused
-- Overwrites a quarantined body, unless somebody else did.
UPDATE inbox.quarantine
SET body_bytes = $1, stored_bytes = $2, dictionary_id = $3, sha256 = $4, row_digest = $5, body = $6
WHERE id = $7 AND row_digest = $8;

-- name: drop_refused
-- Forgets the oldest, up to the first that is younger, so that no gap is left.
DELETE FROM inbox.quarantine WHERE id IN (
    SELECT id FROM inbox.quarantine
    WHERE id < coalesce((SELECT min(id) FROM inbox.quarantine WHERE refused_at >= $1), 9223372036854775807)
    ORDER BY id LIMIT $2
);
