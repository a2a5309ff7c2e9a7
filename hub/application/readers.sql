-- name: visits
SELECT position, at, role, partner_id, person_id, function, purpose FROM access_log
WHERE citizen_id = %(citizen)s AND permitted AND position >= %(item)s AND role IN ('citizen', 'partner')
    AND surface IN ('timeline', 'view', 'overview', 'handover')
UNION ALL
SELECT position, made_at, 'system', partner_id, NULL, NULL, NULL FROM partner_log AS l
WHERE citizen_id = %(citizen)s AND item = %(item)s AND operation = 'upsert' AND number IS NOT NULL
    AND EXISTS (SELECT FROM partner_topics AS t WHERE t.partner_id = l.partner_id)
ORDER BY 1, 2
