-- Statements of the journal and the outbox that do at once what others do row by row; each says which.
-- Arrays of one statement are equally long, and what stands at one place of them belongs together.

-- name: insert_events
-- Keeps events in the order given, for insert_event of each; the numbers of those that no session had yet, ascending.
INSERT INTO sender.event (session_id, event_id, at, body)
SELECT session_id, event_id, at, body
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[])
    WITH ORDINALITY AS given (session_id, event_id, at, body, place)
ORDER BY place
ON CONFLICT (session_id, event_id) DO NOTHING
RETURNING number;

-- name: lease_due_entries
-- Holds up to (2) due entries of each endpoint of (1), for due_entries and lease_entry of each; earliest due first.
-- Rows are as those of due_entries. One whose body turns out to be damaged goes to give_up_damaged_leases.
WITH due AS MATERIALIZED (
    SELECT wanted.place, found.*
    FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS wanted (endpoint_id, entry_count_max, place)
    CROSS JOIN LATERAL (
        SELECT
            entry.id, entry.due_at, push.id AS push_id, push.tenant, push.session, push.event_type, push.sha256,
            push.dictionary_id, push.body_bytes, push.body
        FROM sender.entry JOIN sender.push ON push.id = entry.push_id
        WHERE entry.endpoint_id = wanted.endpoint_id AND entry.state = 'waiting' AND entry.due_at <= $3
        ORDER BY entry.due_at, entry.id
        LIMIT wanted.entry_count_max
    ) AS found
), leased AS (
    UPDATE sender.entry SET state = 'leased', token = token + 1, leased_at = $3, lease_until = $4
    WHERE id = ANY (ARRAY(SELECT id FROM due))
    RETURNING id, token, endpoint_id, attempt_count, created_at, series
)
SELECT
    leased.id, leased.token, leased.endpoint_id, due.tenant, due.session, due.push_id, due.event_type,
    leased.attempt_count, leased.created_at, leased.series, due.sha256, due.dictionary_id, due.body_bytes, due.body
FROM leased JOIN due ON due.id = leased.id
ORDER BY due.place, due.due_at, due.id;

-- name: give_up_damaged_leases
-- Entries just leased whose bodies are not what was committed can never be sent; for give_up_damaged of each.
UPDATE sender.entry SET
    state = 'dead', settled_at = $1, last_error = 'damaged_body', token = token - 1,
    leased_at = NULL, lease_until = NULL
WHERE id = ANY ($2::bigint[])
RETURNING endpoint_id, line;

-- name: next_due_of_endpoints
-- When the first waiting entry of each endpoint is due, or its first lease ends; for lease_ends, and next_due of each.
-- No row for an endpoint that has neither.
SELECT wanted.endpoint_id, least(first.due_at, ends.lease_until)
FROM unnest($1::bigint[]) AS wanted (endpoint_id)
LEFT JOIN LATERAL (
    SELECT due_at FROM sender.entry
    WHERE entry.endpoint_id = wanted.endpoint_id AND state = 'waiting' ORDER BY due_at, id LIMIT 1
) AS first ON TRUE
LEFT JOIN (
    SELECT endpoint_id, min(lease_until) AS lease_until FROM sender.entry WHERE state = 'leased' GROUP BY endpoint_id
) AS ends ON ends.endpoint_id = wanted.endpoint_id
WHERE first.due_at IS NOT NULL OR ends.lease_until IS NOT NULL;

-- name: insert_attempts
-- Logs attempts in the order given, for insert_attempt of each, but for those whose entry is gone.
INSERT INTO sender.attempt (entry_id, number, begun_at, duration_ms, status, error, answer)
SELECT
    given.entry_id,
    (SELECT coalesce(max(number), 0) FROM sender.attempt WHERE entry_id = given.entry_id)
        + row_number() OVER (PARTITION BY given.entry_id ORDER BY given.place),
    given.begun_at, given.duration_ms, given.status, given.error, given.answer
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[])
    WITH ORDINALITY AS given (entry_id, begun_at, duration_ms, status, error, answer, place)
WHERE EXISTS (SELECT 1 FROM sender.entry WHERE id = given.entry_id);

-- name: settle_entries
-- Writes results at the moment (1) where leases are in force, for settle_entry of each; status and error are NULL where
-- nothing was tried. A row for each that was in force, with its place from 1; the first of several of one lease wins.
UPDATE sender.entry SET
    state = given.state, due_at = given.due_at, leased_at = NULL, lease_until = NULL,
    settled_at = CASE given.state WHEN 'waiting' THEN NULL ELSE $1::bigint END,
    attempt_count = attempt_count + CASE WHEN given.status IS NULL THEN 0 ELSE 1 END,
    last_status = coalesce(given.status, last_status), last_error = coalesce(given.error, last_error)
FROM (
    SELECT DISTINCT ON (entry_id, token) *
    FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[])
        WITH ORDINALITY AS settlement (entry_id, token, state, due_at, status, error, place)
    ORDER BY entry_id, token, place
) AS given
WHERE entry.id = given.entry_id AND entry.token = given.token AND entry.lease_until IS NOT NULL
RETURNING given.place, entry.endpoint_id, entry.line, entry.settled_at IS NOT NULL;

-- name: let_first_of_lines_wait
-- The earliest open entry of each endpoint and line waits, if it stood behind; for let_first_wait of each.
UPDATE sender.entry SET state = 'waiting', due_at = greatest(due_at, $3)
WHERE state = 'behind' AND id = ANY (ARRAY(
    SELECT (
        SELECT id FROM sender.entry
        WHERE endpoint_id = settled.endpoint_id AND line = settled.line AND settled_at IS NULL ORDER BY push_id LIMIT 1
    )
    FROM unnest($1::bigint[], $2::bigint[]) AS settled (endpoint_id, line)
));

-- name: put_healths
-- What is remembered of endpoints, for put_health of each; the last of several of one endpoint stays.
INSERT INTO sender.endpoint_health (endpoint_id, failing_since, failures_in_a_row, disabled_at, open_until)
SELECT DISTINCT ON (endpoint_id) endpoint_id, failing_since, failures_in_a_row, disabled_at, open_until
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
    WITH ORDINALITY AS given (endpoint_id, failing_since, failures_in_a_row, disabled_at, open_until, place)
ORDER BY endpoint_id, place DESC
ON CONFLICT (endpoint_id) DO UPDATE SET
    failing_since = excluded.failing_since, failures_in_a_row = excluded.failures_in_a_row,
    disabled_at = excluded.disabled_at, open_until = excluded.open_until;
