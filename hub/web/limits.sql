-- name: tables
CREATE TABLE IF NOT EXISTS web_attempts (
    kind text NOT NULL,
    who bytea NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS web_attempts_who ON web_attempts (kind, who, at)

-- name: forget
DELETE FROM web_attempts WHERE at <= %s

-- name: attempt
INSERT INTO web_attempts (kind, who, at) VALUES (%s, %s, %s)

-- name: count
SELECT count(*) FROM web_attempts WHERE kind = %s AND who = %s AND at > %s
