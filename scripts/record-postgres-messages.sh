#!/usr/bin/env bash
# Records what PostgreSQL says when much goes wrong, and statements in all the ways it logs them, at once as stderr,
# csvlog and (15 and later) jsonlog: VERSION.log, .csv and .json below crates/engines/postgres/tests/logs/messages.
#   scripts/record-postgres-messages.sh [VERSION...]      servers of scripts/servers.sh; 12 13 14 15 18 unless told
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
servers=${DBWRIGHT_SERVERS:-$here/../target/servers}
out=$here/../crates/engines/postgres/tests/logs/messages
mkdir -p "$out"

# application, options of the session, statements on standard input
as() { PGAPPNAME=$1 PGOPTIONS=$2 psql -X -q -h 127.0.0.1 -p "$port" -U postgres -d postgres >/dev/null 2>&1 || true; }
# application, protocol, options, pgbench's
bench() {
    local name=$1 protocol=$2 options=$3
    shift 3
    PGAPPNAME=$name PGOPTIONS=$options pgbench -n -M "$protocol" "$@" -h 127.0.0.1 -p "$port" -U postgres postgres >/dev/null 2>&1 || true
}

statements() {
    as plain '' <<'SQL'
select 1;
select 'it''s "quoted", with, commas \ and	tabs',
       E'and\nlines'

  from pg_class
	 limit 1;
prepare p (int) as select $1 + 1; execute p (41);
begin; insert into child values (50, 1); select 'in a transaction'; commit;
SQL
    as 'with, comma' '-c log_statement=all -c log_min_duration_statement=-1 -c log_duration=on' <<<"select 'logged first'; select 1 / 0; select 'then its duration';"
    as "it's" '-c log_statement=ddl -c log_min_duration_statement=-1' <<<'create table ddl (a int); drop table ddl;'
    as sampled '-c log_min_duration_statement=-1 -c log_min_duration_sample=0 -c log_statement_sample_rate=1' <<<"select 'sampled';"
    as verbose '-c log_error_verbosity=verbose' <<<"select no_such from t; select 'said at length';"
    printf '\\set n random(1, 9)\nselect :n, :n + 1;\n' >"$work/one.sql"
    bench extended extended '' -t 2 -f "$work/one.sql"
    bench prepared prepared '' -t 3 -f "$work/one.sql"
    bench short prepared '-c log_parameter_max_length=1 -c log_statement=all' -t 1 -f "$work/one.sql"
    bench durations extended '-c log_duration=on -c log_min_duration_statement=-1 -c log_statement=all' -t 1 -f "$work/one.sql"
    local format
    for format in text json xml yaml; do
        as "explain $format" "-c auto_explain.log_format=$format -c auto_explain.log_min_duration=0 -c auto_explain.log_analyze=on" <<'SQL'
load 'auto_explain';
select count(*)
  from t where n < 5 and 'a"b' <> 'x\y' and '&' <> '<';
SQL
    done
    as 'explain only' '-c log_min_duration_statement=-1 -c auto_explain.log_min_duration=0' <<<"load 'auto_explain'; select 2;"
}

trouble() {
    as 'expect:' '' <"$here/logs/messages.sql"
    as 'expect:deadlock/lock-wait/lock-acquired/deadlock-wait' '' <<'SQL' &
begin; update t set n = 1 where id = 1; select pg_sleep(0.3); update child set t_id = 1 where id = 1; select pg_sleep(0.1); commit;
SQL
    sleep 0.15
    as 'expect:lock-timeout/lock-wait' '' <<<"set lock_timeout = '60ms'; update t set n = 2 where id = 1;"
    as 'expect:lock-unavailable' '' <<<'select * from t where id = 1 for update nowait;'
    as 'expect:deadlock/lock-wait/lock-acquired/deadlock-wait' '' <<<'begin; update child set t_id = 1 where id = 1; update t set n = 3 where id = 1; commit;'
    wait
    as 'expect:lock-wait/lock-acquired' '' <<<'begin; lock table t; select pg_sleep(0.3); commit;' &
    sleep 0.1
    as 'expect:lock-wait/lock-acquired' '' <<<'select count(*) from t;'
    wait
    as 'expect:concurrent-update/lock-wait/lock-acquired' '' <<<'begin isolation level repeatable read; select * from t; select pg_sleep(0.2); update t set n = 9 where id = 1; commit;' &
    sleep 0.1
    as plain '' <<<'update t set n = 5 where id = 1;'
    wait
    local each
    for each in 1 2; do
        as 'expect:serialization-failure' '' <<<"begin isolation level serializable; select sum(n) from t; select pg_sleep(0.2); insert into t (id, u, n) values (2$each, 2$each, 1); commit;" &
    done
    wait
    as 'expect:cancelled' '' <<<'select pg_sleep(5);' &
    as 'expect:connection-terminated' '' <<<'select pg_sleep(6);' &
    sleep 0.2
    as plain '' <<<"select pg_cancel_backend(pid) from pg_stat_activity where query = 'select pg_sleep(5);'; select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(6);';"
    wait
    as 'expect:idle-in-transaction-timeout' '' <<'SQL'
set idle_in_transaction_session_timeout = '50ms'; begin;
\! sleep 0.2
select 1;
SQL
    as plain '-c log_connections=on -c log_disconnections=on' <<<'select 1;'
    # Who is not let in has no application's name.
    psql -X -h 127.0.0.1 -p "$port" -U stranger -d postgres -c 'select 1' >/dev/null 2>&1 || true
    psql -X -h 127.0.0.1 -p "$port" -U postgres -d nowhere -c 'select 1' >/dev/null 2>&1 || true
    psql -X "host=127.0.0.1 port=$port user=locked dbname=postgres password=wrong" -c 'select 1' >/dev/null 2>&1 || true
    psql -X "host=127.0.0.1 port=$port user=refused dbname=postgres" -c 'select 1' >/dev/null 2>&1 || true
    psql -X "host=127.0.0.1 port=$port user=one dbname=postgres" -c 'select pg_sleep(1)' >/dev/null 2>&1 &
    psql -X "host=127.0.0.1 port=$port user=alone dbname=single" -c 'select pg_sleep(1)' >/dev/null 2>&1 &
    sleep 0.3
    psql -X "host=127.0.0.1 port=$port user=one dbname=postgres" -c 'select 1' >/dev/null 2>&1 || true
    psql -X "host=127.0.0.1 port=$port user=alone dbname=single" -c 'select 1' >/dev/null 2>&1 || true
    psql -X "host=127.0.0.1 port=$port user=alone dbname=closed" -c 'select 1' >/dev/null 2>&1 || true
    for each in $(seq 12); do psql -X "host=127.0.0.1 port=$port user=alone dbname=postgres" -c 'select pg_sleep(0.5)' >/dev/null 2>&1 & done
    wait
    # A client that hangs up, one that speaks something else, one that goes away inside of a transaction.
    (exec 3<>"/dev/tcp/127.0.0.1/$port"; printf '\0\0' >&3) || true
    (exec 3<>"/dev/tcp/127.0.0.1/$port"; printf 'GET / HTTP/1.1\r\n\r\n' >&3; sleep 0.1) || true
    (exec 3<>"/dev/tcp/127.0.0.1/$port"; printf '\0\0\0\10\0\11\0\0' >&3; sleep 0.1) || true
    PGAPPNAME=plain psql -X -q -h 127.0.0.1 -p "$port" -U postgres -d postgres >/dev/null 2>&1 <<'SQL' || true
begin; select 'left alone';
\! kill -9 $PPID
SQL
    as plain '' <<<"alter system set archive_command = 'false'; alter system set max_connections = 50; alter system set work_mem = '2MB'; select pg_reload_conf(); select pg_switch_wal();"
    as plain '' <<<"create table churn (a int) with (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 1); insert into churn select generate_series(1, 5000); delete from churn;"
    sleep 3
    as plain '' <<<'create table big as select generate_series(1, 400000) a; insert into big select * from big; insert into big select * from big; drop table big;'
    # A crash and what follows.
    as 'expect:crash' '' <<<'select pg_sleep(7);' &
    sleep 1
    # Only a process of this server.
    kill -9 "$(pgrep -P "$(head -1 "$work/data/postmaster.pid")" -f 'SELECT' | head -1)" 2>/dev/null || true
    wait
    sleep 1.5
}

record() {
    local version=$1 destinations=stderr,csvlog extra='' query_id=''
    PGBIN=$servers/postgres-$version/bin
    # shellcheck source=logs/postgres.sh
    . "$here/logs/postgres.sh"
    [ "$version" -lt 15 ] || destinations=stderr,csvlog,jsonlog
    if [ "$version" -ge 14 ]; then extra='compute_query_id = on' query_id=' %Q'; fi
    [ "$version" -lt 13 ] || extra+=$'\nautovacuum_vacuum_insert_threshold = 100000'
    start_server <<CONF
log_destination = '$destinations'
log_filename = '$version.log'
log_line_prefix = '%m [%p] %c %l %v %e$query_id %q%u|%d|%a|%h '
log_min_duration_statement = 0
log_checkpoints = on
log_lock_waits = on
log_temp_files = 0
log_autovacuum_min_duration = 0
deadlock_timeout = 50ms
autovacuum_naptime = 1s
max_wal_size = 32MB
min_wal_size = 32MB
max_connections = 12
archive_mode = on
archive_command = 'true'
timezone = 'UTC'
log_timezone = 'UTC'
$extra
CONF
    admin <<'SQL'
create role locked login password 'secret'; create role refused login; create role one login connection limit 1; create role alone login;
create database single connection limit 1; create database closed allow_connections false;
SQL
    {
        echo 'host all locked all scram-sha-256'
        echo 'host all refused all reject'
        cat "$work/data/pg_hba.conf"
    } >"$work/hba" && cat "$work/hba" >"$work/data/pg_hba.conf"
    as_server "$PGBIN/pg_ctl" -D "$work/data" reload >/dev/null
    trouble
    statements
    as_server "$PGBIN/pg_ctl" -D "$work/data" -m fast -w stop >/dev/null
    for file in "$work/log/$version".*; do cp "$file" "$out/"; done
    rm -rf "$work"
}
for version in "${@:-15}"; do record "$version"; done
