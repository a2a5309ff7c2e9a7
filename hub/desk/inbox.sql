-- name: owed
SELECT n.notice_id, r.reference, cardinality(n.records), n.purge_by FROM partner_notices AS n
JOIN vault_references AS r ON r.partner_id = n.partner_id AND r.citizen_id = n.citizen_id
WHERE n.partner_id = %s AND n.confirmed_at IS NULL
ORDER BY n.purge_by, n.notice_id
LIMIT %s
