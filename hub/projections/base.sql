-- name: shared
CREATE TABLE IF NOT EXISTS generations (
    schema_name text PRIMARY KEY,
    view text NOT NULL,
    live boolean NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX IF NOT EXISTS generations_live ON generations (view) WHERE live;
CREATE TABLE IF NOT EXISTS checkpoints (
    schema_name text NOT NULL REFERENCES generations ON DELETE CASCADE,
    partition int NOT NULL,
    position bigint NOT NULL,
    stream text,
    next_offset bigint,
    PRIMARY KEY (schema_name, partition)
) WITH (fillfactor = 20);
CREATE TABLE IF NOT EXISTS foreign_records (
    stream text NOT NULL,
    partition int NOT NULL,
    "offset" bigint NOT NULL,
    reason text NOT NULL,
    key bytea,
    value bytea,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream, partition, "offset")
);
CREATE TABLE IF NOT EXISTS parked (
    schema_name text NOT NULL REFERENCES generations ON DELETE CASCADE,
    partition int NOT NULL,
    position bigint NOT NULL,
    citizen_id uuid NOT NULL,
    reason text NOT NULL,
    value bytea NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (schema_name, position)
);
-- Who is still to be decided anew since an organisation's own statement: the citizens behind `reached`, in order of id.
CREATE TABLE IF NOT EXISTS sweeps (
    schema_name text NOT NULL REFERENCES generations ON DELETE CASCADE,
    partition int NOT NULL,
    partner_id uuid NOT NULL,
    since bigint NOT NULL,
    log_time bigint NOT NULL,
    restricts boolean NOT NULL,
    reached uuid,
    done int NOT NULL DEFAULT 0,
    total int NOT NULL,
    PRIMARY KEY (schema_name, partner_id, partition, since)
) WITH (fillfactor = 50);
CREATE INDEX IF NOT EXISTS statements_related ON statements (partner_id, citizen_id, position)
    WHERE citizen_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS partner_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner_id uuid NOT NULL,
    citizen_id uuid NOT NULL,
    item bigint NOT NULL,
    disclosure_id uuid NOT NULL,
    operation text NOT NULL CHECK (operation IN ('upsert', 'delete', 'notice', 'settled')),
    position bigint NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    number bigint UNIQUE,
    sequence bigint
);
CREATE INDEX IF NOT EXISTS partner_log_sequence ON partner_log (partner_id, sequence) WHERE sequence IS NOT NULL;
CREATE INDEX IF NOT EXISTS partner_log_unnumbered ON partner_log (id) WHERE number IS NULL;
CREATE INDEX IF NOT EXISTS partner_log_notices ON partner_log (disclosure_id) WHERE operation = 'notice';
CREATE INDEX IF NOT EXISTS partner_log_deletes ON partner_log (position) WHERE operation = 'delete';
CREATE TABLE IF NOT EXISTS consumer_errors (
    consumer text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    what text NOT NULL
);

-- name: live
SELECT schema_name FROM generations WHERE view = %s AND live

-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))

-- name: alone
SELECT pg_advisory_lock(hashtextextended(%s, 0))

-- name: next_generation
SELECT coalesce(max(substring(schema_name FROM '[0-9]+$')::int), 0) + 1 FROM generations WHERE view = %s

-- name: add_generation
INSERT INTO generations (schema_name, view, live) VALUES (%s, %s, %s)

-- name: add_checkpoints
INSERT INTO checkpoints (schema_name, partition, position)
SELECT %s, partition, 0 FROM generate_series(0, %s - 1) AS partition

-- name: checkpoints
SELECT partition, position FROM checkpoints WHERE schema_name = %s

-- name: places
SELECT partition, position, stream, next_offset FROM checkpoints WHERE schema_name = %s

-- name: head
SELECT position FROM log_head

-- name: set_aside
INSERT INTO foreign_records (stream, partition, "offset", reason, key, value)
SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::text[], %b::bytea[], %b::bytea[]) ON CONFLICT DO NOTHING

-- name: move_checkpoints
UPDATE checkpoints AS c SET position = t.after, stream = t.stream, next_offset = t.next_offset
FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[])
    AS t(partition, before, after, stream, next_offset)
WHERE c.schema_name = %s AND c.partition = t.partition AND c.position = t.before
  -- read from a topic that is no longer the log: what was made anew meanwhile is to be read from its start
  AND t.stream IS NOT DISTINCT FROM
      coalesce((SELECT value FROM hub_meta WHERE name = 'stream' AND t.stream IS NOT NULL), t.stream)

-- name: parked_citizens
SELECT DISTINCT citizen_id FROM parked WHERE schema_name = %s

-- name: park
INSERT INTO parked (schema_name, partition, position, citizen_id, reason, value)
SELECT %s, * FROM unnest(%s::int[], %s::bigint[], %s::uuid[], %s::text[], %b::bytea[]) ON CONFLICT DO NOTHING

-- name: switch_off
UPDATE generations SET live = false WHERE schema_name = %s

-- name: switch_on
UPDATE generations SET live = true WHERE schema_name = %s

-- name: unfinished
SELECT schema_name FROM generations WHERE view = %s AND NOT live

-- name: hold_checkpoints
SELECT position FROM checkpoints WHERE schema_name = %s FOR UPDATE

-- name: forget
DELETE FROM generations WHERE schema_name = %s

-- name: note_error
INSERT INTO consumer_errors (consumer, what) VALUES (%s, %s)
ON CONFLICT (consumer) DO UPDATE SET at = now(), what = excluded.what

-- name: try_lock
SELECT pg_try_advisory_lock(hashtextextended(%s, 0))

-- name: try_lock_shared
SELECT pg_try_advisory_lock_shared(hashtextextended(%s, 0))
