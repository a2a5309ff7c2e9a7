-- name: last
-- When a person last looked at a citizen, before the visit that goes on now: the position that it was decided at.
SELECT max(position) FROM access_log
WHERE citizen_id = %(citizen)s AND person_id = %(person)s AND permitted AND surface = ANY(%(surfaces)s) AND at < %(before)s
