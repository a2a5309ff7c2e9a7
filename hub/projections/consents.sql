-- name: tables
CREATE TABLE {schema}.consents (
    consent_id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    kind text NOT NULL,
    position bigint NOT NULL,
    changed bigint NOT NULL,
    status text NOT NULL,
    categories text,
    purposes text,
    until timestamptz
);
CREATE INDEX ON {schema}.consents (citizen_id)

-- name: given
INSERT INTO {schema}.consents
    (consent_id, citizen_id, partner_id, kind, position, changed, status, categories, purposes, until)
VALUES (%s, %s, %s, %s, %s, %s, 'in force', %s, %s, %s)
ON CONFLICT (consent_id) DO NOTHING

-- name: changed
UPDATE {schema}.consents SET changed = %s, categories = coalesce(%s, categories),
    purposes = coalesce(%s, purposes), until = %s WHERE consent_id = %s AND changed < %s

-- name: ended
UPDATE {schema}.consents SET changed = %s, status = %s WHERE consent_id = ANY(%s) AND changed < %s

-- name: of_citizen
SELECT consent_id, partner_id, kind, position, changed, status, categories, purposes, until
FROM {schema}.consents WHERE citizen_id = %s ORDER BY position

-- name: totals
SELECT count(*) FILTER (WHERE kind = 'consent' AND status = 'in force' AND (until IS NULL OR until > %s)),
    count(*) FILTER (WHERE kind = 'consent' AND status <> 'in force'),
    count(*) FILTER (WHERE kind = 'block' AND status = 'in force')
FROM {schema}.consents
