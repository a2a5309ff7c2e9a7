-- name: tables
CREATE TABLE IF NOT EXISTS access_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    role text NOT NULL,
    partner_id uuid,
    person_id uuid,
    function text,
    citizen_id uuid,
    about_partner uuid,
    purpose text,
    surface text NOT NULL,
    position bigint NOT NULL,
    permitted boolean NOT NULL,
    reasons text[] NOT NULL,
    grants uuid[] NOT NULL,
    events int NOT NULL
);
ALTER TABLE access_log ADD COLUMN IF NOT EXISTS session text;
CREATE INDEX IF NOT EXISTS access_log_citizen ON access_log (citizen_id, id);
CREATE INDEX IF NOT EXISTS access_log_visit ON access_log (session, citizen_id, at) WHERE session IS NOT NULL

-- name: of_citizen
SELECT at, role, partner_id, function, purpose, surface, permitted, events, person_id, about_partner, reasons,
    position, grants, id
FROM access_log
WHERE citizen_id = %(citizen)s AND id < %(before)s AND (role <> 'citizen' OR %(own)s) ORDER BY id DESC LIMIT %(limit)s
