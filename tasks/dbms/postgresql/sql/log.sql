-- One row: whether this server takes rows, whose sessions of this database are open since how many seconds, and how many
-- seconds ago each host's newest row of the last hour was written, and how many it wrote in that hour. The table is the
-- vendor's, so its names are given.
WITH written AS (SELECT {host} AS host, extract(epoch FROM now() - max({at})) AS age, count(*) AS number FROM {table}
                  WHERE {at} > now() - interval '1 hour' AND {host} IS NOT NULL GROUP BY {host})
SELECT NOT pg_is_in_recovery() AS writable,
       (SELECT coalesce(json_object_agg(host, age), '{}')
          FROM (SELECT host(client_addr) AS host, extract(epoch FROM now() - min(backend_start)) AS age
                  FROM pg_stat_activity
                 WHERE datname = current_database() AND client_addr IS NOT NULL AND pid <> pg_backend_pid()
                 GROUP BY client_addr) AS held)::text AS sessions,
       (SELECT coalesce(json_object_agg(host, age), '{}') FROM written)::text AS rows,
       (SELECT coalesce(json_object_agg(host, number), '{}') FROM written)::text AS counts;
