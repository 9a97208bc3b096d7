#!/bin/bash
# Records plans as psql shows them, from a server of each version: `record.sh 15 /path/to/bin` writes 15.txt.
# The server is thrown away. As root it runs as the user postgres.
set -euo pipefail
version=$1 bin=$2
here=$(cd "$(dirname "$0")" && pwd)
data=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then
    chown postgres "$data"
    as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
"${as[@]}" "$bin/initdb" -D "$data/d" -A trust -U postgres --locale=C -E UTF8 >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$data/d" -w -l "$data/log" \
    -o "-p 54${version} -k $data -c listen_addresses= -c shared_buffers=16MB -c autovacuum=off -c track_io_timing=on" start >/dev/null
trap '"${as[@]}" "$bin/pg_ctl" -D "$data/d" -m immediate stop >/dev/null; rm -rf "$data"' EXIT
psql=(psql -X -q -h "$data" -p "54${version}" -U postgres)
"${psql[@]}" -v ON_ERROR_STOP=1 -f "$here/schema.sql" >/dev/null
# statements a version does not know are left out, with what psql says of them
"${psql[@]}" -a -f "$here/queries.sql" 2>/dev/null >"$here/$version.txt"
