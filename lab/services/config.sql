-- The part of a Configuration Database that its readers ask for, and the canary of ours.
create table cfg_locale (dbid integer primary key, name text not null);
create table cfg_host (dbid integer primary key, name text not null unique, ip_address text not null, lca_port integer not null);
create table cfg_application (dbid integer primary key, name text not null unique, type text not null);
create table cfg_app_option (
    dbid integer primary key, app_dbid integer not null references cfg_application, section text not null, opt text not null, val text not null
);
create table gdr_canary (case_id text not null, step text not null, at timestamptz not null default now());
insert into cfg_locale values (1, 'English (US)');
