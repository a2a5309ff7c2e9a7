-- name: partners_at
SELECT coalesce(max(position), 0) FROM statements WHERE citizen_id IS NULL
