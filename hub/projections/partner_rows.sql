-- name: copy
COPY {schema}.partner_view (partner_id, citizen_id, position, event_id, disclosure_id, partition, purposes,
    valid_until, digest, sealed, texts, text_events) FROM STDIN (FORMAT BINARY)

-- name: remove
DELETE FROM {schema}.partner_view AS v USING unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS t(p, c, n)
WHERE v.partner_id = t.p AND v.citizen_id = t.c AND v.position = t.n

-- name: log
COPY partner_log (partner_id, citizen_id, item, disclosure_id, operation, position) FROM STDIN (FORMAT BINARY)

-- name: notify
NOTIFY hub_partner_log

-- name: backfill
INSERT INTO partner_log (partner_id, citizen_id, item, disclosure_id, operation, position)
SELECT v.partner_id, v.citizen_id, v.position, v.disclosure_id, 'upsert', k.position
FROM {schema}.partner_view AS v
JOIN checkpoints AS k ON k.schema_name = {name} AND k.partition = v.partition
WHERE v.partner_id = %s
ORDER BY v.citizen_id, v.position

-- name: rows
SELECT v.position, v.event_id, v.purposes, v.valid_until, v.sealed, v.texts, v.text_events, v.disclosure_id
FROM {schema}.partner_view AS v
JOIN checkpoints AS k ON k.schema_name = {name} AND k.partition = v.partition
WHERE v.partner_id = %(partner)s AND v.citizen_id = %(citizen)s
  AND (v.valid_until IS NULL OR v.valid_until > %(now)s)
  AND NOT EXISTS (
    SELECT FROM statements AS s
    WHERE s.restricts AND s.position > k.position
      AND (s.citizen_id = v.citizen_id OR s.citizen_id IS NULL)
      AND (s.partner_id = v.partner_id OR s.partner_id IS NULL)
      AND (s.kind NOT IN ('corrected', 'relabelled', 'misfiled') OR s.body->>'item' = v.event_id::text)
  )
  AND NOT EXISTS (
    SELECT FROM sweeps AS w
    WHERE w.restricts AND w.schema_name = {name} AND w.partner_id = v.partner_id AND w.partition = v.partition
      AND w.since > v.position AND (w.reached IS NULL OR w.reached < v.citizen_id)
  )
ORDER BY v.position

-- name: withheld
SELECT 1 FROM parked WHERE schema_name = {name} AND citizen_id = %s LIMIT 1

-- name: counts
SELECT v.partner_id, count(*), count(DISTINCT v.citizen_id)
FROM {schema}.partner_view AS v
JOIN checkpoints AS k ON k.schema_name = {name} AND k.partition = v.partition
WHERE (%(citizen)s::uuid IS NULL OR v.citizen_id = %(citizen)s)
  AND (v.valid_until IS NULL OR v.valid_until > %(now)s)
  AND NOT EXISTS (
    SELECT FROM statements AS s
    WHERE s.restricts AND s.position > k.position
      AND (s.citizen_id = v.citizen_id OR s.citizen_id IS NULL)
      AND (s.partner_id = v.partner_id OR s.partner_id IS NULL)
      AND (s.kind NOT IN ('corrected', 'relabelled', 'misfiled') OR s.body->>'item' = v.event_id::text)
  )
  AND NOT EXISTS (
    SELECT FROM sweeps AS w
    WHERE w.restricts AND w.schema_name = {name} AND w.partner_id = v.partner_id AND w.partition = v.partition
      AND w.since > v.position AND (w.reached IS NULL OR w.reached < v.citizen_id)
  )
GROUP BY v.partner_id

-- name: difference
SELECT partner_id, citizen_id, position, coalesce(n.disclosure_id, o.disclosure_id),
    (SELECT k.position FROM checkpoints AS k
     WHERE k.schema_name = %(new)s AND k.partition = coalesce(n.partition, o.partition)),
    o.digest IS NULL, n.digest IS NULL
FROM {new}.partner_view AS n
FULL JOIN {old}.partner_view AS o USING (citizen_id, partner_id, position)
WHERE n.digest IS DISTINCT FROM o.digest
