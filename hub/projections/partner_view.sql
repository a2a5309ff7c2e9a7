-- name: tables
CREATE TABLE {schema}.partner_view (
    partner_id uuid NOT NULL,
    citizen_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    disclosure_id uuid NOT NULL,
    partition int NOT NULL,
    purposes int NOT NULL,
    valid_until timestamptz,
    digest bytea NOT NULL,
    sealed bytea NOT NULL,
    texts bytea[] NOT NULL,
    text_events uuid[] NOT NULL,
    PRIMARY KEY (citizen_id, partner_id, position)
);
CREATE INDEX ON {schema}.partner_view (partner_id, citizen_id)

-- name: current
SELECT partner_id, citizen_id, position, digest FROM {schema}.partner_view WHERE citizen_id = ANY(%s)

-- name: shut
DELETE FROM {schema}.partner_view WHERE partner_id = %s AND citizen_id = ANY(%s) AND position < %s
RETURNING partner_id, citizen_id, position, disclosure_id

-- name: withhold
DELETE FROM {schema}.partner_view AS v WHERE v.citizen_id = ANY(%(citizens)s)
RETURNING v.partner_id, v.citizen_id, v.position, v.disclosure_id,
    (SELECT min(p.position) FROM parked AS p WHERE p.schema_name = %(schema)s AND p.citizen_id = v.citizen_id)
