-- name: tables
CREATE TABLE {schema}.timeline (
    citizen_id uuid NOT NULL,
    position bigint NOT NULL,
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    log_time timestamptz NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (citizen_id, position)
);
ALTER TABLE {schema}.timeline ALTER COLUMN value SET STORAGE EXTERNAL

-- name: copy
COPY {schema}.timeline (citizen_id, position, originator_id, originator_version, log_time, value)
FROM STDIN (FORMAT BINARY)

-- name: page
SELECT position, originator_id, originator_version, citizen_id, log_time, value
FROM {schema}.timeline WHERE citizen_id = %s AND position < %s ORDER BY position DESC LIMIT %s

-- name: at
SELECT position, originator_id, originator_version, citizen_id, log_time, value
FROM {schema}.timeline WHERE citizen_id = %s AND position = ANY(%s) ORDER BY position
