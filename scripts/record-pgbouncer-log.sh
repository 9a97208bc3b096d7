#!/usr/bin/env bash
# Records the log of a pgbouncer with work and trouble: crates/engines/postgres/tests/logs/pgbouncer.log.
#   scripts/record-pgbouncer-log.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$here/../crates/engines/postgres/tests/logs
# shellcheck source=logs/postgres.sh
. "$here/logs/postgres.sh"
start_server <<<''
admin <<<"create role app login; create database shop;"
door=$((port + 1))
cat >"$work/pgbouncer.ini" <<INI
[databases]
shop = host=127.0.0.1 port=$port
gone = host=127.0.0.1 port=1
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $door
unix_socket_dir =
auth_type = md5
auth_file = $work/users.txt
admin_users = app
logfile = $work/pgbouncer.log
pidfile = $work/pgbouncer.pid
pool_mode = transaction
default_pool_size = 1
max_client_conn = 4
query_wait_timeout = 1
query_timeout = 2
idle_transaction_timeout = 1
server_login_retry = 1
server_connect_timeout = 1
stats_period = 2
log_stats = 1
INI
echo '"app" "right"' >"$work/users.txt"
chmod 644 "$work/pgbouncer.ini" "$work/users.txt"
as_server pgbouncer -d "$work/pgbouncer.ini" 2>/dev/null
sleep 0.5
ask() { PGPASSWORD=${3:-right} PGCONNECT_TIMEOUT=6 psql -X -q "host=127.0.0.1 port=$door user=$1 dbname=$2" >/dev/null 2>&1 || true; }
ask app shop <<<'select 1;'
ask app shop <<<'select 2;'
ask app nowhere <<<'select 1;'
ask stranger shop <<<'select 1;'
ask app shop wrong <<<'select 1;'
ask app gone <<<'select 1;'
ask app shop <<<'select pg_sleep(3);' &
sleep 0.3
ask app shop <<<'select 3;'
wait
ask app shop <<'SQL'
begin;
\! sleep 2
select 1;
SQL
for _ in 1 2 3 4 5 6; do ask app shop <<<'select pg_sleep(0.4);' & done
wait
ask app shop <<'SQL'
begin;
\! kill -9 $PPID
SQL
as_server bash -c "kill -HUP \$(cat $work/pgbouncer.pid)"
sleep 2
as_server bash -c "kill -INT \$(cat $work/pgbouncer.pid)"
sleep 0.5
cp "$work/pgbouncer.log" "$out/pgbouncer.log"
