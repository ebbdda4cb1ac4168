-- Statements of people: users, login sessions, audit.

-- name: users
-- Every user, or (not NULL) those bound to a tenant.
SELECT id, name, role, tenant, password_hash, created_at, password_set_at, disabled_at, last_login_at
FROM registry.account WHERE $1::text IS NULL OR tenant = $1 ORDER BY name;

-- name: user_named
-- One user by name.
SELECT id, name, role, tenant, password_hash, created_at, password_set_at, disabled_at, last_login_at
FROM registry.account WHERE name = ?;

-- name: count_users
-- How many there are.
SELECT count(*) FROM registry.account;

-- name: add_user
-- Keeps a new user; 0 changes when name or id is taken.
INSERT INTO registry.account (
    id, name, role, tenant, password_hash, created_at, password_set_at, disabled_at, last_login_at
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING;

-- name: user
-- What may be changed of a user.
SELECT role, tenant, password_hash, password_set_at, disabled_at FROM registry.account WHERE id = ?;

-- name: change_user
-- Writes all that may be changed of a user.
UPDATE registry.account SET role = ?, tenant = ?, password_hash = ?, password_set_at = ?, disabled_at = ? WHERE id = ?;

-- name: replace_hash
-- The same password hashed anew.
UPDATE registry.account SET password_hash = $3 WHERE id = $1 AND password_hash = $2;

-- name: delete_user
-- Forgets a user.
DELETE FROM registry.account WHERE id = ?;

-- name: note_login
-- Notes when a user logged in; 0 changes when the password was changed since, or the user disabled.
UPDATE registry.account SET last_login_at = ? WHERE id = ? AND password_hash = ? AND disabled_at IS NULL;

-- name: add_session
-- Keeps a new login session.
INSERT INTO registry.login_session (sha256, user_id, csrf_key, created_at, last_used_at) VALUES (?, ?, ?, ?, ?);

-- name: delete_sessions_that_are_over
-- Sessions that were last used, or begun, too long ago.
DELETE FROM registry.login_session WHERE last_used_at <= ? OR created_at <= ?;

-- name: delete_oldest_sessions
-- All sessions of a user but so many of the latest, the one just begun among them.
DELETE FROM registry.login_session WHERE user_id = $1 AND sha256 NOT IN (
    SELECT sha256 FROM registry.login_session
    WHERE user_id = $1 ORDER BY sha256 = $2 DESC, created_at DESC, sha256 LIMIT $3
);

-- name: session
-- One session with its user.
SELECT s.sha256, s.user_id, s.csrf_key, s.created_at, s.last_used_at,
    a.id, a.name, a.role, a.tenant, a.password_hash, a.created_at, a.password_set_at, a.disabled_at, a.last_login_at
FROM registry.login_session AS s JOIN registry.account AS a ON a.id = s.user_id WHERE s.sha256 = ?;

-- name: touch_session
-- It was used at that moment.
UPDATE registry.login_session SET last_used_at = $2 WHERE sha256 = $1 AND last_used_at < $2;

-- name: delete_session
-- Revokes one session.
DELETE FROM registry.login_session WHERE sha256 = ?;

-- name: delete_sessions_of_user
-- Revokes all sessions of a user.
DELETE FROM registry.login_session WHERE user_id = ?;

-- name: delete_views_of_user
-- Forgets the saved views of a user.
DELETE FROM registry.saved_view WHERE user_id = ?;

-- name: add_note
-- Writes a line of the audit.
INSERT INTO registry.audit (at, who, tenant, what, object, detail) VALUES (?, ?, ?, ?, ?, ?);

-- name: delete_old_notes
-- Lines from before a moment, so many at a time.
DELETE FROM registry.audit WHERE id IN (SELECT id FROM registry.audit WHERE at < ? ORDER BY at LIMIT ?);

-- name: notes
-- Newest first, from before (not NULL) one of them.
SELECT id, at, who, tenant, what, object, detail
FROM registry.audit WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2;

-- name: notes_of_tenant
-- The same of one tenant.
SELECT id, at, who, tenant, what, object, detail
FROM registry.audit WHERE tenant = $3 AND ($1::bigint IS NULL OR id < $1) ORDER BY id DESC LIMIT $2;
