-- What looks like an IPv4 address in the tables whose rows both regions share, by table and address; of each row only
-- that. Rows are searched whole, as their columns differ from release to release. A version number may look alike.
SELECT source, address, count(DISTINCT dbid)::int AS rows, min(dbid) AS first
  FROM (SELECT source, row ->> 'dbid' AS dbid, (regexp_matches(row::text, '(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])', 'g'))[1] AS address
          FROM (SELECT 'cfg_host' AS source, to_jsonb(t) AS row FROM cfg_host AS t
                UNION ALL SELECT 'cfg_app_option', to_jsonb(t) FROM cfg_app_option AS t
                UNION ALL SELECT 'cfg_flex_prop', to_jsonb(t) FROM cfg_flex_prop AS t) AS shared
         WHERE row::text ~ '[0-9]\.[0-9]') AS found
 GROUP BY source, address ORDER BY source, address;
