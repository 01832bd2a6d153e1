-- One row per case and step: repeating it changes nothing.
INSERT INTO gdr_canary (case_id, step, at)
SELECT $1, $2, now() WHERE NOT EXISTS (SELECT FROM gdr_canary WHERE case_id = $1 AND step = $2);
