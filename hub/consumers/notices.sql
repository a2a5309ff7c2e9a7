-- name: tables
CREATE TABLE IF NOT EXISTS notices (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    person_id uuid UNIQUE,
    citizen_id uuid UNIQUE,
    how text NOT NULL CHECK (how IN ('at_once', 'daily')),
    address bytea NOT NULL,
    known text[] NOT NULL,
    day date NOT NULL,
    CHECK ((person_id IS NULL) <> (citizen_id IS NULL))
);
CREATE TABLE IF NOT EXISTS notice_times (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    slot timestamptz NOT NULL
)

-- name: choose
INSERT INTO notices (person_id, citizen_id, how, address, known, day)
VALUES (%(person)s, %(citizen)s, %(how)s, %(address)s, %(known)s, %(day)s)

-- name: off
DELETE FROM notices WHERE person_id = %(person)s OR citizen_id = %(citizen)s

-- name: choice
SELECT how, address FROM notices WHERE person_id = %(person)s OR citizen_id = %(citizen)s

-- name: alone
SELECT pg_try_advisory_xact_lock(7202604720)

-- name: last_time
SELECT slot FROM notice_times

-- name: put_time
INSERT INTO notice_times (slot) VALUES (%s) ON CONFLICT (one) DO UPDATE SET slot = excluded.slot

-- name: wanted
SELECT id, person_id, citizen_id, how, address, known FROM notices
WHERE how = 'at_once' OR (%(morning)s AND day < %(today)s) ORDER BY id

-- name: told
UPDATE notices SET known = %(known)s, day = %(day)s WHERE id = %(id)s
