#!/usr/bin/env bash
# Records what real ORMs say to a real PostgreSQL, as logs with a label each, into crates/dbwright/tests/orm:
#   scripts/record-orm-loads.sh
# Needs python3 with SQLAlchemy, Django and psycopg (PYTHON names the interpreter), and Debian's PostgreSQL (see
# scripts/logs/postgres.sh). The scenarios, and what is to be found in each, stand in scripts/orm/loads.py.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=logs/postgres.sh
. "$here/logs/postgres.sh"
start_server <<'CONF'
log_destination = 'stderr'
log_filename = 'postgres.log'
log_line_prefix = '%m [%p] %q%u@%d/%a '
log_min_duration_statement = 0
timezone = 'UTC'
log_timezone = 'UTC'
CONF
out=$here/../crates/dbwright/tests/orm
rm -f "$out"/*.log
"${PYTHON:-python3}" "$here/orm/loads.py" "postgresql+psycopg://postgres@127.0.0.1:$port/postgres" "$work/log/postgres.log" "$out"
