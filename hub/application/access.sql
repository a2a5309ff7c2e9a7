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
CREATE INDEX IF NOT EXISTS access_log_citizen ON access_log (citizen_id, id)

-- name: write
INSERT INTO access_log (at, role, partner_id, person_id, function, citizen_id, about_partner, purpose, surface,
    position, permitted, reasons, grants, events)
VALUES (%(at)s, %(role)s, %(partner)s, %(person)s, %(function)s, %(citizen)s, %(about)s, %(purpose)s, %(surface)s,
    %(position)s, %(permitted)s, %(reasons)s, %(grants)s, %(events)s)

-- name: of_citizen
SELECT at, role, partner_id, function, purpose, surface, permitted, events FROM access_log
WHERE citizen_id = %s ORDER BY id DESC LIMIT %s
