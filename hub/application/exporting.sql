-- name: streams
SELECT position, originator_id, originator_version, citizen_id, log_time, value FROM events
WHERE originator_id = ANY(%s) AND citizen_id IS NULL AND position <= %s ORDER BY position

-- name: commands
SELECT command_id, position, answer FROM commands WHERE command_id = ANY(%s) ORDER BY position, command_id

-- name: looks
SELECT at, role, partner_id, function, purpose, surface, about_partner, permitted, events FROM access_log
WHERE citizen_id = %s AND NOT (role = 'citizen' AND surface = 'export') ORDER BY id

-- name: originals
SELECT source, kind, identity, digest, sealed FROM vault_originals WHERE citizen_id = %s
