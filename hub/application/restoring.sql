-- name: key
INSERT INTO vault_keys (key_id, citizen_id, wrapped) VALUES (%s, %s, %s)

-- name: identity
INSERT INTO vault_citizens (citizen_id, cpr_lookup, name_lookup, sealed) VALUES (%s, %s, %s, %s)

-- name: person
INSERT INTO vault_persons (person_id, slug, partner_id, function, sealed) VALUES (%s, %s, %s, %s, %s)

-- name: command
INSERT INTO commands (command_id, position, answer) VALUES (%s, %s, %s)

-- name: original
INSERT INTO vault_originals (source, kind, identity, digest, citizen_id, sealed) VALUES (%s, %s, %s, %s, %s, %s)

-- name: taken
SELECT person_id FROM vault_persons WHERE slug = ANY(%s) AND NOT person_id = ANY(%s) LIMIT 1

-- name: commands
SELECT command_id FROM commands WHERE command_id = ANY(%s) LIMIT 1
