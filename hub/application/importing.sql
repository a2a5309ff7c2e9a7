-- name: keys
COPY vault_keys (key_id, citizen_id, wrapped) FROM STDIN (FORMAT BINARY)

-- name: citizens
COPY vault_citizens (citizen_id, cpr_lookup, name_lookup, sealed) FROM STDIN (FORMAT BINARY)

-- name: originals
COPY vault_originals (source, kind, identity, digest, citizen_id, sealed) FROM STDIN (FORMAT BINARY)

-- name: persons
INSERT INTO vault_persons (person_id, slug, partner_id, function, sealed)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::bytea[])
ON CONFLICT (person_id) DO NOTHING

-- name: text_keys
COPY vault_text_keys (event_id, citizen_id, wrapped) FROM STDIN (FORMAT BINARY)

-- name: events
COPY events (position, originator_id, originator_version, citizen_id, recorded_at, log_time, value)
FROM STDIN (FORMAT BINARY)

-- name: statements
COPY statements (position, ordinal, citizen_id, partner_id, kind, restricts, body, recorded_at)
FROM STDIN (FORMAT BINARY)

-- name: commands
COPY commands (command_id, position, answer) FROM STDIN (FORMAT BINARY)

-- name: notify
NOTIFY hub_events

-- name: found
SELECT identity, kind, digest, citizen_id FROM vault_originals WHERE source = %s AND identity = ANY(%b::bytea[])

-- name: of_kind
SELECT o.citizen_id, k.key_id, o.identity, o.sealed FROM vault_originals AS o JOIN vault_keys AS k USING (citizen_id)
WHERE o.source = %s AND o.kind = %s

-- name: of_citizen
SELECT k.key_id, o.identity, o.sealed FROM vault_originals AS o JOIN vault_keys AS k USING (citizen_id)
WHERE o.source = %s AND o.citizen_id = %s AND o.kind = %s

-- name: enrolled
SELECT cpr_lookup FROM vault_citizens WHERE cpr_lookup = ANY(%b::bytea[])

-- name: keys_of
SELECT key_id, citizen_id FROM vault_keys WHERE citizen_id = ANY(%s)
