#!/bin/sh
# Records traces of statements on a running Cassandra, as the tests of the cassandra room read them.
#   CQLSH='cqlsh' NODETOOL='nodetool' scripts/record-cassandra-traces.sh 127.0.0.1 9042
# Makes and drops the keyspace `lesson`. A server for it comes from Maven Central: org.apache.cassandra:cassandra-all.
set -eu
host=${1:?host}
port=${2:-9042}
out=$(dirname "$0")/../crates/engines/cassandra/recorded
cqlsh=${CQLSH:-cqlsh}
nodetool=${NODETOOL:-nodetool}
mkdir -p "$out"
cql() { $cqlsh "$host" "$port"; }

cql <<'CQL'
DROP KEYSPACE IF EXISTS lesson;
CREATE KEYSPACE lesson WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
CREATE TABLE lesson.events (device int, at int, kind text, payload text, PRIMARY KEY (device, at)) WITH compaction = {'class': 'SizeTieredCompactionStrategy', 'enabled': 'false'};
CREATE TABLE lesson.queue (shard int, id int, job text, PRIMARY KEY (shard, id));
CREATE TABLE lesson.people (id int PRIMARY KEY, town text, name text);
CREATE INDEX people_town ON lesson.people (town);
CQL
for round in 1 2 3 4 5 6; do
    seq 1 200 | awk -v r="$round" '{ printf "INSERT INTO lesson.events (device, at, kind, payload) VALUES (%d, %d, '\''k%d'\'', '\''p'\'');\n", $1 % 20, r * 1000 + $1, $1 % 5 }' | cql
    $nodetool flush lesson >/dev/null 2>&1
done
seq 1 3000 | awk '{ printf "INSERT INTO lesson.queue (shard, id, job) VALUES (1, %d, '\''j'\'');\n", $1 }' | cql
seq 1 2950 | awk '{ printf "DELETE FROM lesson.queue WHERE shard = 1 AND id = %d;\n", $1 }' | cql
seq 1 500 | awk '{ printf "INSERT INTO lesson.people (id, town, name) VALUES (%d, '\''t%d'\'', '\''n'\'');\n", $1, $1 % 7 }' | cql
$nodetool flush lesson >/dev/null 2>&1

record() { # name, statement
    printf 'TRACING ON\n%s\n' "$2" | cql >"$out/$1.txt"
}
record point-read 'SELECT * FROM lesson.people WHERE id = 7;'
record many-sstables 'SELECT count(*) FROM lesson.events WHERE device = 3;'
record tombstones 'SELECT id FROM lesson.queue WHERE shard = 1 LIMIT 5;'
record filtering "SELECT count(*) FROM lesson.events WHERE kind = 'k1' ALLOW FILTERING;"
record secondary-index "SELECT count(*) FROM lesson.people WHERE town = 't3';"
record write "INSERT INTO lesson.people (id, town, name) VALUES (7, 't0', 'x');"
record lightweight-transaction "INSERT INTO lesson.people (id, town) VALUES (9001, 't0') IF NOT EXISTS;"
record batch "BEGIN BATCH INSERT INTO lesson.people (id, town) VALUES (9002, 't0'); INSERT INTO lesson.people (id, town) VALUES (9003, 't0'); INSERT INTO lesson.people (id, town) VALUES (9004, 't0'); APPLY BATCH;"
printf 'TRACING ON\nSELECT * FROM lesson.people WHERE id = 8;\nTRACING OFF\nSELECT session_id, command, coordinator, duration, parameters, request, started_at FROM system_traces.sessions LIMIT 3;\nSELECT session_id, event_id, activity, source, source_elapsed, thread FROM system_traces.events LIMIT 40;\n' | cql >"$out/system-traces.txt"
cql <<'CQL'
DROP KEYSPACE lesson;
CQL
