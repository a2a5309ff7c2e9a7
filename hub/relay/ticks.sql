-- name: due
SELECT partner_id, extract(epoch FROM clock_timestamp() - min(at)) * 1000 FROM partner_clearing
WHERE ticked_at IS NULL GROUP BY partner_id

-- name: ticked
UPDATE partner_clearing SET ticked_at = clock_timestamp()
WHERE partner_id = %s AND ticked_at IS NULL AND at < clock_timestamp() - make_interval(secs => %s)

-- name: to_check
SELECT partner_id, max(number) FROM partner_clearing
WHERE ticked_at IS NOT NULL AND cleared_at IS NULL GROUP BY partner_id

-- name: tick_again
UPDATE partner_clearing SET ticked_at = NULL
WHERE partner_id = %s AND number <= %s AND cleared_at IS NULL
  AND ticked_at < clock_timestamp() - make_interval(secs => %s)

-- name: cleared
UPDATE partner_clearing SET cleared_at = clock_timestamp()
WHERE partner_id = %s AND number <= %s AND cleared_at IS NULL

-- name: number_of
SELECT number FROM partner_log WHERE partner_id = %s AND sequence = %s
