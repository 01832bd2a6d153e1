-- One row: how far this server has come, in bytes of WAL written (primary) or received (standby).
SELECT pg_is_in_recovery() AS in_recovery,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                            ELSE pg_current_wal_flush_lsn() END, '0/0')::bigint AS bytes;
