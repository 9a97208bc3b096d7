#!/usr/bin/env bash
# Records a small load under many values of log_line_prefix, as the tests of the PostgreSQL room read them: for every
# line of prefixes.txt NN.log, and NN.csv of the same records, which is the truth.
#   scripts/record-postgres-prefixes.sh
# PGBIN and PORT as in scripts/logs/postgres.sh. Lines of prefixes.txt with %L need PostgreSQL 18: PGBIN18.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$here/../crates/engines/postgres/tests/logs/prefixes
PGBIN15=${PGBIN:-/usr/lib/postgresql/15/bin}
PGBIN18=${PGBIN18:-${DBWRIGHT_SERVERS:-$here/../target/servers}/postgres-18/bin}

load() { # number of the prefix: loads differ, so that no prefix is found by what only one of them shows
    tcp app_rw shop web <<'SQL'
select id, total from orders where id = 17;
update orders set total = total + 1
 where id = 18;
select * from no_such_table where secret = 'x';
SQL
    tcp reporting shop "it's, a \"quoted\" app" <<'SQL'
select count(*) from orders where note = 'LOG:  duration: 5 ms';
select 1/0;
SQL
    printf '\\set n random(1,100)\nselect id from orders where id = :n;\n' >"$work/one.sql"
    PGAPPNAME=worker-$1 pgbench -n -M prepared -t 2 -f "$work/one.sql" -h 127.0.0.1 -p "$port" -U app_rw shop >/dev/null 2>&1
    if [ $(($1 % 3)) != 0 ]; then
        socket postgres postgres psql <<'SQL'
begin; select 'a'; insert into notes values (1, 'two
lines'); commit;
checkpoint;
SQL
    fi
    if [ $(($1 % 4)) = 1 ]; then
        socket nobody shop psql <<<'select 1'
        tcp app_rw nowhere psql <<<'select 1'
    fi
}

record() { # programs, version
    PGBIN=$1
    # shellcheck source=logs/postgres.sh
    . "$here/logs/postgres.sh"
    start_server <<'CONF'
log_destination = 'stderr,csvlog'
log_filename = 'start.log'
log_min_duration_statement = 0
log_checkpoints = on
log_disconnections = on
compute_query_id = on
timezone = 'UTC'
log_timezone = 'UTC'
CONF
    admin <<'SQL'
create role app_rw login; create role reporting login; create database shop owner app_rw;
create table notes (id int, body text);
SQL
    admin shop <<'SQL'
create table orders as select id, id * 3 as total, 'note ' || id as note from generate_series(1, 100) id;
grant all on orders to app_rw, reporting;
SQL
    local number=0 prefix connections
    while IFS= read -r prefix; do
        number=$((number + 1))
        case $prefix in
            *%L*) [ "$2" = 18 ] || continue ;;
            *) [ "$2" = 15 ] || continue ;;
        esac
        connections=off
        [ $((number % 2)) = 1 ] || connections=on
        name=$(printf %02d $number)
        # What is said while settings change goes elsewhere.
        admin <<<"alter system set log_filename = 'between.log'; select pg_reload_conf();"
        sleep 0.2
        admin <<SQL
alter system set log_line_prefix = '${prefix//\'/\'\'}';
alter system set log_connections = $connections;
alter system set log_disconnections = $connections;
alter system set log_timezone = '$(case $((number % 5)) in 0) echo America/Sao_Paulo ;; 1) echo Europe/Berlin ;; *) echo UTC ;; esac)';
select pg_reload_conf();
SQL
        sleep 0.2
        admin <<<"alter system set log_filename = '$name.log'; select pg_reload_conf();"
        sleep 0.2
        load $number
        sleep 0.2
    done <"$out/prefixes.txt"
    admin <<<"alter system set log_filename = 'between.log'; select pg_reload_conf();"
    sleep 0.5
    for file in "$work"/log/[0-9]*.log "$work"/log/[0-9]*.csv; do
        # The server's own notes on its settings would give the prefix away.
        grep -v -e 'parameter "*log_' -e 'received SIGHUP' "$file" >"$out/${file##*/}"
    done
    stop_server
}
mkdir -p "$out"
record "$PGBIN15" 15
record "$PGBIN18" 18
