-- One row: what this server is, how far it has come, from where clients of any account are connected, but for this
-- session. Positions are bytes of WAL. What archives the log is each region's own: told is only that it is set.
SELECT pg_is_in_recovery() AS in_recovery,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                            ELSE pg_current_wal_flush_lsn() END, '0/0')::bigint AS received,
       CASE WHEN pg_is_in_recovery()
            THEN EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')
            ELSE EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming') END AS streaming,
       current_setting('synchronous_standby_names') AS sync_names,
       (SELECT coalesce(json_object_agg(host, count), '{}')
          FROM (SELECT host(client_addr) AS host, count(*) AS count FROM pg_stat_activity
                 WHERE backend_type = 'client backend' AND client_addr IS NOT NULL AND pid <> pg_backend_pid()
                 GROUP BY client_addr) AS held)::text AS sessions,
       (SELECT coalesce(json_agg(DISTINCT host(client_addr)), '[]') FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND client_addr IS NOT NULL AND pid <> pg_backend_pid()
           AND datname = current_database())::text AS configuring,
       (SELECT coalesce(json_agg(json_build_object(
                 'name', slot_name, 'active', active, 'lost', coalesce(wal_status, '') = 'lost',
                 'kept', greatest(0, coalesce(pg_wal_lsn_diff(
                    CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                         ELSE pg_current_wal_flush_lsn() END, restart_lsn), 0))::bigint)), '[]')
          FROM pg_replication_slots)::text AS slots,
       (SELECT coalesce(json_object_agg(name, CASE WHEN name IN ('archive_command', 'archive_library')
                                                    AND setting NOT IN ('', '(disabled)') THEN 'set'
                                                   ELSE setting END), '{}')
          FROM pg_settings
         WHERE name IN ('archive_command', 'archive_library', 'archive_mode', 'bytea_output', 'data_checksums', 'fsync',
                        'full_page_writes', 'hot_standby', 'max_connections', 'max_locks_per_transaction',
                        'max_prepared_transactions', 'max_replication_slots', 'max_slot_wal_keep_size',
                        'max_wal_senders', 'max_worker_processes', 'primary_slot_name', 'server_version',
                        'standard_conforming_strings', 'wal_level', 'wal_log_hints'))::text AS settings;
