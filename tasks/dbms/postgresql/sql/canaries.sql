-- Cases that have committed a row as the Configuration Server account.
SELECT DISTINCT case_id FROM gdr_canary;
