-- name: stream
INSERT INTO hub_meta (name, value) VALUES ('stream', %(stream)s)
ON CONFLICT (name) DO UPDATE SET value = CASE WHEN %(again)s THEN excluded.value ELSE hub_meta.value END
RETURNING value

-- name: forget_partitions
DELETE FROM relay_partitions
