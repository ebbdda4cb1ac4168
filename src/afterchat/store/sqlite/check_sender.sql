-- Statements of the check of sender.db.

-- name: pushes_to_check
-- A portion of the pushes behind a cursor, as they are stored.
SELECT id, sha256, dictionary_id, body_bytes, body FROM push WHERE id > ? ORDER BY id LIMIT ?;

-- name: pushes_in_all
-- How many there are.
SELECT count(*) FROM push;

-- name: entry_counts_differ
-- Endpoints and states whose entries are not as many as is said.
SELECT endpoint_id, state, sum(kept), sum(there) FROM (
    SELECT endpoint_id, state, entries AS kept, 0 AS there FROM entry_count
    UNION ALL SELECT endpoint_id, state, 0, count(*) FROM entry GROUP BY endpoint_id, state
) GROUP BY endpoint_id, state HAVING sum(kept) <> sum(there);

-- name: totals_kept_and_recounted
-- Each total as it is kept, beside what is there.
SELECT 'sessions', sessions, (SELECT count(*) FROM session) FROM tally
UNION ALL SELECT 'open sessions', open_sessions, (SELECT count(*) FROM session WHERE ended_at IS NULL) FROM tally
UNION ALL SELECT 'events', events, (SELECT count(*) FROM event) FROM tally
UNION ALL SELECT 'pushes', pushes, (SELECT count(*) FROM push) FROM tally
UNION ALL SELECT 'entries', entries_created - entries_purged, (SELECT count(*) FROM entry) FROM tally;

-- name: entries_out_of_line
-- Open entries that stand behind nothing, or that do not stand behind an earlier one.
SELECT id FROM (
    SELECT id, state, row_number() OVER (PARTITION BY endpoint_id, line ORDER BY push_id) AS place
    FROM entry WHERE settled_at IS NULL
) WHERE (place = 1) = (state = 'behind') ORDER BY id LIMIT 100;

-- name: entries_without_push
-- Entries whose push is not there.
SELECT id FROM entry WHERE NOT EXISTS (SELECT 1 FROM push WHERE push.id = entry.push_id) ORDER BY id LIMIT 100;
