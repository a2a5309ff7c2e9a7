-- name: tables
CREATE TABLE IF NOT EXISTS partner_topics (
    partner_id uuid PRIMARY KEY,
    opened_at timestamptz NOT NULL
)

-- name: alone
SELECT pg_advisory_lock(hashtextextended('hub partners at the broker', 0))

-- name: open
INSERT INTO partner_topics (partner_id, opened_at) VALUES (%s, %s) ON CONFLICT (partner_id) DO NOTHING
RETURNING partner_id

-- name: opened
SELECT partner_id FROM partner_topics ORDER BY opened_at, partner_id
