-- Statements of the registry.

-- name: tenants
-- Every tenant.
SELECT name, signature_mode FROM registry.tenant ORDER BY name;

-- name: keys
-- Every key, oldest first.
SELECT tenant, id, secret, not_before, not_after FROM registry.signing_key ORDER BY tenant, not_before, id;

-- name: has_tenant
-- 1 when the tenant exists.
SELECT count(*) FROM registry.tenant WHERE name = ?;

-- name: keys_of_tenant
-- Limits of the other keys of a tenant.
SELECT not_before, not_after FROM registry.signing_key WHERE tenant = ? AND id <> ?;

-- name: put_tenant
-- Creates a tenant or changes its mode.
INSERT INTO registry.tenant (name, signature_mode, created_at) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET signature_mode = excluded.signature_mode;

-- name: put_key
-- Adds a key or changes it.
INSERT INTO registry.signing_key (tenant, id, secret, not_before, not_after) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (tenant, id) DO UPDATE SET
    secret = excluded.secret, not_before = excluded.not_before, not_after = excluded.not_after;

-- name: add_token
-- Keeps the hash of a token; 0 changes when its id or hash is taken.
INSERT INTO registry.token (id, tenant, sha256, expires_at, created_at, scope) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING;

-- name: tokens
-- Every token, oldest first.
SELECT id, tenant, expires_at, scope, sha256 FROM registry.token ORDER BY created_at, id;

-- name: delete_token
-- Forgets a token.
DELETE FROM registry.token WHERE id = ?;

-- name: place_order
-- Something a running server shall do.
INSERT INTO registry.operator_order (kind, argument, state, result, placed_at) VALUES (?, ?, 'waiting', '', ?)
RETURNING id;

-- name: orders
-- Oldest first, in one state or (NULL) in any.
SELECT id, kind, argument, state, result FROM registry.operator_order
WHERE $1::text IS NULL OR state = $1 ORDER BY id;

-- name: settle_order
-- Says what became of an order.
UPDATE registry.operator_order SET state = ?, result = ? WHERE id = ?;

-- name: version
-- Grows with every change.
SELECT number FROM registry.version WHERE id = 1;

-- name: raise_version
-- One more change.
UPDATE registry.version SET number = number + 1 WHERE id = 1;
