-- Statements that blank what the sender holds.

-- name: sent_after
-- Pushes of the sender behind a cursor.
SELECT id, tenant, session, sha256, dictionary_id, body_bytes, body FROM sender.push WHERE id > ? ORDER BY id LIMIT ?;

-- name: events_after
-- Events behind a cursor.
SELECT event.number, session.tenant, session.session, event.event_id, event.at, event.body
FROM sender.event JOIN sender.session ON session.id = event.session_id
WHERE event.number > ? ORDER BY event.number LIMIT ?;

-- name: events_to_blank
-- Events of one session.
SELECT event.number, event.body FROM sender.session JOIN sender.event ON event.session_id = session.id
WHERE session.tenant = ? AND session.session = ? ORDER BY event.number;

-- name: blank_event
-- Overwrites an event, unless somebody else did.
UPDATE sender.event SET body = ? WHERE number = ? AND body = ?;

-- name: sent_to_blank
-- Pushes of one session.
SELECT id, sha256, dictionary_id, body_bytes, body FROM sender.push WHERE session = ? AND tenant = ?
ORDER BY id;

-- name: blank_sent
-- Overwrites a body of the sender's, unless somebody else did.
UPDATE sender.push SET sha256 = ?, dictionary_id = ?, body_bytes = ?, body = ? WHERE id = ? AND sha256 = ?;

-- name: blank_answers
-- Overwrites what was answered to a push: it may say again what the push said.
UPDATE sender.attempt SET answer = convert_to(repeat(' ', octet_length(answer)), 'UTF8')
WHERE entry_id IN (SELECT id FROM sender.entry WHERE push_id = ?)
    AND btrim(answer, convert_to(' ', 'UTF8')) <> ''::bytea;
