-- Of the Applications with these names: whether each is enabled, which Application names it as its backup, and the
-- options in which the two differ, but for those of their logs. Of what may be a secret only that it differs.
WITH options AS (
    SELECT app_dbid, section, opt, string_agg(val, ' ' ORDER BY dbid) AS val
      FROM cfg_app_option WHERE lower(section) <> 'log' GROUP BY app_dbid, section, opt)
SELECT backup.name AS backup, backup.state = 1 AS enabled, served.name AS served,
       (SELECT coalesce(json_agg(json_build_object('section', section, 'option', opt, 'values',
                   CASE WHEN concat_ws(' ', section, opt, one.val, two.val) !~* '(passw|pwd|secret|token|key|credential|://[^ ]*@)'
                        THEN json_build_array(left(one.val, 80), left(two.val, 80)) END) ORDER BY section, opt), '[]')::text
          FROM (SELECT * FROM options WHERE app_dbid = served.dbid) AS one
          FULL JOIN (SELECT * FROM options WHERE app_dbid = backup.dbid) AS two USING (section, opt)
         WHERE served.dbid IS NOT NULL AND one.val IS DISTINCT FROM two.val) AS differing
  FROM cfg_application AS backup
  LEFT JOIN cfg_server AS server ON server.backup_app_dbid = backup.dbid
  LEFT JOIN cfg_application AS served ON served.dbid = server.app_dbid
 WHERE backup.name = ANY ($1::text[]) ORDER BY backup.name, served.name;
