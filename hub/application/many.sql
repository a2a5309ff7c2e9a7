-- name: at
SELECT position, originator_id, originator_version, citizen_id, log_time, value FROM events
WHERE position = ANY(%s) AND citizen_id = ANY(%s) ORDER BY position
