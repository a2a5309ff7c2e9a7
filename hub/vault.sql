-- name: tables
CREATE TABLE IF NOT EXISTS vault_keys (
    key_id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL UNIQUE,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS vault_text_keys (
    event_id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL,
    wrapped bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS vault_citizens (
    citizen_id uuid PRIMARY KEY,
    cpr_lookup bytea UNIQUE,
    name_lookup bytea,
    sealed bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS vault_citizens_name ON vault_citizens (name_lookup);
CREATE TABLE IF NOT EXISTS vault_persons (
    person_id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    partner_id uuid,
    function text NOT NULL,
    sealed bytea NOT NULL
);
ALTER TABLE vault_persons ALTER COLUMN partner_id DROP NOT NULL;
ALTER TABLE vault_persons ADD COLUMN IF NOT EXISTS left_at timestamptz;
CREATE TABLE IF NOT EXISTS vault_references (
    partner_id uuid NOT NULL,
    citizen_id uuid NOT NULL,
    reference uuid NOT NULL UNIQUE,
    PRIMARY KEY (partner_id, citizen_id)
);
CREATE TABLE IF NOT EXISTS vault_originals (
    source text NOT NULL,
    kind text NOT NULL,
    identity bytea NOT NULL,
    digest bytea NOT NULL,
    citizen_id uuid,
    sealed bytea NOT NULL,
    PRIMARY KEY (source, kind, identity)
);
CREATE INDEX IF NOT EXISTS vault_originals_citizen ON vault_originals (citizen_id);

-- name: key_of_citizen
SELECT key_id, wrapped FROM vault_keys WHERE citizen_id = %s

-- name: keys_by_id
SELECT key_id, wrapped FROM vault_keys WHERE key_id = ANY(%s)

-- name: add_key
INSERT INTO vault_keys (key_id, citizen_id, wrapped) VALUES (%s, %s, %s) ON CONFLICT (citizen_id) DO NOTHING

-- name: text_keys
SELECT event_id, wrapped FROM vault_text_keys WHERE event_id = ANY(%s)

-- name: put_citizen
INSERT INTO vault_citizens (citizen_id, cpr_lookup, name_lookup, sealed) VALUES (%s, %s, %s, %s)
ON CONFLICT DO NOTHING

-- name: citizen_by_cpr
SELECT citizen_id FROM vault_citizens WHERE cpr_lookup = %s

-- name: citizens_by_name
SELECT citizen_id FROM vault_citizens WHERE name_lookup = %s

-- name: citizen_identities
SELECT c.citizen_id, k.key_id, c.sealed FROM vault_citizens c JOIN vault_keys k USING (citizen_id)
WHERE c.citizen_id = ANY(%s)

-- name: citizen_identity
SELECT sealed FROM vault_citizens WHERE citizen_id = %s

-- name: put_person
INSERT INTO vault_persons (person_id, slug, partner_id, function, sealed) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (person_id) DO NOTHING

-- name: person_by_slug
SELECT person_id, slug, partner_id, function, sealed, left_at FROM vault_persons WHERE slug = %s

-- name: persons_by_id
SELECT person_id, slug, partner_id, function, sealed, left_at FROM vault_persons WHERE person_id = ANY(%s)

-- name: leave
UPDATE vault_persons SET left_at = %s WHERE person_id = %s

-- name: make_references
INSERT INTO vault_references (partner_id, citizen_id, reference)
SELECT p, c, gen_random_uuid() FROM unnest(%s::uuid[], %s::uuid[]) AS t(p, c)
ON CONFLICT DO NOTHING

-- name: references
SELECT citizen_id, reference FROM vault_references WHERE partner_id = %s AND citizen_id = ANY(%s)

-- name: citizen_of_reference
SELECT citizen_id FROM vault_references WHERE partner_id = %s AND reference = %s

-- name: first_citizens
SELECT citizen_id FROM vault_citizens WHERE name_lookup IS NOT NULL ORDER BY citizen_id LIMIT %s

-- name: every_person
SELECT person_id, slug, partner_id, function, sealed, left_at FROM vault_persons ORDER BY slug
