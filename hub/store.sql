-- name: tables
CREATE TABLE IF NOT EXISTS hub_meta (
    name text PRIMARY KEY,
    value text NOT NULL
);
CREATE TABLE IF NOT EXISTS log_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL,
    log_time timestamptz NOT NULL
) WITH (fillfactor = 10);
INSERT INTO log_head (position, log_time) VALUES (0, 'epoch') ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS events (
    position bigint PRIMARY KEY,
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    citizen_id uuid,
    recorded_at timestamptz NOT NULL,
    log_time timestamptz NOT NULL,
    value bytea NOT NULL,
    UNIQUE (originator_id, originator_version)
);
CREATE INDEX IF NOT EXISTS events_citizen ON events (citizen_id, position);
ALTER TABLE events ALTER COLUMN value SET STORAGE EXTERNAL;
CREATE TABLE IF NOT EXISTS statements (
    position bigint NOT NULL,
    ordinal int NOT NULL,
    citizen_id uuid,
    partner_id uuid,
    kind text NOT NULL,
    restricts boolean NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    in_force_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (position, ordinal)
);
CREATE INDEX IF NOT EXISTS statements_citizen ON statements (citizen_id, position);
CREATE INDEX IF NOT EXISTS statements_restricting ON statements (citizen_id, position) WHERE restricts;
CREATE INDEX IF NOT EXISTS statements_partners ON statements (position) WHERE citizen_id IS NULL;
CREATE TABLE IF NOT EXISTS commands (
    command_id uuid PRIMARY KEY,
    position bigint NOT NULL,
    answer jsonb NOT NULL
);

-- name: forget
-- What was written on the wrong person: its words, and those of what corrected it, go with the commit that says so.
CREATE OR REPLACE FUNCTION hub_forget(said jsonb) RETURNS void LANGUAGE sql AS $$
    WITH misfiled AS (
        SELECT m.c, m.b->>'item' AS item FROM jsonb_to_recordset(said) AS m(c uuid, k text, b jsonb)
        WHERE m.k = 'misfiled'
    )
    DELETE FROM vault_text_keys WHERE event_id IN (
        SELECT item::uuid FROM misfiled
        UNION ALL SELECT (s.body->>'correction')::uuid FROM misfiled JOIN statements AS s
            ON s.citizen_id = c AND s.kind = 'corrected' AND s.body->>'item' = item
    )
$$;

-- name: append
CREATE OR REPLACE FUNCTION hub_append(
    originators uuid[], versions bigint[], citizens uuid[], recorded timestamptz[], vals bytea[],
    text_events uuid[], text_citizens uuid[], text_keys bytea[], said jsonb, command uuid, answer jsonb
) RETURNS bigint LANGUAGE plpgsql SET lock_timeout = '10s' AS $$
DECLARE
    base bigint;
    before timestamptz;
    n int := cardinality(originators);
BEGIN
    -- One writer at a time, so that commit order is position order; unlike a table lock it never meets VACUUM.
    PERFORM pg_advisory_xact_lock(7202604711);
    SELECT position, log_time INTO base, before FROM log_head;
    IF command IS NOT NULL THEN
        INSERT INTO commands (command_id, position, answer) VALUES (command, base + 1, answer);
    END IF;
    INSERT INTO events (position, originator_id, originator_version, citizen_id, recorded_at, log_time, value)
    SELECT base + i, o, v, c, r, greatest(before, max(r) OVER (ORDER BY i)), x
    FROM unnest(originators, versions, citizens, recorded, vals) WITH ORDINALITY AS t(o, v, c, r, x, i);
    IF cardinality(text_events) > 0 THEN
        INSERT INTO vault_text_keys (event_id, citizen_id, wrapped)
        SELECT * FROM unnest(text_events, text_citizens, text_keys);
    END IF;
    IF said IS NOT NULL THEN
        INSERT INTO statements (position, ordinal, citizen_id, partner_id, kind, restricts, body, recorded_at)
        SELECT base + s.i, s.n, s.c, s.p, s.k, s.r, s.b, recorded[s.i]
        FROM jsonb_to_recordset(said) AS s(i int, n int, c uuid, p uuid, k text, r boolean, b jsonb);
        IF said @> '[{"k": "misfiled"}]' THEN
            PERFORM hub_forget(said);
        END IF;
    END IF;
    UPDATE log_head SET position = base + n,
        log_time = greatest(before, (SELECT max(r) FROM unnest(recorded) AS r));
    NOTIFY hub_events;
    RETURN base + 1;
END $$;

-- name: append_one
-- The same for one event, which most commands record: scalars cost a third less than arrays of one.
CREATE OR REPLACE FUNCTION hub_append(
    originator uuid, version bigint, citizen uuid, recorded timestamptz, val bytea,
    text_event uuid, text_key bytea, said jsonb, command uuid, answer jsonb
) RETURNS bigint LANGUAGE plpgsql SET lock_timeout = '10s' AS $$
DECLARE
    here bigint;
    log timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(7202604711);
    UPDATE log_head SET position = position + 1, log_time = greatest(log_time, recorded)
    RETURNING position, log_time INTO here, log;
    IF command IS NOT NULL THEN
        INSERT INTO commands (command_id, position, answer) VALUES (command, here, answer);
    END IF;
    INSERT INTO events (position, originator_id, originator_version, citizen_id, recorded_at, log_time, value)
    VALUES (here, originator, version, citizen, recorded, log, val);
    IF text_key IS NOT NULL THEN
        INSERT INTO vault_text_keys (event_id, citizen_id, wrapped)
        VALUES (text_event, coalesce(citizen, '00000000-0000-0000-0000-000000000000'), text_key);
    END IF;
    IF said IS NOT NULL THEN
        INSERT INTO statements (position, ordinal, citizen_id, partner_id, kind, restricts, body, recorded_at)
        SELECT here, s.n, s.c, s.p, s.k, s.r, s.b, recorded
        FROM jsonb_to_recordset(said) AS s(n int, c uuid, p uuid, k text, r boolean, b jsonb);
        IF said @> '[{"k": "misfiled"}]' THEN
            PERFORM hub_forget(said);
        END IF;
    END IF;
    NOTIFY hub_events;
    RETURN here;
END $$;

-- name: call_append_one
SELECT hub_append(%b::uuid, %b::bigint, %b::uuid, %b::timestamptz, %b::bytea,
    %b::uuid, %b::bytea, %s::jsonb, %b::uuid, %s::jsonb)

-- name: call_append
SELECT hub_append(%b::uuid[], %b::bigint[], %b::uuid[], %b::timestamptz[], %b::bytea[],
    %b::uuid[], %b::uuid[], %b::bytea[], %s::jsonb, %s::uuid, %s::jsonb)

-- name: lock
SELECT pg_advisory_xact_lock(7202604711)

-- name: advance
UPDATE log_head SET position = %(position)s, log_time = greatest(log_time, %(latest)s)

-- name: select_events
SELECT originator_id, originator_version, citizen_id, value FROM events
WHERE originator_id = %(originator)s AND originator_version > %(gt)s AND originator_version <= %(lte)s
ORDER BY originator_version

-- name: select_after
SELECT position, originator_id, originator_version, citizen_id, log_time, value FROM events
WHERE position > %s ORDER BY position LIMIT %s

-- name: count_citizens
SELECT count(*) FROM (SELECT FROM events WHERE citizen_id = ANY(%s) LIMIT %s) AS found

-- name: select_citizen
SELECT position, originator_id, originator_version, citizen_id, log_time, value FROM events
WHERE citizen_id = ANY(%s) AND position <= %s ORDER BY position

-- name: select_at
SELECT position, originator_id, originator_version, citizen_id, log_time, value FROM events
WHERE citizen_id = %s AND position = ANY(%s) ORDER BY position

-- name: first
SELECT position, originator_id, originator_version, citizen_id, log_time, value FROM events
WHERE citizen_id = %s ORDER BY position LIMIT 1

-- name: met
SELECT EXISTS (SELECT FROM statements WHERE partner_id = %s AND citizen_id = %s)

-- name: head
SELECT position, log_time FROM log_head

-- name: statements_on
SELECT kind, partner_id, body, position, (extract(epoch FROM recorded_at) * 1000000)::bigint, citizen_id
FROM (
    SELECT * FROM statements WHERE citizen_id = ANY(%(citizens)s) AND position <= %(upto)s
    UNION ALL SELECT * FROM statements WHERE citizen_id IS NULL AND position > %(after)s AND position <= %(upto)s
) AS s ORDER BY position, ordinal

-- name: statements_on_partners
SELECT kind, partner_id, body, position, (extract(epoch FROM recorded_at) * 1000000)::bigint, citizen_id
FROM statements WHERE citizen_id IS NULL AND position > %(after)s AND position <= %(upto)s ORDER BY position, ordinal

-- name: statements_on_citizens
SELECT kind, partner_id, body, position, (extract(epoch FROM recorded_at) * 1000000)::bigint, citizen_id
FROM statements WHERE citizen_id = ANY(%(citizens)s) AND position <= %(upto)s ORDER BY position, ordinal

-- name: answer
SELECT position, answer FROM commands WHERE command_id = %s

-- name: meta_get
SELECT value FROM hub_meta WHERE name = %s

-- name: meta_put
INSERT INTO hub_meta (name, value) VALUES (%s, %s) ON CONFLICT (name) DO NOTHING
