-- name: tables
CREATE TABLE IF NOT EXISTS web_searches (
    id uuid PRIMARY KEY,
    owner bytea NOT NULL,
    citizens uuid[] NOT NULL,
    ends_at timestamptz NOT NULL
)

-- name: keep
INSERT INTO web_searches (id, owner, citizens, ends_at) VALUES (%s, %s, %s, %s)

-- name: found
SELECT citizens FROM web_searches WHERE id = %s AND owner = %s AND ends_at > %s

-- name: sweep
DELETE FROM web_searches WHERE ends_at <= %s
