-- name: tables
CREATE TABLE IF NOT EXISTS api_keys (
    command_id uuid PRIMARY KEY,
    digest bytea NOT NULL,
    at timestamptz NOT NULL
)

-- name: claim
INSERT INTO api_keys (command_id, digest, at) VALUES (%s, %s, %s) ON CONFLICT (command_id) DO NOTHING

-- name: claimed
SELECT digest FROM api_keys WHERE command_id = %s

-- name: release
DELETE FROM api_keys WHERE command_id = %s AND digest = %s
