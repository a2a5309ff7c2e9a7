-- name: tables
CREATE TABLE IF NOT EXISTS web_drafts (
    citizen_id uuid NOT NULL,
    meeting_id uuid NOT NULL,
    question text NOT NULL,
    sealed bytea NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (citizen_id, meeting_id, question)
)

-- name: keep
INSERT INTO web_drafts (citizen_id, meeting_id, question, sealed, kept_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (citizen_id, meeting_id, question) DO UPDATE SET sealed = excluded.sealed, kept_at = excluded.kept_at

-- name: of_meeting
SELECT question, sealed FROM web_drafts WHERE citizen_id = %s AND meeting_id = %s

-- name: let_go
DELETE FROM web_drafts WHERE citizen_id = %s AND meeting_id = %s AND question = %s

-- name: sweep
DELETE FROM web_drafts WHERE kept_at < %s
