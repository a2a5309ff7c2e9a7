-- name: persons
SELECT person_id FROM vault_persons ORDER BY slug

-- name: parked
SELECT count(*), count(DISTINCT citizen_id) FROM parked WHERE schema_name = %s

-- name: error
SELECT at, what FROM consumer_errors WHERE consumer = %s

-- name: log
SELECT partner_id, count(*), count(*) FILTER (WHERE operation = 'delete'), max(position)
FROM partner_log GROUP BY partner_id

-- name: running
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32 | objid::bigint) = hashtextextended(%s, 0)
)

-- name: try_lock
SELECT pg_try_advisory_lock(hashtextextended(%s, 0))
