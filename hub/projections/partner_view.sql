-- name: tables
CREATE TABLE {schema}.partner_view (
    partner_id uuid NOT NULL,
    citizen_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    disclosure_id uuid NOT NULL,
    partition int NOT NULL,
    purposes int NOT NULL,
    valid_until timestamptz,
    digest bytea NOT NULL,
    sealed bytea NOT NULL,
    texts bytea[] NOT NULL,
    PRIMARY KEY (citizen_id, partner_id, position)
);
CREATE INDEX ON {schema}.partner_view (partner_id, citizen_id)

-- name: copy
COPY {schema}.partner_view (partner_id, citizen_id, position, event_id, disclosure_id, partition, purposes,
    valid_until, digest, sealed, texts) FROM STDIN (FORMAT BINARY)

-- name: remove
DELETE FROM {schema}.partner_view AS v USING unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS t(p, c, n)
WHERE v.partner_id = t.p AND v.citizen_id = t.c AND v.position = t.n

-- name: current
SELECT partner_id, citizen_id, position, digest FROM {schema}.partner_view WHERE citizen_id = ANY(%s)

-- name: related
SELECT DISTINCT citizen_id FROM statements
WHERE partner_id = %(partner)s AND position < %(position)s AND citizen_id IS NOT NULL
  AND citizen_id NOT IN (SELECT citizen_id FROM parked WHERE schema_name = %(schema)s AND position < %(position)s)

-- name: withhold
DELETE FROM {schema}.partner_view AS v WHERE v.citizen_id = ANY(%(citizens)s)
RETURNING v.partner_id, v.citizen_id, v.position, v.disclosure_id,
    (SELECT min(p.position) FROM parked AS p WHERE p.schema_name = %(schema)s AND p.citizen_id = v.citizen_id)

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
SELECT v.position, v.event_id, v.purposes, v.valid_until, v.sealed, v.texts, v.disclosure_id
FROM {schema}.partner_view AS v
JOIN checkpoints AS k ON k.schema_name = {name} AND k.partition = v.partition
WHERE v.partner_id = %(partner)s AND v.citizen_id = %(citizen)s
  AND (v.valid_until IS NULL OR v.valid_until > %(now)s)
  AND NOT EXISTS (
    SELECT FROM statements AS s
    WHERE s.restricts AND s.position > k.position
      AND (s.citizen_id = v.citizen_id OR s.citizen_id IS NULL)
      AND (s.partner_id = v.partner_id OR s.partner_id IS NULL)
  )
ORDER BY v.position

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
