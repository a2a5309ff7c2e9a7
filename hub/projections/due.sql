-- name: tables
CREATE TABLE {schema}.due (
    citizen_id uuid NOT NULL,
    position bigint NOT NULL,
    rule text NOT NULL,
    what text NOT NULL,
    matter uuid NOT NULL,
    originator_id uuid NOT NULL,
    event_id uuid NOT NULL,
    day date NOT NULL,
    clock date,
    recorder uuid,
    named uuid,
    persons uuid[] NOT NULL,
    but_not uuid[] NOT NULL,
    PRIMARY KEY (citizen_id, position, rule, what, matter)
)

-- name: copy
COPY {schema}.due (citizen_id, position, rule, what, matter, originator_id, event_id, day, clock, recorder, named,
    persons, but_not) FROM STDIN (FORMAT BINARY)

-- name: of_citizens
SELECT citizen_id, position, rule, what, matter, originator_id, event_id, day, clock, recorder, named, persons, but_not
FROM {schema}.due WHERE citizen_id = ANY(%s) ORDER BY citizen_id, position, rule, what, matter

-- name: notices
-- What partners' systems were told, and have not confirmed: it stands beside the log, where the relay writes it.
SELECT citizen_id, position, notice_id, partner_id, made_at, purge_by FROM partner_notices
WHERE citizen_id = ANY(%s) AND confirmed_at IS NULL ORDER BY citizen_id, position, notice_id
