-- Statements of the outbox.
-- The page of entries is put together from fragments, so `?` stands in them where Python writes `$1, $2 ...`, in the
-- order of the text.

-- name: insert_entry
-- One push for one endpoint, behind what is open of its line; due at the next full second (6) when one of its
-- line was settled in this one; 0 changes when there is one already.
INSERT INTO sender.entry (endpoint_id, push_id, line, created_at, due_at, state)
VALUES ($1, $2, $3, $5, CASE WHEN EXISTS (
    SELECT 1 FROM sender.entry
    WHERE endpoint_id = $1 AND line = $3 AND settled_at >= $6::bigint - 1000 AND settled_at < $6
) THEN $6 ELSE $4::bigint END, CASE WHEN EXISTS (
    SELECT 1 FROM sender.entry WHERE endpoint_id = $1 AND line = $3 AND settled_at IS NULL
) THEN 'behind' ELSE 'waiting' END)
ON CONFLICT (push_id, endpoint_id) DO NOTHING;

-- name: let_first_wait
-- The earliest open entry of a line and endpoint waits, if it stood behind; not due before the moment given.
UPDATE sender.entry SET state = 'waiting', due_at = greatest(due_at, $3)
WHERE state = 'behind' AND id = (
    SELECT id FROM sender.entry WHERE endpoint_id = $1 AND line = $2 AND settled_at IS NULL ORDER BY push_id LIMIT 1
);

-- name: put_others_behind
-- All but the earliest open entry of a line and endpoint stand behind it; one that was leased loses its lease.
UPDATE sender.entry SET state = 'behind', leased_at = NULL, lease_until = NULL
WHERE endpoint_id = $1 AND line = $2 AND settled_at IS NULL AND state <> 'behind' AND push_id > (
    SELECT min(push_id) FROM sender.entry WHERE endpoint_id = $1 AND line = $2 AND settled_at IS NULL
);

-- name: end_leases
-- Leases that are over by (1), or end later than any clock but a wrong one can have said (2), are waiting again, due as
-- they were.
UPDATE sender.entry SET state = 'waiting', leased_at = NULL, lease_until = NULL
WHERE state = 'leased' AND (lease_until <= $1 OR lease_until > $2);

-- name: due_entries
-- What is due of an endpoint, earliest first, with its push.
SELECT
    entry.id, entry.token + 1, entry.endpoint_id, push.tenant, push.session, push.id, push.event_type,
    entry.attempt_count, entry.created_at, entry.series, push.sha256, push.dictionary_id, push.body_bytes, push.body
FROM sender.entry JOIN sender.push ON push.id = entry.push_id
WHERE entry.endpoint_id = $1 AND entry.state = 'waiting' AND entry.due_at <= $2
ORDER BY entry.due_at, entry.id
LIMIT $3;

-- name: lease_entry
-- Holds one entry.
UPDATE sender.entry SET state = 'leased', token = token + 1, leased_at = $1, lease_until = $2 WHERE id = $3;

-- name: give_up_damaged
-- An entry whose body is not what was committed can never be sent.
UPDATE sender.entry SET state = 'dead', settled_at = $1, last_error = 'damaged_body' WHERE id = $2 RETURNING line;

-- name: next_due
-- When the earliest waiting entry of an endpoint is due; NULL when none waits.
SELECT min(due_at) FROM sender.entry WHERE endpoint_id = $1 AND state = 'waiting';

-- name: lease_ends
-- For each endpoint, when the first of its leases ends.
SELECT endpoint_id, min(lease_until) FROM sender.entry WHERE state = 'leased' GROUP BY endpoint_id;

-- name: settle_entry
-- Writes a result if its lease is in force; no row when it is not.
-- Only a leased entry has a lease_until; to ask for the state would have every lease looked at instead of one row.
UPDATE sender.entry SET
    state = $3, due_at = $4, settled_at = $5, leased_at = NULL, lease_until = NULL,
    attempt_count = attempt_count + $6, last_status = coalesce($7, last_status), last_error = coalesce($8, last_error)
WHERE id = $1 AND token = $2 AND lease_until IS NOT NULL
RETURNING endpoint_id, line;

-- name: insert_attempt
-- Logs an attempt, unless its entry is gone.
INSERT INTO sender.attempt (entry_id, number, begun_at, duration_ms, status, error, answer)
SELECT
    id, (SELECT coalesce(max(number), 0) + 1 FROM sender.attempt WHERE entry_id = entry.id),
    $2::bigint, $3::bigint, $4::bigint, $5::text, $6::bytea
FROM sender.entry WHERE id = $1;

-- name: put_health
-- What is remembered of an endpoint.
INSERT INTO sender.endpoint_health (endpoint_id, failing_since, failures_in_a_row, disabled_at, open_until)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (endpoint_id) DO UPDATE SET
    failing_since = excluded.failing_since, failures_in_a_row = excluded.failures_in_a_row,
    disabled_at = excluded.disabled_at, open_until = excluded.open_until;

-- name: endpoints_health
-- What is remembered of every endpoint.
SELECT endpoint_id, failing_since, failures_in_a_row, disabled_at, open_until
FROM sender.endpoint_health ORDER BY endpoint_id;

-- name: entry_counts
-- Entries by endpoint and state, without counting them.
SELECT endpoint_id, state, entries FROM sender.entry_count WHERE entries > 0 ORDER BY endpoint_id, state;

-- name: oldest_due
-- The earliest waiting entry of all; one look at each endpoint that has any.
SELECT min((
    SELECT due_at FROM sender.entry
    WHERE endpoint_id = entry_count.endpoint_id AND state = 'waiting' ORDER BY due_at LIMIT 1
)) FROM sender.entry_count WHERE state = 'waiting' AND entries > 0;

-- name: oldest_leased
-- When the longest-held lease was given; NULL when there is none.
SELECT min(leased_at) FROM sender.entry WHERE state = 'leased';

-- name: entry_totals
-- Entries ever made, and those of them that were forgotten.
SELECT entries_created, entries_purged FROM sender.tally WHERE id = 1;

-- name: entries
-- A page of entries, newest first; source and conditions are the fragments below.
SELECT
    entry.id, entry.endpoint_id, push.tenant, push.session, entry.push_id, push.event_type, entry.state, entry.due_at,
    entry.attempt_count, entry.series, entry.created_at, entry.settled_at, entry.last_status, entry.last_error
FROM {source}
WHERE TRUE {conditions}
ORDER BY entry.id DESC
LIMIT ?;

-- name: source_all
-- Fragment of entries: from the newest back, of all or of one endpoint.
sender.entry JOIN sender.push ON push.id = entry.push_id

-- name: source_dead
-- Fragment of entries: the dead letters have an index of their own.
sender.entry JOIN sender.push ON push.id = entry.push_id

-- name: source_session
-- Fragment of entries: by way of the pushes of one session, which are few.
sender.push JOIN sender.entry ON entry.push_id = push.id

-- name: only_tenant
-- Fragment of entries: one tenant only.
AND push.tenant = ?

-- name: only_endpoint
-- Fragment of entries: one endpoint only.
AND entry.endpoint_id = ?

-- name: only_session
-- Fragment of entries: one session only.
AND push.session = ?

-- name: only_state
-- Fragment of entries: one state only.
AND entry.state = ?

-- name: only_dead
-- Fragment of entries: the dead letters, spelled out as their index has them.
AND entry.state = 'dead'

-- name: only_before
-- Fragment of entries: behind the last one of the page before.
AND entry.id < ?

-- name: attempts_of_entry
-- The log of an entry, oldest first.
SELECT begun_at, duration_ms, status, error, answer FROM sender.attempt WHERE entry_id = $1 ORDER BY begun_at, number;

-- name: push_with_body
-- One push.
SELECT tenant, session, event_type, sha256, created_at, dictionary_id, body_bytes, body
FROM sender.push WHERE id = $1;
