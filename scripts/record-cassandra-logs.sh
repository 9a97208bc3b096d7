#!/bin/bash
# Records the logs of a running Cassandra, as the tests of the cassandra room read them.
#   CQLSH='cqlsh' NODETOOL='nodetool' scripts/record-cassandra-logs.sh 127.0.0.1 9042 FOLDER-OF-ITS-LOGS
# The server must be started with record-cassandra-logs.yaml beside this as part of its configuration, log as
# record-cassandra-logs.xml says (as logback.xml), and with
# -Dcassandra.slow_query_log_monitoring_report_interval_in_ms=1000. Makes and drops the keyspace `lesson`.
set -euo pipefail
host=${1:?host} port=${2:?port} logs=${3:?the folder it logs to}
out=$(cd "$(dirname "$0")/.." && pwd)/crates/engines/cassandra/tests/logs
cqlsh=${CQLSH:-cqlsh}
mkdir -p "$out"
cql() { $cqlsh "$host" "$port"; }
from=$(wc -l <"$logs/debug.log") from_system=$(wc -l <"$logs/system.log")

cql <<'CQL'
DROP KEYSPACE IF EXISTS lesson;
CREATE KEYSPACE lesson WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
CREATE TABLE lesson.events (device int, at int, kind text, payload text, PRIMARY KEY (device, at));
CREATE TABLE lesson.queue (shard int, id int, job text, PRIMARY KEY (shard, id));
CREATE TABLE lesson.people (id int PRIMARY KEY, town text, name text);
CQL
seq 1 6000 | awk '{ printf "INSERT INTO lesson.events (device, at, kind, payload) VALUES (%d, %d, '\''k%d'\'', '\''planted-secret planted-secret planted-secret'\'');\n", $1 % 3, $1, $1 % 5 }' | cql
seq 1 300 | awk '{ printf "INSERT INTO lesson.queue (shard, id, job) VALUES (1, %d, '\''planted-secret'\'');\n", $1 }' | cql
seq 1 150 | awk '{ printf "DELETE FROM lesson.queue WHERE shard = 1 AND id = %d;\n", $1 }' | cql
# Slow: whole tables, filters, with values that must not come out.
for kind in k1 k2 planted-secret; do
    echo "SELECT * FROM lesson.events WHERE kind = '$kind' AND at > 17 ALLOW FILTERING;" | cql >/dev/null
    sleep 1.5
done
cql >/dev/null <<'CQL'
SELECT count(*) FROM lesson.events;
SELECT id FROM lesson.queue WHERE shard = 1 LIMIT 5;
CQL
sleep 1.5
echo "SELECT * FROM lesson.events WHERE device IN (0, 1, 2) AND at > 3000;" | cql >/dev/null
# Tombstones past the limit, batches past both.
seq 151 300 | awk '{ printf "DELETE FROM lesson.queue WHERE shard = 1 AND id = %d;\n", $1 }' | cql
echo "SELECT id FROM lesson.queue WHERE shard = 1;" | cql >/dev/null 2>&1 || true
batch() {
    echo 'BEGIN BATCH'
    for id in $(seq 1 "$1"); do echo "INSERT INTO lesson.people (id, town, name) VALUES ($id, 'planted-secret', 'planted-secret planted-secret planted-secret');"; done
    echo 'APPLY BATCH;'
}
batch 20 | cql >/dev/null 2>&1 || true
batch 90 | cql >/dev/null 2>&1 || true
${NODETOOL:-nodetool} flush lesson >/dev/null 2>&1 || true
${NODETOOL:-nodetool} compact lesson events >/dev/null 2>&1 || true
sleep 6
echo 'DROP KEYSPACE lesson;' | cql
# Where this one happened to stand is nobody's business; of its housekeeping a little is enough.
tidy() {
    awk '/Guardrail|MonitoringTask|^</ || !/sstable|SSTable|Compact|Memtable|CommitLog|Migration|Schema|HeapUtils|memtable|flush/' |
        sed "s#${logs%/logs*}#/var/lib/cassandra#g"
}
tail -n +$((from + 1)) "$logs/debug.log" | tidy >"$out/cassandra-5-debug.log"
{ grep 'Startup complete\|Starting listening' "$logs/system.log" | head -2; tail -n +$((from_system + 1)) "$logs/system.log"; } | tidy >"$out/cassandra-5-system.log"
