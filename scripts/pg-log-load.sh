#!/usr/bin/env bash
# Makes a log of PostgreSQL of about SIZE_MB (of stderr; csvlog and jsonlog of the same records are larger) in OUTDIR:
# postgres.log, postgres.csv, postgres.json, and truth.txt with counts taken by other means (grep, awk).
#   scripts/pg-log-load.sh SIZE_MB OUTDIR
# The load: pgbench's own transactions, single statements, IN lists, statements of several lines, escapes, reports that
# spill to disk, errors, deadlocks, waits for locks, auto_explain, names of applications with quotes and commas; simple,
# extended and prepared protocol. PREFIX sets log_line_prefix; PGBIN and PORT as in scripts/logs/postgres.sh.
set -euo pipefail
size=${1:?megabytes} out=${2:?a folder for the logs}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=logs/postgres.sh
. "$here/logs/postgres.sh"
prefix=${PREFIX:-%m [%p] %c %v %q%u@%d/%a %r }

start_server <<CONF
log_destination = 'stderr,csvlog,jsonlog'
log_filename = 'postgres.log'
log_line_prefix = '${prefix//\'/\'\'}'
log_min_duration_statement = 0
log_checkpoints = on
log_connections = on
log_disconnections = on
log_lock_waits = on
log_temp_files = 0
log_autovacuum_min_duration = 0
deadlock_timeout = 20ms
autovacuum_naptime = 5s
synchronous_commit = off
max_wal_size = 256MB
work_mem = 1MB
compute_query_id = on
shared_preload_libraries = 'auto_explain'
auto_explain.log_min_duration = 20ms
auto_explain.log_analyze = on
auto_explain.log_buffers = on
timezone = 'UTC'
log_timezone = 'UTC'
CONF
admin <<'SQL'
create role app_rw login superuser; create role reporting login superuser; create database shop owner app_rw;
SQL
pgbench -i -s 2 -q -h 127.0.0.1 -p "$port" -U app_rw shop >/dev/null 2>&1
admin shop <<'SQL'
create table customers (id serial primary key, name text not null, email text unique);
create table orders (id serial primary key, customer_id int references customers, total numeric check (total >= 0), note text);
insert into customers (name, email) select 'name ' || i, i || '@example.org' from generate_series(1, 2000) i;
insert into orders (customer_id, total, note) select 1 + i % 2000, i % 500, 'note ' || i from generate_series(1, 20000) i;
create index on orders (customer_id);
SQL

script() { cat >"$work/$1.sql"; }
script page <<'SQL'
\set n random(1, 2000)
select id, name, email from customers where id = :n;
select id, total, note from orders where customer_id = :n order by id limit 20;
SQL
script lists <<'SQL'
\set a random(1, 2000)
\set b random(1, 2000)
\set c random(1, 2000)
select id, total from orders where customer_id in (:a, :b, :c) and note <> 'it''s "quoted", with, commas';
select id,
       name
  from customers
 where id in (:a, :b)
   and name like E'name\t%\'\\n'
 order by name;
SQL
script n_plus_one <<'SQL'
\set n random(1, 1900)
begin;
select id, customer_id from orders where id between :n and :n + 5 order by id;
select name from customers where id = :n;
select name from customers where id = :n + 1;
select name from customers where id = :n + 2;
select name from customers where id = :n + 3;
select name from customers where id = :n + 4;
select name from customers where id = :n + 5;
commit;
SQL
script write <<'SQL'
\set n random(1, 20000)
\set m random(1, 500)
update orders set total = :m where id = :n;
insert into orders (customer_id, total, note) values (1 + :n % 2000, :m, E'line one\nline two');
SQL
script report <<'SQL'
select customer_id, count(*), sum(total), string_agg(note, ',' order by note) from orders group by customer_id order by 3 desc limit 5;
SQL
script errors <<'SQL'
\set n random(1, 2000)
insert into customers (name, email) values ('again', :n || '@example.org');
SQL
script locks <<'SQL'
\set a random(1, 2)
begin;
update pgbench_branches set bbalance = bbalance + 1 where bid = :a;
select pg_sleep(0.03);
update pgbench_branches set bbalance = bbalance + 1 where bid = 3 - :a;
commit;
SQL

bench() { # application, protocol, clients, options
    local name=$1 protocol=$2 clients=$3
    shift 3
    PGAPPNAME=$name pgbench -n -M "$protocol" -c "$clients" -j 1 "$@" -h 127.0.0.1 -p "$port" -U app_rw shop >/dev/null 2>&1 || true
}
log=$work/log/postgres.log
until [ "$(stat -c %s "$log")" -ge $((size * 1000000)) ]; do
    bench 'web, "front" page' simple 3 -T 6 -f "$work/page.sql@6" -f "$work/lists.sql@3" -f "$work/n_plus_one.sql@3" -f "$work/write.sql@1" &
    bench "it's the worker" prepared 2 -T 6 -f "$work/page.sql" -f "$work/n_plus_one.sql" -f "$work/write.sql" &
    bench jobs extended 1 -T 6 -f "$work/lists.sql" -f "$work/write.sql" &
    bench pgbench simple 1 -T 6 &
    bench reports simple 1 -t 2 -f "$work/report.sql" &
    bench locker simple 4 -t 6 -f "$work/locks.sql" &
    (for _ in 1 2 3; do bench signup simple 1 -t 1 -f "$work/errors.sql"; done) &
    tcp reporting shop 'BI, tool' <<'SQL'
select no_such_column from orders;
select 1 / 0;
selec 1;
set statement_timeout = '20ms'; select pg_sleep(1), 'secret';
insert into orders (customer_id, total) values (-1, 1);
insert into orders (customer_id, total) values (1, -1);
SQL
    wait
done
stop() { as_server "$PGBIN/pg_ctl" -D "$work/data" -m fast -w stop >/dev/null; }
stop
mkdir -p "$out"
for form in log csv json; do mv "$work/log/postgres.$form" "$out/postgres.$form"; done
export LC_ALL=C
{
    echo "lines $(grep -c . "$out/postgres.log")"
    # One record a line; what is inside of strings has its quotes escaped.
    awk '
        { records++ }
        split($0, part, "\"message\":\"duration: ") > 1 {
            split(part[2], word, /[ :]/)
            if (word[3] == "") word[3] = word[4]
            count[word[3]]++
            sum[word[3]] += word[1]
        }
        match($0, /"error_severity":"(ERROR|FATAL)","state_code":"[0-9A-Z]+/) { state[substr($0, RSTART + RLENGTH - 5, 5)]++ }
        END {
            print "records", records
            for (kind in count) printf "%s %d %.3f ms\n", kind, count[kind], sum[kind]
            for (code in state) print "state", code, state[code]
        }' "$out/postgres.json" | sort
} >"$out/truth.txt"
