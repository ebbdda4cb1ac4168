-- Statements that write records anew.

-- name: rewrite_session
-- Writes the fields of a current record anew; which revision it is, and what it is ranked by, stays.
UPDATE records.session SET {assignments}, version = (SELECT version + 1 FROM records.progress WHERE id = 1)
WHERE inbox_id = ? AND tenant_id = (SELECT id FROM records.tenant WHERE name = ?);

-- name: had_problems
-- Whether the record of a push had any; no row when it is not current.
SELECT problems IS NOT NULL FROM records.session WHERE inbox_id = ?;

-- name: count_rewriting
-- One more change was made; records with problems became more or fewer.
UPDATE records.progress SET version = version + 1, with_problems = with_problems + ? WHERE id = 1;

-- name: forget_openings
-- Whatever was made of these records is to be made anew.
DELETE FROM records.opening;

-- name: rewrite_unreadable
-- Says anew why a push cannot be read.
UPDATE records.unreadable SET reason = $1 WHERE inbox_id = $2 AND reason <> $1;

-- name: blank_drift
-- Empties the sample of a note; codes are no person's, and are what tells their notes apart.
UPDATE records.drift SET sample = ''
WHERE tenant_id = (SELECT id FROM records.tenant WHERE name = ?) AND kind = ? AND field = ? AND kind <> 'value';

-- name: records_to_age
-- What is personal in the next current records.
SELECT inbox_id, {columns} FROM records.session WHERE inbox_id > ? AND inbox_id <= ? ORDER BY inbox_id
LIMIT ?;

-- name: unreadable_to_age
-- Pushes that cannot be read, of a range.
SELECT inbox_id FROM records.unreadable WHERE inbox_id > ? AND inbox_id <= ? ORDER BY inbox_id;
