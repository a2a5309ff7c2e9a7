-- name: tables
CREATE TABLE IF NOT EXISTS partner_numbers (
    partner_id uuid PRIMARY KEY,
    last bigint NOT NULL
) WITH (fillfactor = 20);
CREATE TABLE IF NOT EXISTS partner_published (
    partner_id uuid NOT NULL,
    disclosure_id uuid NOT NULL,
    citizen_id uuid NOT NULL,
    PRIMARY KEY (partner_id, disclosure_id)
);
CREATE TABLE IF NOT EXISTS partner_again (
    partner_id uuid NOT NULL,
    citizen_id uuid NOT NULL,
    item bigint NOT NULL,
    disclosure_id uuid NOT NULL,
    partition int NOT NULL,
    after_position bigint NOT NULL,
    PRIMARY KEY (partner_id, disclosure_id)
);
CREATE TABLE IF NOT EXISTS partner_notices (
    notice_id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    citizen_id uuid NOT NULL,
    records uuid[] NOT NULL,
    position bigint NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    purge_by date NOT NULL,
    confirmed_at timestamptz
);
CREATE TABLE IF NOT EXISTS partner_clearing (
    partner_id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ticked_at timestamptz,
    cleared_at timestamptz,
    PRIMARY KEY (partner_id, number)
);
CREATE INDEX IF NOT EXISTS partner_clearing_open ON partner_clearing (partner_id) WHERE cleared_at IS NULL;
CREATE INDEX IF NOT EXISTS partner_notices_open ON partner_notices (purge_by) WHERE confirmed_at IS NULL

-- name: alone
SELECT pg_advisory_xact_lock(hashtextextended('numbering of partner_log', 0))

-- name: number
-- A line whose row is not decided yet waits, and with it all that partner's lines on that citizen.
WITH next AS (
    SELECT id, partner_id, citizen_id, item FROM partner_log WHERE number IS NULL ORDER BY id LIMIT %(limit)s
), held AS (
    SELECT DISTINCT v.partner_id, v.citizen_id FROM next AS l
    JOIN {schema}.partner_view AS v
      ON v.citizen_id = l.citizen_id AND v.partner_id = l.partner_id AND v.position = l.item
    JOIN checkpoints AS k ON k.schema_name = {name} AND k.partition = v.partition
    WHERE EXISTS (
        SELECT FROM statements AS s
        WHERE s.restricts AND s.position > k.position
          AND (s.citizen_id = v.citizen_id OR s.citizen_id IS NULL)
          AND (s.partner_id = v.partner_id OR s.partner_id IS NULL)
          AND (s.kind NOT IN ('corrected', 'relabelled', 'misfiled') OR s.body->>'item' = v.event_id::text)
    ) OR EXISTS (
        SELECT FROM sweeps AS w
        WHERE w.restricts AND w.schema_name = {name} AND w.partner_id = v.partner_id AND w.partition = v.partition
          AND w.since > v.position AND (w.reached IS NULL OR w.reached < v.citizen_id)
    )
), todo AS (
    SELECT id, partner_id, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS many,
        row_number() OVER (PARTITION BY partner_id ORDER BY id) AS s, count(*) OVER (PARTITION BY partner_id) AS own
    FROM next AS l WHERE NOT EXISTS (
        SELECT FROM held AS h WHERE h.partner_id = l.partner_id AND h.citizen_id = l.citizen_id
    )
), counted AS (
    INSERT INTO partner_numbers (partner_id, last)
    SELECT '00000000-0000-0000-0000-000000000000'::uuid, count(*) FROM todo HAVING count(*) > 0
    UNION ALL SELECT partner_id, count(*) FROM todo GROUP BY partner_id
    ON CONFLICT (partner_id) DO UPDATE SET last = partner_numbers.last + excluded.last
    RETURNING partner_id, last
)
UPDATE partner_log AS l SET number = whole.last - todo.many + todo.n, sequence = theirs.last - todo.own + todo.s
FROM todo
JOIN counted AS theirs ON theirs.partner_id = todo.partner_id
JOIN counted AS whole ON whole.partner_id = '00000000-0000-0000-0000-000000000000'
WHERE l.id = todo.id

-- name: ripe
WITH ripe AS (
    DELETE FROM partner_again AS a USING checkpoints AS k, generations AS g
    WHERE g.view = 'partner_view' AND g.live AND k.schema_name = g.schema_name
      AND k.partition = a.partition AND k.position >= a.after_position
      AND NOT EXISTS (
        SELECT FROM sweeps AS w
        WHERE w.restricts AND w.schema_name = {name} AND w.partner_id = a.partner_id AND w.partition = a.partition
          AND w.since > a.item AND (w.reached IS NULL OR w.reached < a.citizen_id)
      )
    RETURNING a.partner_id, a.citizen_id, a.item, a.disclosure_id, k.position
)
INSERT INTO partner_log (partner_id, citizen_id, item, disclosure_id, operation, position)
SELECT r.partner_id, r.citizen_id, r.item, r.disclosure_id, 'upsert', r.position
FROM ripe AS r
JOIN {schema}.partner_view AS v
  ON v.citizen_id = r.citizen_id AND v.partner_id = r.partner_id AND v.position = r.item

-- name: lines
SELECT l.number, l.sequence, l.partner_id, l.citizen_id, l.item, l.disclosure_id, l.operation, l.position,
    EXISTS (SELECT FROM partner_topics AS t WHERE t.partner_id = l.partner_id)
FROM partner_log AS l WHERE l.number > %s ORDER BY l.number LIMIT %s

-- name: line
SELECT number, sequence, partner_id, citizen_id, item, disclosure_id, operation, position, true
FROM partner_log WHERE number = %s

-- name: last_number
SELECT coalesce(max(number), 0) FROM partner_log

-- name: rows
SELECT v.partner_id, v.citizen_id, v.position, v.event_id, v.partition, v.sealed, v.texts, v.text_events,
    v.valid_until, r.reference,
    greatest(
        (SELECT max(s.position) FROM statements AS s
         WHERE s.restricts AND s.position > k.position
           AND (s.citizen_id = v.citizen_id OR s.citizen_id IS NULL)
           AND (s.partner_id = v.partner_id OR s.partner_id IS NULL)
           AND (s.kind NOT IN ('corrected', 'relabelled', 'misfiled') OR s.body->>'item' = v.event_id::text)),
        (SELECT max(w.since) FROM sweeps AS w
         WHERE w.restricts AND w.schema_name = {name} AND w.partner_id = v.partner_id AND w.partition = v.partition
           AND w.since > v.position AND (w.reached IS NULL OR w.reached < v.citizen_id)))
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS w(p, c, n)
JOIN {schema}.partner_view AS v ON v.partner_id = w.p AND v.citizen_id = w.c AND v.position = w.n
JOIN checkpoints AS k ON k.schema_name = {name} AND k.partition = v.partition
JOIN vault_references AS r ON r.partner_id = v.partner_id AND r.citizen_id = v.citizen_id

-- name: published
SELECT p.partner_id, p.disclosure_id FROM partner_published AS p
JOIN unnest(%s::uuid[], %s::uuid[]) AS w(p, d) ON p.partner_id = w.p AND p.disclosure_id = w.d

-- name: add_published
INSERT INTO partner_published (partner_id, disclosure_id, citizen_id)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) ON CONFLICT DO NOTHING

-- name: remove_published
DELETE FROM partner_published AS p USING unnest(%s::uuid[], %s::uuid[]) AS w(p, d)
WHERE p.partner_id = w.p AND p.disclosure_id = w.d

-- name: add_again
INSERT INTO partner_again (partner_id, citizen_id, item, disclosure_id, partition, after_position)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (partner_id, disclosure_id) DO UPDATE SET after_position = excluded.after_position

-- name: add_notice
WITH made AS (
    INSERT INTO partner_notices (notice_id, partner_id, citizen_id, records, position, purge_by)
    VALUES (%(notice)s, %(partner)s, %(citizen)s, %(records)s, %(position)s, %(purge_by)s)
    RETURNING notice_id, partner_id, citizen_id, position
)
INSERT INTO partner_log (partner_id, citizen_id, item, disclosure_id, operation, position)
SELECT partner_id, citizen_id, 0, notice_id, 'notice', position FROM made

-- name: notices
SELECT n.notice_id, n.records, n.purge_by, r.reference FROM partner_notices AS n
JOIN vault_references AS r ON r.partner_id = n.partner_id AND r.citizen_id = n.citizen_id
WHERE n.notice_id = ANY(%s) AND n.confirmed_at IS NULL

-- name: add_clearing
INSERT INTO partner_clearing (partner_id, number) SELECT * FROM unnest(%s::uuid[], %s::bigint[])
ON CONFLICT (partner_id, number) DO UPDATE SET at = excluded.at, ticked_at = NULL, cleared_at = NULL
