-- name: tables
CREATE TABLE {schema}.overview (
    citizen_id uuid PRIMARY KEY,
    persons uuid[] NOT NULL,
    coordinator uuid,
    dead boolean NOT NULL,
    latest bigint NOT NULL,
    facts jsonb NOT NULL
);
CREATE INDEX ON {schema}.overview USING gin (persons);
CREATE INDEX ON {schema}.overview (citizen_id) WHERE coordinator IS NULL AND NOT dead

-- name: current
SELECT citizen_id, dead, facts FROM {schema}.overview WHERE citizen_id = ANY(%s)

-- name: put
INSERT INTO {schema}.overview (citizen_id, persons, coordinator, dead, latest, facts)
SELECT c, ARRAY(SELECT jsonb_array_elements_text(f -> 'persons')::uuid), (f ->> 'coordinator')::uuid, d, p, f
FROM unnest(%s::uuid[], %s::boolean[], %s::bigint[], %s::jsonb[]) AS t(c, d, p, f)
ON CONFLICT (citizen_id) DO UPDATE SET persons = excluded.persons, coordinator = excluded.coordinator,
    dead = excluded.dead, latest = excluded.latest, facts = excluded.facts

-- name: of_person
SELECT citizen_id, dead, latest, facts FROM {schema}.overview
WHERE persons @> ARRAY[%s::uuid] AND citizen_id > %s ORDER BY citizen_id LIMIT %s

-- name: head
SELECT facts -> 'head' FROM {schema}.overview WHERE citizen_id = %s

-- name: totals
SELECT count(*),
    count(*) FILTER (WHERE coordinator IS NULL AND NOT dead AND facts ->> 'closed' IS DISTINCT FROM 'true'),
    count(*) FILTER (WHERE dead)
FROM {schema}.overview
