#!/bin/bash
# Records what Redis and Valkey log, as the tests of the redis room read it: a capture of MONITOR, the slow log in every
# form that redis-cli prints, the server's log.
#   scripts/record-redis-logs.sh NAME redis-server redis-cli
# Starts a server of its own on a port of its own and stops it. The load is the same every time.
set -euo pipefail
name=${1:?a name for the files: redis-7} server=${2:?the server} cli=${3:?its client}
out=$(cd "$(dirname "$0")/.." && pwd)/crates/engines/redis/tests/logs
folder=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
mkdir -p "$out"
export LC_ALL=C
start() { # further options
    "$server" --port $port --bind 127.0.0.1 --dir "$folder" --logfile "$folder/log" --save '' --maxmemory-policy noeviction \
        --slowlog-log-slower-than 0 --slowlog-max-len 128 --daemonize yes --pidfile "$folder/pid" "$@" >/dev/null
    until "$cli" -p $port ping >/dev/null 2>&1; do sleep 0.1; done
}
stop() {
    "$cli" -p $port shutdown nosave >/dev/null 2>&1 || true
    while [ -e "$folder/pid" ]; do sleep 0.1; done
}
trap 'stop; rm -rf "$folder"' EXIT
ask() { "$cli" -p $port "$@"; }

start --appendonly yes
"$cli" -p $port monitor >"$folder/monitor" 2>/dev/null &
monitor=$!
sleep 0.5

# Two pages by two clients: a list, then an item each; and what a job does.
page() { # first user, how many
    { echo 'CLIENT SETNAME shop-web'; for user in $(seq "$1" $(($1 + $2 - 1))); do
        echo "LRANGE user:$user:orders 0 -1"
        for order in 1 2 3; do echo "HGETALL order:$user$order"; done
    done; } | ask >/dev/null
}
page 100 5
page 200 5
ask >/dev/null <<'COMMANDS'
SET session:9f86d081884c7d659a2feaa0c55ad015 "planted \"secret\" value\n" EX 3600
SET session:550e8400-e29b-41d4-a716-446655440000 planted-secret-two NX
GET session:9f86d081884c7d659a2feaa0c55ad015
MGET user:1:name user:2:name user:3:name user:4:name user:5:name user:6:name user:7:name user:8:name user:9:name user:10:name user:11:name
MSET a:1 planted-secret b:2 planted-secret
HSET user:42 mail planted-secret@example.com name "planted secret"
ZADD board 17 planted-secret
ZRANGE board 0 -1 WITHSCORES
ZRANGEBYSCORE board 10 20 LIMIT 0 5
KEYS session:*
SCAN 0 MATCH user:*:name COUNT 100
EVAL "return redis.call('get', KEYS[1]) or ARGV[1]" 1 user:42:flag planted-secret
XADD events:2024 * kind planted-secret
XREAD COUNT 10 STREAMS events:2024 events:2025 0 0
PUBLISH news:42 planted-secret
SELECT 3
INCR counter:visits
MULTI
INCR counter:a
INCR counter:b
EXEC
OBJECT ENCODING counter:visits
CONFIG SET slowlog-max-len 128
DEL user:1:name user:2:name
SORT user:100:orders BY nosort GET order:*->total
COMMANDS
sleep 0.5
kill $monitor 2>/dev/null || true
wait $monitor 2>/dev/null || true
cp "$folder/monitor" "$out/$name-monitor.txt"
ask --no-raw slowlog get 128 >"$out/$name-slowlog.txt"
ask slowlog get 128 >"$out/$name-slowlog-raw.txt"
ask --json slowlog get 128 >"$out/$name-slowlog.json" 2>/dev/null || rm -f "$out/$name-slowlog.json"

# Things that go wrong, for the server's log.
ask config set save '' >/dev/null
ask bgsave >/dev/null; sleep 0.5
rm -f "$folder/dump.rdb"; mkdir -p "$folder/dump.rdb/in-the-way"
ask bgsave >/dev/null; sleep 0.5
rm -rf "$folder/dump.rdb"
ask bgrewriteaof >/dev/null; sleep 0.5
ask config set maxmemory 1mb >/dev/null
ask config set client-output-buffer-limit 'pubsub 1 1 1' >/dev/null
# A replica that comes, and goes without a word.
mkdir -p "$folder/replica"
"$server" --port $((port + 1)) --bind 127.0.0.1 --dir "$folder/replica" --logfile "$folder/replica/log" --save '' \
    --replicaof 127.0.0.1 $port --daemonize yes --pidfile "$folder/replica/pid" >/dev/null
sleep 2
"$cli" -p $((port + 1)) client kill type master >/dev/null 2>&1 || true
sleep 1.5
kill -9 "$(cat "$folder/replica/pid")"; sleep 0.5
stop
{ cat "$folder/log"; cat "$folder/replica/log"; } >"$out/$name-server.log"
