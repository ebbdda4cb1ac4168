-- Statements about entries that are settled, or are to be: sent again, cancelled, forgotten.

-- name: last_entry_and_push
-- Up to where a redelivery goes: what is made meanwhile is none of its business.
SELECT (SELECT coalesce(max(id), 0) FROM sender.entry), (SELECT coalesce(max(id), 0) FROM sender.push);

-- name: dead_entries
-- A portion of an endpoint's dead letters behind a cursor.
SELECT id FROM sender.entry
WHERE endpoint_id = $1 AND state = 'dead' AND id > $2 AND id <= $3 AND created_at >= $4 AND created_at < $5
ORDER BY id LIMIT $6;

-- name: settled_entries
-- A portion of an endpoint's settled entries behind a cursor, in the states of a JSON array.
SELECT id FROM sender.entry
WHERE endpoint_id = $1 AND id > $2 AND id <= $3 AND created_at >= $4 AND created_at < $5
    AND settled_at IS NOT NULL AND state = ANY (ARRAY(SELECT jsonb_array_elements_text($6::text::jsonb)))
ORDER BY id LIMIT $7;

-- name: untried_pushes
-- A portion of a tenant's pushes of the types in a JSON array for which an endpoint has no entry, behind a cursor.
SELECT id, session, event_type, created_at FROM sender.push
WHERE (created_at, id) > ($1, $2) AND created_at < $3 AND id <= $4 AND tenant = $5
    AND event_type = ANY (ARRAY(SELECT jsonb_array_elements_text($6::text::jsonb)))
    AND NOT EXISTS (SELECT 1 FROM sender.entry WHERE push_id = push.id AND endpoint_id = $7 OFFSET 0)
ORDER BY created_at, id LIMIT $8;

-- name: begin_series
-- A settled entry is to be sent again as a new series; no row when it is not settled or another endpoint's.
UPDATE sender.entry SET state = 'behind', due_at = $3, settled_at = NULL, attempt_count = 0, series = series + 1
WHERE id = $1 AND endpoint_id = $2 AND settled_at IS NOT NULL
RETURNING line, push_id;

-- name: delivered_later
-- Later pushes of the same session and type that the endpoint took already.
SELECT entry.id FROM sender.push AS given
JOIN sender.push AS later ON later.session = given.session AND later.tenant = given.tenant
JOIN sender.entry ON entry.push_id = later.id AND entry.endpoint_id = $2
WHERE given.id = $1 AND later.id > given.id AND later.event_type = given.event_type AND entry.state = 'delivered';

-- name: cancel_some
-- Lets go of a portion of an endpoint's open entries.
UPDATE sender.entry SET state = 'cancelled', settled_at = $2, leased_at = NULL, lease_until = NULL
WHERE id = ANY (ARRAY(SELECT id FROM sender.entry WHERE endpoint_id = $1 AND settled_at IS NULL LIMIT $3));

-- name: settled_before
-- Entries that were settled long ago, longest first.
SELECT id FROM sender.entry WHERE settled_at IS NOT NULL AND settled_at < $1 ORDER BY settled_at, id LIMIT $2;

-- name: pushes_for_nobody
-- Old pushes that have no entry; OFFSET 0 asks one push at a time.
SELECT id FROM sender.push
WHERE created_at < $1 AND NOT EXISTS (SELECT 1 FROM sender.entry WHERE entry.push_id = push.id OFFSET 0)
ORDER BY created_at, id LIMIT $2;

-- name: forget_entry
-- Deletes an entry if it is still settled; no row when it was sent again meanwhile.
DELETE FROM sender.entry WHERE id = $1 AND settled_at IS NOT NULL AND settled_at < $2 RETURNING push_id;

-- name: forget_attempts
-- Deletes the log of an entry.
DELETE FROM sender.attempt WHERE entry_id = $1;

-- name: forget_push
-- Deletes a push that has no entry left.
DELETE FROM sender.push WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM sender.entry WHERE entry.push_id = $1);

-- name: take_from_tally
-- What was forgotten is no longer counted, but for the number of forgotten entries.
UPDATE sender.tally SET pushes = pushes - $1, entries_purged = entries_purged + $2 WHERE id = 1;

-- name: add_entries_to_tally
-- Entries that a redelivery made.
UPDATE sender.tally SET entries_created = entries_created + $1 WHERE id = 1;
