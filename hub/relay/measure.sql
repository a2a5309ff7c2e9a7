-- name: sweeping
SELECT DISTINCT since FROM sweeps WHERE schema_name = %s

-- name: closings
-- One row for each statement that takes something away, newest first. Times are milliseconds since it was recorded.
-- Every time but `recorded_at` is the database's own clock.
WITH closing AS MATERIALIZED (
    SELECT s.position, s.ordinal, s.citizen_id, s.partner_id, s.recorded_at, s.in_force_at
    FROM statements AS s
    WHERE s.restricts
      AND s.in_force_at > clock_timestamp() - interval '30 days' -- as long as the relay's batches are kept
      AND (%(since)s::timestamptz IS NULL OR s.recorded_at >= %(since)s)
      AND (NOT %(withdrawals)s OR s.kind = 'ended' AND NOT EXISTS (
        -- A consent that ran out, or ended with a death, was not withdrawn.
        SELECT FROM (
            SELECT DISTINCT ON (g.body ->> 'grant') g.body ->> 'until' AS until
            FROM statements AS g
            WHERE g.citizen_id = s.citizen_id AND g.position < s.position
              AND g.kind IN ('grant', 'narrowed', 'renewed') AND s.body -> 'grants' ? (g.body ->> 'grant')
            ORDER BY g.body ->> 'grant', g.position DESC
        ) AS terms WHERE terms.until::bigint <= extract(epoch FROM s.recorded_at) * 1000000
        UNION ALL
        SELECT FROM statements AS d
        WHERE d.citizen_id = s.citizen_id AND d.kind = 'died' AND d.position <= s.position
      ))
    ORDER BY s.position DESC, s.ordinal DESC LIMIT %(limit)s
), lines AS MATERIALIZED (
    SELECT c.position, c.ordinal, c.in_force_at, l.partner_id, l.citizen_id, l.disclosure_id, l.made_at, l.number,
        t.partner_id IS NOT NULL AS has_topic
    FROM closing AS c
    JOIN partner_log AS l ON l.position = c.position AND l.operation = 'delete'
      AND (c.partner_id IS NULL OR l.partner_id = c.partner_id)
    LEFT JOIN partner_topics AS t ON t.partner_id = l.partner_id AND t.opened_at <= c.recorded_at
), theirs AS MATERIALIZED (
    -- What one statement took from one partner. A tombstone went out when the batch that reaches its number was
    -- committed and that batch noted a tombstone for this partner.
    SELECT g.*, CASE WHEN c.number IS NOT NULL THEN b.at END AS sent_at, k.cleared_at
    FROM (
        SELECT position, ordinal, partner_id, has_topic, max(made_at) AS gone_at,
            CASE WHEN NOT bool_or(number IS NULL) THEN max(number) END AS number
        FROM lines GROUP BY position, ordinal, partner_id, has_topic
    ) AS g
    LEFT JOIN LATERAL (
        SELECT r.at, r.upto FROM relay_batches AS r
        WHERE g.has_topic AND r.source = 'partners' AND r.upto >= g.number ORDER BY r.upto LIMIT 1
    ) AS b ON true
    LEFT JOIN LATERAL (
        SELECT p.number FROM partner_clearing AS p
        WHERE p.partner_id = g.partner_id AND p.number BETWEEN g.number AND b.upto ORDER BY p.number LIMIT 1
    ) AS c ON true
    LEFT JOIN LATERAL (
        SELECT p.cleared_at FROM partner_clearing AS p
        WHERE p.partner_id = g.partner_id AND p.number >= c.number ORDER BY p.number LIMIT 1
    ) AS k ON true
), told AS MATERIALIZED (
    -- The notices that tell of these lines: made after the statement, and at the latest with the line's own batch.
    SELECT DISTINCT l.position, l.ordinal, n.notice_id, n.confirmed_at, (
        SELECT r.at FROM relay_batches AS r WHERE r.source = 'partners' AND r.upto >= m.number
        ORDER BY r.upto LIMIT 1
    ) AS sent_at
    FROM lines AS l
    JOIN theirs AS t USING (position, ordinal, partner_id, has_topic)
    JOIN (
        SELECT notice_id, partner_id, citizen_id, made_at, confirmed_at, unnest(records) AS disclosure_id
        FROM partner_notices WHERE made_at >= (SELECT min(in_force_at) FROM closing)
    ) AS n USING (partner_id, citizen_id, disclosure_id)
    LEFT JOIN partner_log AS m ON m.operation = 'notice' AND m.disclosure_id = n.notice_id
    WHERE l.has_topic AND n.made_at >= l.in_force_at AND n.made_at <= coalesce(t.sent_at, 'infinity')
), owed AS MATERIALIZED (
    -- A partner that still has the record on its topic, since its tombstone has not gone out, will be told.
    SELECT l.position, l.ordinal, count(DISTINCT (l.partner_id, l.citizen_id)) AS many
    FROM lines AS l
    JOIN theirs AS t USING (position, ordinal, partner_id, has_topic)
    JOIN partner_published AS p USING (partner_id, disclosure_id)
    WHERE l.has_topic AND t.sent_at IS NULL
    GROUP BY l.position, l.ordinal
)
SELECT c.position, c.citizen_id,
    extract(epoch FROM clock_timestamp() - c.recorded_at) * 1000,
    extract(epoch FROM c.in_force_at - c.recorded_at) * 1000,
    g.partners, extract(epoch FROM g.gone_at - c.recorded_at) * 1000,
    g.topics, g.sent, extract(epoch FROM g.sent_at - c.recorded_at) * 1000,
    coalesce(o.many, 0) + n.notices, n.told, extract(epoch FROM n.told_at - c.recorded_at) * 1000,
    n.confirmed, extract(epoch FROM n.confirmed_at - c.recorded_at) * 1000,
    g.cleared, extract(epoch FROM g.cleared_at - c.recorded_at) * 1000
FROM closing AS c
LEFT JOIN owed AS o USING (position, ordinal)
CROSS JOIN LATERAL (
    SELECT count(*) AS partners, max(gone_at) AS gone_at, count(*) FILTER (WHERE has_topic) AS topics,
        count(sent_at) AS sent, max(sent_at) AS sent_at, count(cleared_at) AS cleared, max(cleared_at) AS cleared_at
    FROM theirs AS t WHERE t.position = c.position AND t.ordinal = c.ordinal
) AS g
CROSS JOIN LATERAL (
    SELECT count(*) AS notices, count(sent_at) AS told, max(sent_at) AS told_at,
        count(confirmed_at) AS confirmed, max(confirmed_at) AS confirmed_at
    FROM told AS t WHERE t.position = c.position AND t.ordinal = c.ordinal
) AS n
ORDER BY c.position DESC, c.ordinal DESC
