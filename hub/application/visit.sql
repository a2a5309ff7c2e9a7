-- name: write
-- One entry a visit: what a session has read just now, at what still stands, it does not read a second time.
INSERT INTO access_log (at, role, partner_id, person_id, function, citizen_id, about_partner, purpose, surface,
    position, permitted, reasons, grants, events, session)
SELECT r.at, r.role, r.partner_id, r.person_id, r.function, r.citizen_id, r.about_partner, r.purpose, r.surface,
    r.position, r.permitted, r.reasons, r.grants, r.events, r.session
FROM jsonb_to_recordset(%s::jsonb) AS r(at timestamptz, role text, partner_id uuid, person_id uuid, function text,
    citizen_id uuid, about_partner uuid, purpose text, surface text, position bigint, permitted boolean,
    reasons text[], grants uuid[], events int, session text)
WHERE r.session IS NULL OR NOT r.permitted OR NOT EXISTS (
    SELECT FROM access_log AS a
    WHERE a.session = r.session AND a.citizen_id = r.citizen_id AND a.surface = r.surface
        AND a.permitted AND a.at > r.at - interval '30 minutes'
        AND a.role = r.role AND a.grants = r.grants AND a.reasons = r.reasons
        AND a.purpose IS NOT DISTINCT FROM r.purpose AND a.about_partner IS NOT DISTINCT FROM r.about_partner
        AND a.person_id IS NOT DISTINCT FROM r.person_id AND a.partner_id IS NOT DISTINCT FROM r.partner_id
        AND NOT EXISTS (
            SELECT FROM events AS e
            WHERE e.citizen_id = r.citizen_id AND e.position > a.position AND e.position <= r.position
        )
        AND NOT EXISTS (
            SELECT FROM events AS e
            WHERE e.citizen_id IS NULL AND e.position > a.position AND e.position <= r.position
        )
)

-- name: can_write
SELECT has_table_privilege('access_log', 'INSERT')
