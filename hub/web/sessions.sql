-- name: tables
CREATE TABLE IF NOT EXISTS web_sessions (
    id bytea PRIMARY KEY,
    person_id uuid,
    citizen_id uuid,
    role text NOT NULL,
    made_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    stepped_up_until timestamptz
);
CREATE INDEX IF NOT EXISTS web_sessions_person ON web_sessions (person_id)

-- name: begin
INSERT INTO web_sessions (id, person_id, citizen_id, role, made_at, seen_at, ends_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)

-- name: find
SELECT person_id, citizen_id, role, seen_at, ends_at, stepped_up_until FROM web_sessions WHERE id = %s

-- name: seen
UPDATE web_sessions SET seen_at = %s WHERE id = %s

-- name: step_up
UPDATE web_sessions SET stepped_up_until = %s WHERE id = %s

-- name: end
DELETE FROM web_sessions WHERE id = %s

-- name: everybody
SELECT person_id, role, made_at, seen_at FROM web_sessions WHERE ends_at > %s AND seen_at > %s ORDER BY made_at

-- name: end_of_person
DELETE FROM web_sessions WHERE person_id = %s

-- name: sweep
DELETE FROM web_sessions WHERE ends_at < %s OR seen_at < %s
