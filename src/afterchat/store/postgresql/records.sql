-- Statements of the records.

-- name: find_tenant
-- The small number that stands for a tenant.
SELECT id FROM records.tenant WHERE name = ?;

-- name: insert_tenant
-- A number for a tenant that has none.
INSERT INTO records.tenant (name) VALUES (?) RETURNING id;

-- name: cursors
-- Up to where everything was applied.
SELECT inbox_cursor, repeat_cursor FROM records.progress WHERE id = 1;

-- name: progress
-- What a batch goes on from: its inbox cursor, and the number of the last change.
SELECT inbox_cursor, version FROM records.progress WHERE id = 1;

-- name: note_opening
-- Somebody begins to write: under a name of its own, from the number that is reached.
INSERT INTO records.opening (mark, version)
SELECT replace(gen_random_uuid()::text, '-', ''), version FROM records.progress WHERE id = 1;

-- name: drop_openings
-- Keeps the latest so many.
DELETE FROM records.opening WHERE id <= (SELECT max(id) FROM records.opening) - ?::bigint;

-- name: generation
-- The latest opening.
SELECT mark FROM records.opening ORDER BY id DESC LIMIT 1;

-- name: stands
-- Whether that opening is part of our past and nothing up to that number was taken back since.
SELECT EXISTS (
    SELECT 1 FROM records.opening AS mine
    WHERE mine.mark = $1 AND $2 <= coalesce(
        (SELECT later.version FROM records.opening AS later WHERE later.id > mine.id ORDER BY later.id LIMIT 1),
        (SELECT progress.version FROM records.progress WHERE progress.id = 1)
    )
);

-- name: advance
-- Moves the cursors forward, never back, and adds to the counts.
UPDATE records.progress SET
    inbox_cursor = greatest(inbox_cursor, ?),
    repeat_cursor = greatest(repeat_cursor, ?),
    applied_at = greatest(applied_at, ?),
    sessions = sessions + ?,
    superseded = superseded + ?,
    with_problems = with_problems + ?,
    unreadable = unreadable + ?,
    other_events = other_events + ?,
    drift_dropped = drift_dropped + ?,
    version = ?
WHERE id = 1;

-- name: insert_session
-- The first revision of a session; 0 changes when the session is there already.
INSERT INTO records.session VALUES ({placeholders}) ON CONFLICT DO NOTHING;

-- name: current_revision
-- What the current revision of a session is ranked by, and where it came from.
SELECT inbox_id, signed_at, latest_moment, sha256, arrived_at, revision_count, problems IS NOT NULL
FROM records.session WHERE tenant_id = ? AND id = ?;

-- name: delete_session
-- Makes room for another revision.
DELETE FROM records.session WHERE inbox_id = ?;

-- name: raise_session
-- The current revision was signed again, later.
UPDATE records.session SET signed_at = $2, version = $3 WHERE inbox_id = $1 AND signed_at < $2;

-- name: count_revision
-- One more body was pushed for this session.
UPDATE records.session SET revision_count = revision_count + 1, version = $2 WHERE inbox_id = $1;

-- name: superseded_signed_at
-- Whether a push is known as an older revision, and how late it was signed.
SELECT signed_at FROM records.superseded WHERE inbox_id = ?;

-- name: insert_superseded
-- A revision that is not the current one.
INSERT INTO records.superseded (inbox_id, tenant_id, session_id, signed_at, arrived_at, latest_moment, sha256)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (inbox_id) DO UPDATE SET signed_at = greatest(superseded.signed_at, excluded.signed_at);

-- name: delete_superseded
-- A revision that becomes the current one.
DELETE FROM records.superseded WHERE inbox_id = ?;

-- name: raise_superseded
-- An older revision was signed again, later.
UPDATE records.superseded SET signed_at = $2 WHERE inbox_id = $1 AND signed_at < $2;

-- name: note_resigned
-- Remembers the greatest time a push was signed with again, also before the push itself is applied.
INSERT INTO records.resigned (inbox_id, signed_at) VALUES (?, ?)
ON CONFLICT (inbox_id) DO UPDATE SET signed_at = greatest(resigned.signed_at, excluded.signed_at);

-- name: resigned_between
-- Those times for a range of pushes.
SELECT inbox_id, signed_at FROM records.resigned WHERE inbox_id BETWEEN ? AND ?;

-- name: insert_unreadable
-- A push that is no session record; 0 changes when it was listed before.
INSERT INTO records.unreadable (inbox_id, tenant_id, arrived_at, reason) VALUES (?, ?, ?, ?)
ON CONFLICT (inbox_id) DO NOTHING;

-- name: see_drift_again
-- Counts a note that is known; 0 changes when it is not.
UPDATE records.drift SET
    seen_count = seen_count + $5,
    first_seen_at = least(first_seen_at, $6),
    last_seen_at = greatest(last_seen_at, $7)
WHERE tenant_id = $1 AND kind = $2 AND field = $3 AND distinct_sample = $4;

-- name: insert_drift
-- Keeps a new note while its tenant has fewer than so many.
INSERT INTO records.drift (tenant_id, kind, field, distinct_sample, sample, seen_count, first_seen_at, last_seen_at)
SELECT $1::bigint, $2::text, $3::text, $4::text, $5::text, $6::bigint, $7::bigint, $8::bigint
WHERE (SELECT count(*) FROM records.drift WHERE tenant_id = $1) < $9;

-- name: page
-- A page of current records; conditions are the fragments below.
SELECT tenant.name, session.*
FROM records.session JOIN records.tenant ON tenant.id = session.tenant_id
WHERE TRUE {conditions}
ORDER BY session.end_time DESC, tenant.name DESC, session.id DESC
LIMIT ?;

-- name: condition_tenant
-- Fragment of page: one tenant only; part of the listing index, so rows of other tenants are not read.
AND session.tenant_id = (SELECT tenant.id FROM records.tenant WHERE tenant.name = ?)

-- name: condition_after
-- Fragment of page: behind the last row of the page before; the first bound is what the index is entered by.
AND session.end_time <= ? AND (session.end_time, tenant.name, session.id) < (?, ?, ?)

-- name: condition_equal
-- Fragment of page.
AND session.{column} = ?

-- name: condition_less
-- Fragment of page.
AND session.{column} < ?

-- name: condition_at_least
-- Fragment of page.
AND session.{column} >= ?

-- name: session_by_key
-- The current record of one session.
SELECT tenant.name, session.*
FROM records.tenant JOIN records.session ON session.tenant_id = tenant.id
WHERE tenant.name = ? AND session.id = ?;

-- name: changes_after
-- Sessions that changed later, in the order of their last change; the columns are those of CHANGE_COLUMNS.
SELECT session.version, tenant.name, {columns}
FROM records.session JOIN records.tenant ON tenant.id = session.tenant_id
WHERE session.version > ?
ORDER BY session.version
LIMIT ?;

-- name: remainders
-- What the feed of changes leaves out of a session, and the number of its last change.
-- By the key of the table: sessions that ended together lie together, whatever their ids are.
SELECT session.version, session.problems, session.custom_field
FROM records.session WHERE session.inbox_id = ?;

-- name: sessions_by_id
-- The current record of a session, of one tenant or (NULL) of each that has one.
SELECT tenant.name, session.*
FROM records.tenant JOIN records.session ON session.tenant_id = tenant.id
WHERE session.id = $1 AND ($2::text IS NULL OR tenant.name = $2)
ORDER BY tenant.name;

-- name: revisions
-- All bodies of one session, current first, then by rank.
SELECT inbox_id, signed_at, arrived_at, sha256, is_current FROM (
    SELECT inbox_id, signed_at, arrived_at, sha256, latest_moment, 1 AS is_current
    FROM records.session WHERE tenant_id = (SELECT id FROM records.tenant WHERE name = $1) AND id = $2
    UNION ALL
    SELECT inbox_id, signed_at, arrived_at, sha256, latest_moment, 0
    FROM records.superseded WHERE tenant_id = (SELECT id FROM records.tenant WHERE name = $1) AND session_id = $2
) AS body
ORDER BY is_current DESC, signed_at DESC, latest_moment DESC, sha256 DESC;

-- name: latest_unreadable
-- Newest first, of one tenant or (NULL) of all.
SELECT unreadable.inbox_id, tenant.name, unreadable.arrived_at, unreadable.reason
FROM records.unreadable JOIN records.tenant ON tenant.id = unreadable.tenant_id
WHERE $1::text IS NULL OR tenant.name = $1
ORDER BY unreadable.inbox_id DESC
LIMIT $2;

-- name: drift
-- Each distinct note, newest first, of one tenant or (NULL) of all.
SELECT tenant.name, kind, field, sample, last_seen_at, seen_count, first_seen_at
FROM records.drift JOIN records.tenant ON tenant.id = drift.tenant_id
WHERE $1::text IS NULL OR tenant.name = $1
ORDER BY last_seen_at DESC, tenant.name, kind, field, sample;

-- name: counts
-- The sizes that are kept with the cursors.
SELECT sessions, sessions + superseded, unreadable, other_events, with_problems, (SELECT count(*) FROM records.drift),
    drift_dropped
FROM records.progress WHERE id = 1;
