-- Statements of saved views.

-- name: views_of
-- Those of a user, by name.
SELECT v.id, v.user_id, a.name, a.tenant, v.name, v.page, v.query, v.is_shared, v.saved_at
FROM registry.saved_view AS v JOIN registry.account AS a ON a.id = v.user_id WHERE v.user_id = ? ORDER BY v.name;

-- name: views_shared_with
-- Those that others share with a user of (not NULL) a tenant, by name, so many.
SELECT v.id, v.user_id, a.name, a.tenant, v.name, v.page, v.query, v.is_shared, v.saved_at
FROM registry.saved_view AS v JOIN registry.account AS a ON a.id = v.user_id
WHERE v.is_shared = 1 AND v.user_id <> $1 AND ($2::text IS NULL OR a.tenant IS NULL OR a.tenant = $2)
ORDER BY v.name, v.id LIMIT $3;

-- name: view
-- One of them.
SELECT v.id, v.user_id, a.name, a.tenant, v.name, v.page, v.query, v.is_shared, v.saved_at
FROM registry.saved_view AS v JOIN registry.account AS a ON a.id = v.user_id WHERE v.id = ?;

-- name: count_other_views
-- How many of a user have another name.
SELECT count(*) FROM registry.saved_view WHERE user_id = ? AND name <> ?;

-- name: save_view
-- Keeps a view in the place of the one of that name; no row when the user is gone.
INSERT INTO registry.saved_view (user_id, name, page, query, is_shared, saved_at)
SELECT id, $2::text, $3::text, $4::text, $5::bigint, $6::bigint FROM registry.account WHERE id = $1
ON CONFLICT (user_id, name) DO UPDATE SET
    page = excluded.page, query = excluded.query, is_shared = excluded.is_shared, saved_at = excluded.saved_at
RETURNING id;

-- name: delete_view
-- Forgets one.
DELETE FROM registry.saved_view WHERE id = ?;
