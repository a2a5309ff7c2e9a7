-- name: tables
CREATE TABLE IF NOT EXISTS link_codes (
    digest bytea PRIMARY KEY,
    citizen_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    used_by uuid
);
CREATE INDEX IF NOT EXISTS link_codes_of ON link_codes (citizen_id, partner_id);
CREATE TABLE IF NOT EXISTS link_attempts (
    attempt_id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    person_id uuid NOT NULL,
    tried_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS link_attempts_of ON link_attempts (partner_id, tried_at)

-- name: forget
DELETE FROM link_codes
WHERE expires_at <= %(now)s OR (citizen_id = %(citizen)s AND partner_id = %(partner)s AND used_by IS NULL)

-- name: put
INSERT INTO link_codes (digest, citizen_id, partner_id, expires_at) VALUES (%s, %s, %s, %s)

-- name: tried
INSERT INTO link_attempts (attempt_id, partner_id, person_id, tried_at) VALUES (%s, %s, %s, %s)

-- name: attempts
SELECT count(*), count(*) FILTER (WHERE person_id = %s) FROM link_attempts WHERE partner_id = %s AND tried_at > %s

-- name: succeeded
DELETE FROM link_attempts WHERE attempt_id = %s OR tried_at < %s

-- name: find
SELECT citizen_id FROM link_codes
WHERE digest = %s AND partner_id = %s AND expires_at > %s AND (used_by IS NULL OR used_by = %s)

-- name: use
UPDATE link_codes SET used_by = %(command)s
WHERE digest = %(digest)s AND (used_by IS NULL OR used_by = %(command)s)
RETURNING citizen_id
