-- name: pending
SELECT partition, partner_id, since, log_time, restricts, reached FROM sweeps
WHERE schema_name = %s AND partition = ANY(%s) ORDER BY since, partition

-- name: begin
INSERT INTO sweeps (schema_name, partition, partner_id, since, log_time, restricts, total)
SELECT %(schema)s, t.partition, %(partner)s, %(since)s, %(log_time)s, %(restricts)s, r.total
FROM unnest(%(partitions)s::int[]) AS t(partition)
CROSS JOIN (
    SELECT count(DISTINCT citizen_id) AS total FROM statements
    WHERE partner_id = %(partner)s AND citizen_id IS NOT NULL AND position < %(since)s
) AS r
WHERE r.total > 0

-- name: page
-- A parked citizen stays withheld.
SELECT p.citizen_id, (SELECT count(*) FROM events AS e WHERE e.citizen_id = p.citizen_id)
FROM (
    SELECT DISTINCT citizen_id FROM statements
    WHERE partner_id = %(partner)s AND citizen_id > %(after)s AND position < %(before)s
      AND citizen_id NOT IN (SELECT citizen_id FROM parked WHERE schema_name = %(schema)s)
    ORDER BY citizen_id LIMIT %(limit)s
) AS p ORDER BY p.citizen_id

-- name: go_on
UPDATE sweeps AS s SET reached = %(reached)s,
    done = least(s.total, s.done + (SELECT count(*) FROM unnest(%(citizens)s::uuid[]) AS c(id)
        WHERE s.reached IS NULL OR c.id > s.reached))
WHERE s.schema_name = %(schema)s AND s.partner_id = %(partner)s AND s.partition = ANY(%(partitions)s)
  AND (s.reached IS NULL OR s.reached < %(reached)s)

-- name: finish
DELETE FROM sweeps WHERE schema_name = %(schema)s AND partner_id = %(partner)s AND partition = ANY(%(partitions)s)

-- name: left
SELECT EXISTS (SELECT FROM sweeps WHERE schema_name = %s)

-- name: parked_at
SELECT citizen_id, min(position) FROM parked WHERE schema_name = %s AND citizen_id = ANY(%s) GROUP BY citizen_id
