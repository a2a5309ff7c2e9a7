-- name: tables
CREATE TABLE IF NOT EXISTS web_logins (
    id bytea PRIMARY KEY,
    state text NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    session_id bytea,
    begun double precision NOT NULL,
    ends_at timestamptz NOT NULL
)

-- name: begin
INSERT INTO web_logins (id, state, nonce, verifier, session_id, begun, ends_at) VALUES (%s, %s, %s, %s, %s, %s, %s)

-- name: take
DELETE FROM web_logins WHERE id = %s RETURNING state, nonce, verifier, session_id, begun, ends_at

-- name: sweep
DELETE FROM web_logins WHERE ends_at <= %s
