-- name: tables
CREATE TABLE IF NOT EXISTS inbox_offsets (
    partner_id uuid PRIMARY KEY,
    stream text NOT NULL,
    next_offset bigint NOT NULL
) WITH (fillfactor = 20);
CREATE TABLE IF NOT EXISTS inbox_messages (
    stream text NOT NULL,
    "offset" bigint NOT NULL,
    partner_id uuid NOT NULL,
    message_id uuid,
    type text,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    key bytea,
    value bytea,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'refused', 'repeated')),
    reason text CHECK ((reason IS NULL) = (outcome <> 'refused')),
    PRIMARY KEY (stream, "offset")
);
CREATE INDEX IF NOT EXISTS inbox_messages_partner ON inbox_messages (partner_id, received_at)

-- name: try_lock
SELECT pg_try_advisory_lock(hashtextextended(%s, 0))

-- name: alive
SELECT 1

-- name: inboxes
SELECT partner_id FROM partner_topics ORDER BY partner_id

-- name: offsets
SELECT partner_id, stream, next_offset FROM inbox_offsets

-- name: first_offset
INSERT INTO inbox_offsets (partner_id, stream, next_offset) VALUES (%(partner)s, %(stream)s, %(next)s)
ON CONFLICT DO NOTHING RETURNING next_offset

-- name: move_offset
UPDATE inbox_offsets SET stream = %(stream)s, next_offset = %(next)s
WHERE partner_id = %(partner)s AND stream = %(was_stream)s AND next_offset = %(was_next)s RETURNING next_offset

-- name: keep_message
INSERT INTO inbox_messages (stream, "offset", partner_id, message_id, type, key, value, outcome, reason)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING

-- name: asked
SELECT citizen_id, cardinality(records), confirmed_at IS NOT NULL FROM partner_notices
WHERE notice_id = %s AND partner_id = %s

-- name: settle
WITH settled AS (
    UPDATE partner_notices SET confirmed_at = clock_timestamp() WHERE notice_id = %s AND confirmed_at IS NULL
    RETURNING notice_id, partner_id, citizen_id
)
INSERT INTO partner_log (partner_id, citizen_id, item, disclosure_id, operation, position)
SELECT partner_id, citizen_id, 0, notice_id, 'settled', %s FROM settled

-- name: notify
NOTIFY hub_partner_log
