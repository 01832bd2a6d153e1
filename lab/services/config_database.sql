-- The tables of the Configuration Database that the stand-ins read and write, with seed rows, and our canary.
-- Flags as the vendor has them: 0 unknown, 1 false, 2 true; state 1 enabled, 2 disabled.
-- Rows with dbid 101..9999 of cfg_host, cfg_application and cfg_app_option are the laboratory's own topology.
create table cfg_locale (dbid integer primary key, name text not null);
create table cfg_tenant (dbid integer primary key, name text not null unique, state integer not null default 1);
create table cfg_host (
    dbid integer primary key, name text not null unique, ip_address text not null, lca_port integer not null,
    scs_dbid integer, state integer not null default 1
);
create table cfg_application (
    dbid integer primary key, name text not null unique, type text not null,
    version text not null default '8.5', is_server integer not null default 2, state integer not null default 1
);
create table cfg_server (
    dbid integer primary key, app_dbid integer not null references cfg_application, host_dbid integer,
    backup_app_dbid integer, port integer
);
create table cfg_app_option (
    dbid integer primary key, app_dbid integer not null references cfg_application,
    section text not null, opt text not null, val text not null
);
create table cfg_flex_prop (
    dbid integer primary key, object_dbid integer not null, object_type integer not null,
    section text not null, opt text not null, val text not null,
    unique (object_type, object_dbid, section, opt)
);
create table cfg_person (
    dbid integer primary key, tenant_dbid integer not null references cfg_tenant, user_name text not null unique,
    first_name text, last_name text, state integer not null default 1
);
-- The History Log: written in the transaction of every change; its highest id is the configuration's version.
create table cfg_history (id bigserial primary key, at timestamptz not null default now(), change text not null);
create table gdr_canary (case_id text not null, step text not null, at timestamptz not null default now());
grant select on gdr_canary, cfg_host, cfg_application, cfg_server, cfg_app_option, cfg_flex_prop to gdr_observer;

insert into cfg_locale values (1, 'English (US)');
insert into cfg_tenant values (1, 'Environment'), (101, 'Resources');
insert into cfg_application (dbid, name, type, is_server) values
    (98, 'default', 'manager', 1),
    (99, 'confserv', 'confserv', 2),
    (100, 'confserv_b', 'confserv', 2),
    (110, 'message-server', 'message_server', 2);
insert into cfg_server values (99, 99, null, 100, 2020), (100, 100, null, null, 2020), (110, 110, null, null, 7120);
insert into cfg_app_option values
    (1, 99, 'history-log', 'active', 'true'),
    (2, 99, 'system', 'proxy-load-max', '0'),
    (3, 110, 'MessageServer', 'signature', 'scs_distributed'),
    (4, 100, 'history-log', 'active', 'true'),  -- those of a pair are the same
    (5, 100, 'system', 'proxy-load-max', '0');
-- Read by the main SCS: what it starts by itself. object_type 9 is an application.
insert into cfg_flex_prop values (1, 110, 9, 'sml', 'autostart', 'true');
-- The one address: of the third site, which no failover moves.
insert into cfg_flex_prop values (2, 99, 9, 'license', 'license-file', '7260@198.18.0.10');
insert into cfg_person
    select n, 101, 'agent' || n, 'First ' || n, 'Last ' || n, 1 from generate_series(10001, 12000) as n;
insert into cfg_flex_prop
    select n, n, 3, 'agent', 'skill', (n % 10)::text from generate_series(10001, 12000) as n;
