-- name: relay
SELECT
    (SELECT max(upto) FROM relay_batches WHERE source = 'events'),
    (SELECT max(upto) FROM relay_batches WHERE source = 'partners'),
    (SELECT max(at) FROM relay_batches),
    (SELECT count(*) FROM partner_log WHERE number IS NULL),
    (SELECT count(*) FROM partner_log
     WHERE number > (SELECT coalesce(max(upto), 0) FROM relay_batches WHERE source = 'partners'))

-- name: relayed
SELECT partition, position FROM relay_partitions

-- name: behind
SELECT citizen_id, width_bucket(position, %(from)s::bigint[]), count(*) FROM events
WHERE position >= %(first)s GROUP BY 1, 2

-- name: workers
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (classid::bigint << 32 | objid::bigint) = hashtextextended(%s, 0)

-- name: error
SELECT at, what FROM consumer_errors WHERE consumer = %s

-- name: parked
SELECT count(*), count(DISTINCT citizen_id) FROM parked WHERE schema_name = %s

-- name: sweeps
-- Its partitions may be worked off by several workers: the last of them tells how far it is.
SELECT partner_id, min(done), max(total) FROM sweeps WHERE schema_name = %s GROUP BY partner_id ORDER BY partner_id

-- name: foreign
SELECT count(*) FROM foreign_records

-- name: partners
SELECT t.partner_id,
    (SELECT count(*) FROM partner_published AS p WHERE p.partner_id = t.partner_id),
    (SELECT count(*) FROM partner_notices AS n WHERE n.partner_id = t.partner_id AND n.confirmed_at IS NULL),
    (SELECT count(*) FROM partner_notices AS n
     WHERE n.partner_id = t.partner_id AND n.confirmed_at IS NULL AND n.purge_by < %(today)s)
FROM partner_topics AS t
