-- name: tables
CREATE TABLE IF NOT EXISTS companion_codes (
    digest bytea PRIMARY KEY,
    citizen_id uuid NOT NULL,
    meeting_id uuid NOT NULL,
    with_message boolean NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS companion_codes_of ON companion_codes (meeting_id);
CREATE TABLE IF NOT EXISTS companion_attempts (
    attempt_id uuid PRIMARY KEY,
    origin bytea NOT NULL,
    tried_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS companion_attempts_of ON companion_attempts (tried_at)

-- name: forget
DELETE FROM companion_codes WHERE expires_at <= %(now)s OR meeting_id = %(meeting)s

-- name: put
INSERT INTO companion_codes (digest, citizen_id, meeting_id, with_message, expires_at) VALUES (%s, %s, %s, %s, %s)

-- name: tried
INSERT INTO companion_attempts (attempt_id, origin, tried_at) VALUES (%s, %s, %s)

-- name: attempts
SELECT count(*), count(*) FILTER (WHERE origin = %s) FROM companion_attempts WHERE tried_at > %s

-- name: succeeded
DELETE FROM companion_attempts WHERE attempt_id = %s OR tried_at < %s

-- name: find
SELECT citizen_id, meeting_id, with_message, expires_at FROM companion_codes WHERE digest = %s AND expires_at > %s
