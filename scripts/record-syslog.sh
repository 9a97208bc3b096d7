#!/bin/sh
# Records what PostgreSQL logs through syslog, as rsyslog writes it in three forms, with its csvlog as the truth, into
# crates/dbwright/tests/logs/syslog. Needs root, rsyslogd and a PostgreSQL; /dev/log must be free.
# scripts/record-syslog.sh FOLDER_OF_POSTGRES_BINARIES
set -eu
bin=$1
into=$(cd "$(dirname "$0")/.." && pwd)/crates/dbwright/tests/logs/syslog
[ ! -e /dev/log ] || { echo "/dev/log is in use: stop the syslog daemon first" >&2; exit 1; }
work=$(mktemp -d)
chmod 777 "$work"
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
finish() {
    as_postgres "$bin/pg_ctl" -D "$work/pg" -m fast stop > /dev/null 2>&1 || true
    [ ! -f "$work/pid" ] || kill "$(cat "$work/pid")"
    rm -rf "$work" /dev/log
}
trap finish EXIT

cat > "$work/rsyslog.conf" <<CONF
global(workDirectory="$work")
module(load="imuxsock" SysSock.Name="/dev/log" SysSock.RateLimit.Interval="0")
action(type="omfile" file="$work/traditional.log" template="RSYSLOG_TraditionalFileFormat")
action(type="omfile" file="$work/iso.log" template="RSYSLOG_FileFormat")
action(type="omfile" file="$work/5424.log" template="RSYSLOG_SyslogProtocol23Format")
CONF
rsyslogd -n -f "$work/rsyslog.conf" -i "$work/pid" &
sleep 1

as_postgres "$bin/initdb" -D "$work/pg" -A trust > /dev/null
cat >> "$work/pg/postgresql.conf" <<CONF
port = 33988
listen_addresses = ''
unix_socket_directories = '$work'
shared_buffers = 16MB
log_destination = 'syslog,csvlog'
logging_collector = on
log_directory = '$work'
log_filename = 'truth.log'
log_line_prefix = '%m [%p] %u@%d '
log_min_duration_statement = 0
log_temp_files = 0
work_mem = '64kB'
CONF
as_postgres "$bin/pg_ctl" -D "$work/pg" -w -l "$work/start.log" start > /dev/null

cat > "$work/load.sql" <<'SQL'
SELECT a,
	b
  FROM (VALUES (1, 'x')) v (a, b)
 WHERE a = 1 AND b <> '#011 and # 12';
SELECT 1 / 0;
SELECT count(*) FROM (SELECT n FROM generate_series(1, 20000) n ORDER BY n DESC) s;
SQL
{
    echo "SELECT 1 WHERE 0 IN ($(seq -s ', ' 1 400));"
    echo "SELECT '$(printf 'é%.0s' $(seq 600))"
    echo
    echo "	end';"
} >> "$work/load.sql"
for client in 1 2 3 4; do
    for turn in 1 2 3; do
        psql -h "$work" -p 33988 -U postgres -X -q -f "$work/load.sql" postgres > /dev/null 2>&1
        logger -t cron "job $client, turn $turn"
    done &
done
sleep 8
as_postgres "$bin/pg_ctl" -D "$work/pg" -m fast stop > /dev/null
sleep 1
mkdir -p "$into"
for log in traditional.log iso.log 5424.log truth.csv; do
    # The machine's name is nobody's business.
    sed "s/ $(hostname) / host /" "$work/$log" > "$into/$log"
done
wc -c "$into"/*
