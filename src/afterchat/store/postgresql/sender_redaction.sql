-- Statements that blank what the sender holds.

-- name: sent_after
-- Pushes of the sender behind a cursor.
SELECT id, tenant, session, sha256, dictionary_id, body_bytes, body
FROM sender.push WHERE id > $1 ORDER BY id LIMIT $2;

-- name: events_after
-- Events behind a cursor.
SELECT event.number, session.tenant, session.session, event.event_id, event.at, event.body
FROM sender.event JOIN sender.session ON session.id = event.session_id
WHERE event.number > $1 ORDER BY event.number LIMIT $2;

-- name: events_to_blank
-- Events of one session.
SELECT event.number, event.body FROM sender.session JOIN sender.event ON event.session_id = session.id
WHERE session.tenant = $1 AND session.session = $2 ORDER BY event.number;

-- name: blank_event
-- Overwrites an event, unless somebody else did.
UPDATE sender.event SET body = $1 WHERE number = $2 AND body = $3;

-- name: sent_to_blank
-- Pushes of one session.
SELECT id, sha256, dictionary_id, body_bytes, body FROM sender.push WHERE session = $1 AND tenant = $2
ORDER BY id;

-- name: blank_sent
-- Overwrites a body of the sender's, unless somebody else did.
UPDATE sender.push SET sha256 = $1, dictionary_id = $2, body_bytes = $3, body = $4 WHERE id = $5 AND sha256 = $6;

-- name: blank_answers
-- Overwrites what was answered to a push: it may say again what the push said.
UPDATE sender.attempt SET answer = convert_to(repeat(' ', octet_length(answer)), 'UTF8')
WHERE entry_id = ANY (ARRAY(SELECT id FROM sender.entry WHERE push_id = $1)) AND btrim(answer, ' '::bytea) <> ''::bytea;
