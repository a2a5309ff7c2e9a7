-- name: tables
CREATE TABLE IF NOT EXISTS copy (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    topic TEXT NOT NULL,
    topic_id TEXT,          -- a topic made anew under the same name has another
    generation INTEGER NOT NULL,  -- which rows are read
    building INTEGER,       -- which rows are being gathered from the start, if any
    place INTEGER,          -- the offset to read on from; null: from the start
    in_step REAL NOT NULL   -- when all that was on the topic had been read, or when gathering began
);
CREATE TABLE IF NOT EXISTS record (
    generation INTEGER NOT NULL,
    key TEXT NOT NULL,
    place INTEGER NOT NULL,
    sequence INTEGER,
    citizen TEXT NOT NULL,
    valid_until INTEGER,    -- microseconds since 1970 UTC
    body TEXT NOT NULL,
    PRIMARY KEY (key, generation)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_citizen ON record (citizen);
CREATE INDEX IF NOT EXISTS record_valid_until ON record (valid_until) WHERE valid_until IS NOT NULL;
CREATE TABLE IF NOT EXISTS notice (
    generation INTEGER NOT NULL,
    key TEXT NOT NULL,
    place INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (key, generation)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS confirmed (
    key TEXT PRIMARY KEY,
    at INTEGER NOT NULL,    -- when the last copy was gone: the message says it, also when it is sent again
    sent INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aside (
    generation INTEGER NOT NULL,
    place INTEGER NOT NULL,
    key TEXT,
    reason TEXT NOT NULL,
    PRIMARY KEY (place, generation)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS aside_key ON aside (key)

-- name: state_begin
INSERT OR IGNORE INTO copy (one, topic, topic_id, generation, building, place, in_step)
VALUES (1, :topic, NULL, 0, 1, NULL, :now)

-- name: state
SELECT topic, topic_id, generation, building, place, in_step FROM copy

-- name: state_keep
UPDATE copy SET topic_id = :topic_id, generation = :generation, building = :building, place = :place,
    in_step = :in_step

-- name: record_put
INSERT OR REPLACE INTO record (generation, key, place, sequence, citizen, valid_until, body)
VALUES (:generation, :key, :place, :sequence, :citizen, :valid_until, :body)

-- name: notice_put
INSERT OR REPLACE INTO notice (generation, key, place, body) VALUES (:generation, :key, :place, :body)

-- name: aside_put
INSERT OR REPLACE INTO aside (generation, place, key, reason) VALUES (:generation, :place, :key, :reason)

-- name: record_older
DELETE FROM record WHERE key = :key AND place < :place

-- name: notice_older
DELETE FROM notice WHERE key = :key AND place < :place

-- name: aside_older
DELETE FROM aside WHERE key = :key AND place < :place

-- name: confirmed_gone
DELETE FROM confirmed WHERE key NOT IN (SELECT key FROM notice)

-- name: record_others
DELETE FROM record WHERE generation <> :generation

-- name: notice_others
DELETE FROM notice WHERE generation <> :generation

-- name: aside_others
DELETE FROM aside WHERE generation <> :generation

-- name: record_expired
DELETE FROM record WHERE valid_until <= :now

-- name: records
SELECT r.key, r.sequence, r.valid_until, r.body FROM record AS r JOIN copy AS c USING (generation)
WHERE (:citizen IS NULL OR r.citizen = :citizen) AND (r.valid_until IS NULL OR r.valid_until > :now)
ORDER BY r.place

-- name: notices
SELECT n.key, n.place, n.body FROM notice AS n JOIN copy AS c USING (generation)
WHERE NOT EXISTS (SELECT 1 FROM confirmed AS d WHERE d.key = n.key AND d.sent)
ORDER BY n.place

-- name: notice
SELECT n.key, n.place, n.body FROM notice AS n JOIN copy AS c USING (generation) WHERE n.key = :key

-- name: still_there
SELECT count(*) FROM record, json_each(:keys) AS named WHERE record.key = named.value AND record.place < :place

-- name: asides
SELECT a.place, a.key, a.reason FROM aside AS a JOIN copy AS c USING (generation) ORDER BY a.place

-- name: confirm
INSERT OR IGNORE INTO confirmed (key, at) VALUES (:key, :now)

-- name: confirmed
SELECT at FROM confirmed WHERE key = :key

-- name: confirm_sent
UPDATE confirmed SET sent = 1 WHERE key = :key
