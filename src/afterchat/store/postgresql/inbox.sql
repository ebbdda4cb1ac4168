-- Statements of the inbox.

-- name: find_name
-- The small number that stands for a text.
SELECT id FROM inbox.name WHERE text = ?;

-- name: insert_name
-- A number for a text that has none.
INSERT INTO inbox.name (text) VALUES (?) RETURNING id;

-- name: last_push_id
-- The greatest id in use, 0 in an empty inbox.
SELECT coalesce(max(id), 0) FROM inbox.push;

-- name: insert_push
-- Keeps a push unless its tenant sent these bytes before; 0 changes then.
INSERT INTO inbox.push (
    id, tenant_id, locality, event_type_id, key_id, scheme_id, signed_at, arrived_at, body_bytes, dictionary_id,
    sha256, row_digest, body
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant_id, locality, sha256) DO NOTHING;

-- name: find_push
-- The push with these bytes of this tenant, and the time it was first signed with.
SELECT id, signed_at FROM inbox.push WHERE tenant_id = ? AND locality = ? AND sha256 = ?;

-- name: count_repeat
-- One more arrival of a push.
INSERT INTO inbox.repeat_total (inbox_id, arrival_count) VALUES (?, 1)
ON CONFLICT (inbox_id) DO UPDATE SET arrival_count = repeat_total.arrival_count + 1;

-- name: note_repeat
-- The same bytes under another signed time: a row the first time, a count from then on.
INSERT INTO inbox.repeat (inbox_id, signed_at, arrival_count) VALUES (?, ?, 1)
ON CONFLICT (inbox_id, signed_at) DO UPDATE SET arrival_count = repeat.arrival_count + 1;

-- name: add_to_tally
-- Keeps the total of repeats, so that nobody has to add them up.
UPDATE inbox.tally SET repeats = repeats + ? WHERE id = 1;

-- name: commit_canary
-- A write of no meaning: once it is committed the disk takes writes again.
UPDATE inbox.tally SET canaries = canaries + 1 WHERE id = 1;

-- name: pushes_after
-- Rows behind a cursor, oldest first; none behind 16 MiB of bodies, because an answer is fetched whole.
SELECT
    push.id, tenant.text, event_type.text, push.signed_at, push.arrived_at, signing_key.text, scheme.text,
    push.sha256, push.dictionary_id, push.body_bytes, push.body, coalesce(repeat_total.arrival_count, 0)
FROM (
    SELECT id, sum(body_bytes) OVER (ORDER BY id) - body_bytes AS bytes_before
    FROM (SELECT id, body_bytes FROM inbox.push WHERE id > $1 ORDER BY id LIMIT $2) AS following
) AS sized
JOIN inbox.push ON push.id = sized.id
JOIN inbox.name AS tenant ON tenant.id = push.tenant_id
JOIN inbox.name AS event_type ON event_type.id = push.event_type_id
JOIN inbox.name AS signing_key ON signing_key.id = push.key_id
JOIN inbox.name AS scheme ON scheme.id = push.scheme_id
LEFT JOIN inbox.repeat_total ON repeat_total.inbox_id = push.id AND repeat_total.inbox_id > $1
WHERE sized.bytes_before < 16 * 1024 * 1024
ORDER BY push.id;

-- name: push_by_id
-- One row.
SELECT
    push.id, tenant.text, event_type.text, push.signed_at, push.arrived_at, signing_key.text, scheme.text,
    push.sha256, push.dictionary_id, push.body_bytes, push.body, coalesce(repeat_total.arrival_count, 0)
FROM inbox.push
JOIN inbox.name AS tenant ON tenant.id = push.tenant_id
JOIN inbox.name AS event_type ON event_type.id = push.event_type_id
JOIN inbox.name AS signing_key ON signing_key.id = push.key_id
JOIN inbox.name AS scheme ON scheme.id = push.scheme_id
LEFT JOIN inbox.repeat_total ON repeat_total.inbox_id = push.id
WHERE push.id = ?;

-- name: latest_pushes
-- Newest first, of one tenant or (NULL) of all.
SELECT
    push.id, tenant.text, event_type.text, push.signed_at, push.arrived_at, signing_key.text, scheme.text,
    push.sha256, push.dictionary_id, push.body_bytes, push.body, coalesce(repeat_total.arrival_count, 0)
FROM inbox.push
JOIN inbox.name AS tenant ON tenant.id = push.tenant_id
JOIN inbox.name AS event_type ON event_type.id = push.event_type_id
JOIN inbox.name AS signing_key ON signing_key.id = push.key_id
JOIN inbox.name AS scheme ON scheme.id = push.scheme_id
LEFT JOIN inbox.repeat_total ON repeat_total.inbox_id = push.id
WHERE push.id < $1 AND ($2::text IS NULL OR push.tenant_id = (SELECT id FROM inbox.name WHERE text = $2))
ORDER BY push.id DESC
LIMIT $3;

-- name: repeats_after
-- Repeats behind a cursor, oldest first.
SELECT id, inbox_id, signed_at FROM inbox.repeat WHERE id > ? ORDER BY id LIMIT ?;

-- name: counts
-- Sizes of the inbox; ids have no gaps and nothing leaves, so the last id is the number of pushes.
SELECT
    (SELECT coalesce(max(id), 0) FROM inbox.push),
    (SELECT repeats FROM inbox.tally WHERE id = 1),
    (SELECT count(*) FROM inbox.quarantine),
    (SELECT coalesce(max(id), 0) FROM inbox.repeat);
