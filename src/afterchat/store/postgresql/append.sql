-- Statements that keep a whole group of pushes at once; each array has one element for each push.

-- name: known_pushes
-- Those of a group that are there already: place in the arrays from 1, id, and the time it was first signed with.
SELECT given.place, push.id, push.signed_at
FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) WITH ORDINALITY AS given (tenant_id, locality, sha256, place)
JOIN inbox.push ON push.tenant_id = given.tenant_id AND push.locality = given.locality AND push.sha256 = given.sha256;

-- name: insert_pushes
-- Keeps new pushes.
INSERT INTO inbox.push (
    id, tenant_id, locality, event_type_id, key_id, scheme_id, signed_at, arrived_at, body_bytes, dictionary_id,
    sha256, row_digest, body
)
SELECT * FROM unnest(
    $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::bytea[], $12::bytea[], $13::bytea[]
);

-- name: count_repeats
-- More arrivals of pushes, each push once in the arrays.
INSERT INTO inbox.repeat_total (inbox_id, arrival_count)
SELECT * FROM unnest($1::bigint[], $2::bigint[])
ON CONFLICT (inbox_id) DO UPDATE SET arrival_count = repeat_total.arrival_count + excluded.arrival_count;

-- name: note_repeats
-- The same bytes under other signed times, each pair once in the arrays: a row the first time, a count from then on.
INSERT INTO inbox.repeat (inbox_id, signed_at, arrival_count)
SELECT given.inbox_id, given.signed_at, given.arrival_count
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY
    AS given (inbox_id, signed_at, arrival_count, place)
ORDER BY given.place
ON CONFLICT (inbox_id, signed_at) DO UPDATE SET arrival_count = repeat.arrival_count + excluded.arrival_count;
