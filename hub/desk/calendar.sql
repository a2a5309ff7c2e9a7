-- name: tables
CREATE TABLE IF NOT EXISTS calendar_feeds (
    secret bytea PRIMARY KEY,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    person_id uuid UNIQUE,
    citizen_id uuid UNIQUE,
    made_at timestamptz NOT NULL,
    CHECK ((person_id IS NULL) <> (citizen_id IS NULL))
)

-- name: turn_on
INSERT INTO calendar_feeds (secret, person_id, citizen_id, made_at) VALUES (%s, %s, %s, %s)

-- name: turn_off
DELETE FROM calendar_feeds WHERE person_id = %s OR citizen_id = %s

-- name: since
SELECT made_at FROM calendar_feeds WHERE person_id = %s OR citizen_id = %s

-- name: find
SELECT id, person_id, citizen_id FROM calendar_feeds WHERE secret = %s
