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
    until timestamptz,
    person_id uuid,
    basis text,
    lapses timestamptz,
    pending boolean NOT NULL DEFAULT false
);
CREATE INDEX ON {schema}.consents (citizen_id);
CREATE INDEX ON {schema}.consents (least(until, lapses)) WHERE status = 'in force'

-- name: given
INSERT INTO {schema}.consents
    (consent_id, citizen_id, partner_id, kind, position, changed, status, categories, purposes, until, person_id, basis)
VALUES (%s, %s, %s, %s, %s, %s, 'in force', %s, %s, %s, %s, %s)
ON CONFLICT (consent_id) DO NOTHING

-- name: spoken
UPDATE {schema}.consents AS own SET lapses = %s, pending = EXISTS (
    SELECT FROM {schema}.consents AS earlier
    WHERE earlier.citizen_id = own.citizen_id AND earlier.partner_id = own.partner_id AND earlier.kind = 'consent'
        AND earlier.status = 'withdrawn' AND earlier.changed < own.position
)
WHERE consent_id = %s AND changed = %s

-- name: confirmed
UPDATE {schema}.consents SET changed = %s, lapses = NULL, pending = false WHERE consent_id = %s AND changed < %s

-- name: changed
UPDATE {schema}.consents SET changed = %s, categories = coalesce(%s, categories),
    purposes = coalesce(%s, purposes), until = %s WHERE consent_id = %s AND changed < %s

-- name: ended
UPDATE {schema}.consents SET changed = %s, status = %s WHERE consent_id = ANY(%s) AND changed < %s

-- name: of_citizen
SELECT consent_id, partner_id, kind, position, changed, status, categories, purposes, until,
    person_id, basis, lapses, pending
FROM {schema}.consents WHERE citizen_id = %s ORDER BY position

-- name: totals
SELECT count(*) FILTER (
        WHERE kind = 'consent' AND status = 'in force' AND NOT pending
            AND (until IS NULL OR until > %(now)s) AND (lapses IS NULL OR lapses > %(now)s)
    ),
    count(*) FILTER (WHERE kind = 'consent' AND status <> 'in force'),
    count(*) FILTER (WHERE kind = 'block' AND status = 'in force')
FROM {schema}.consents

-- name: due
SELECT DISTINCT citizen_id FROM {schema}.consents
WHERE status = 'in force' AND least(until, lapses) <= %(now)s
  AND (%(after)s::uuid IS NULL OR citizen_id > %(after)s)
ORDER BY citizen_id LIMIT %(limit)s
