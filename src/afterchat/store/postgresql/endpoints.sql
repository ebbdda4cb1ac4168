-- Statements about endpoints; they live in the registry.

-- name: endpoints
-- Every endpoint, or those of a tenant.
SELECT
    id, tenant, name, url, event_types, signature_mode, success, schedule_seconds, rate_per_second_max,
    concurrency_max, headers, is_paused, resumed_at, created_at
FROM registry.endpoint WHERE $1::text IS NULL OR tenant = $1 ORDER BY id;

-- name: endpoint
-- One endpoint of whatever tenant.
SELECT
    id, tenant, name, url, event_types, signature_mode, success, schedule_seconds, rate_per_second_max,
    concurrency_max, headers, is_paused, resumed_at, created_at
FROM registry.endpoint WHERE id = ?;

-- name: endpoint_keys
-- Every key of every endpoint, oldest first.
SELECT endpoint_id, id, secret, not_before, not_after FROM registry.endpoint_key ORDER BY endpoint_id, not_before, id;

-- name: has_endpoint
-- The name of an endpoint; no row when there is none.
SELECT name FROM registry.endpoint WHERE id = ?;

-- name: insert_endpoint
-- A new endpoint; 0 changes when the tenant has one of that name.
INSERT INTO registry.endpoint (
    name, url, event_types, signature_mode, success, schedule_seconds, rate_per_second_max, concurrency_max, headers,
    is_paused, resumed_at, tenant, created_at
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, name) DO NOTHING
RETURNING id;

-- name: update_endpoint
-- Changes an endpoint of that tenant; 0 changes when another one has the name.
UPDATE registry.endpoint SET
    name = $1, url = $2, event_types = $3, signature_mode = $4, success = $5, schedule_seconds = $6,
    rate_per_second_max = $7, concurrency_max = $8, headers = $9, is_paused = $10, resumed_at = $11
WHERE tenant = $12 AND id = $13 AND NOT EXISTS (
    SELECT 1 FROM registry.endpoint AS other WHERE other.tenant = $12 AND other.name = $1 AND other.id <> $13
);

-- name: is_endpoint_of
-- 1 when the tenant has that endpoint.
SELECT count(*) FROM registry.endpoint WHERE tenant = ? AND id = ?;

-- name: limits_of_endpoint_keys
-- Limits of the other keys of an endpoint.
SELECT not_before, not_after FROM registry.endpoint_key WHERE endpoint_id = ? AND id <> ?;

-- name: put_endpoint_key
-- Adds a key or changes it.
INSERT INTO registry.endpoint_key (endpoint_id, id, secret, not_before, not_after) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (endpoint_id, id) DO UPDATE SET
    secret = excluded.secret, not_before = excluded.not_before, not_after = excluded.not_after;

-- name: delete_endpoint
-- Forgets an endpoint.
DELETE FROM registry.endpoint WHERE id = ?;

-- name: delete_endpoint_keys
-- Forgets its keys.
DELETE FROM registry.endpoint_key WHERE endpoint_id = ?;
