-- name: persons
SELECT person_id FROM vault_persons ORDER BY slug

-- name: log
SELECT partner_id, count(*), count(*) FILTER (WHERE operation = 'delete'), max(position)
FROM partner_log GROUP BY partner_id
