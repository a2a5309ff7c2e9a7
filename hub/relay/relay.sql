-- name: tables
CREATE TABLE IF NOT EXISTS relay_batches (
    source text NOT NULL,
    upto bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, upto)
);
CREATE TABLE IF NOT EXISTS relay_partitions (
    partition int PRIMARY KEY,
    position bigint NOT NULL
) WITH (fillfactor = 20)

-- name: try_lock
SELECT pg_try_advisory_lock(hashtextextended(%s, 0))

-- name: unlock
SELECT pg_advisory_unlock_all()

-- name: sent
INSERT INTO relay_batches (source, upto) VALUES (%s, %s) ON CONFLICT DO NOTHING

-- name: at_partitions
INSERT INTO relay_partitions (partition, position) SELECT * FROM unnest(%s::int[], %s::bigint[])
ON CONFLICT (partition) DO UPDATE SET position = excluded.position

-- name: forget_batches
DELETE FROM relay_batches AS b WHERE at < clock_timestamp() - interval '30 days'
  AND upto < (SELECT max(m.upto) FROM relay_batches AS m WHERE m.source = b.source)
