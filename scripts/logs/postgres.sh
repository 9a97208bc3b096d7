# Starting and asking a throw-away PostgreSQL that logs; sourced by the scripts that record logs.
# PGBIN names the folder of its programs; psql and pgbench come from PATH.

PGBIN=${PGBIN:-/usr/lib/postgresql/15/bin}
port=${PORT:-57311}
work=$(mktemp -d /tmp/pglogs.XXXXXX)

as_server() { # PostgreSQL refuses to run as root
    if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}

start_server() { # settings, one a line, on standard input
    if [ "$(id -u)" = 0 ]; then chown postgres "$work"; fi
    as_server "$PGBIN/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --no-locale >/dev/null
    {
        cat <<CONF
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = '$work'
shared_buffers = 64MB
fsync = off
max_connections = 40
logging_collector = on
log_directory = '$work/log'
log_rotation_size = 0
log_file_mode = 0644
CONF
        cat
    } >>"$work/data/postgresql.conf"
    as_server "$PGBIN/pg_ctl" -D "$work/data" -w -l "$work/start.log" start >/dev/null
    trap stop_server EXIT
}

stop_server() {
    as_server "$PGBIN/pg_ctl" -D "$work/data" -m fast -w stop >/dev/null 2>&1 || true
    rm -rf "$work"
}

# user, database, application; statements on standard input
tcp() { PGAPPNAME=$3 psql -X -q -h 127.0.0.1 -p "$port" -U "$1" -d "$2" >/dev/null 2>&1 || true; }
socket() { PGAPPNAME=$3 psql -X -q -h "$work" -p "$port" -U "$1" -d "$2" >/dev/null 2>&1 || true; }
admin() { PGOPTIONS='-c log_min_duration_statement=-1 -c log_statement=none' psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$work" -p "$port" -U postgres -d "${1:-postgres}" >/dev/null; }
