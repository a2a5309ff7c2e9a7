-- name: tables
CREATE INDEX IF NOT EXISTS partner_log_disclosure ON partner_log (partner_id, disclosure_id, sequence)
    WHERE sequence IS NOT NULL

-- name: lines
-- Of each row the last line counts; `known`: the reader may have had it from a line that it has read.
SELECT l.sequence, l.citizen_id, l.item, l.disclosure_id, l.operation, l.position,
    NOT EXISTS (
        SELECT FROM partner_log AS e WHERE e.partner_id = l.partner_id AND e.disclosure_id = l.disclosure_id
            AND e.sequence > l.sequence
    ),
    EXISTS (
        SELECT FROM partner_log AS e WHERE e.partner_id = l.partner_id AND e.disclosure_id = l.disclosure_id
            AND e.sequence <= %(after)s
    )
FROM partner_log AS l
WHERE l.partner_id = %(partner)s AND l.sequence > %(after)s
ORDER BY l.sequence LIMIT %(limit)s

-- name: has_topic
SELECT EXISTS (SELECT FROM partner_topics WHERE partner_id = %s)
