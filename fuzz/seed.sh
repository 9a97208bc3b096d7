#!/bin/sh
# Makes the corpora of the fuzz targets of plans from the plans recorded in the repository: fuzz/corpus/TARGET/*.
# fuzz/seed.sh [TARGET]...
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- postgres_plan mysql_plan mongodb_plan elastic_profile cassandra_trace consult json table shell statement mysql_log logs nosql_log

# pieces NAME BOUNDARY FILE...: every piece of the files that begins behind a line that matches, into the folder $into
pieces() {
    name=$1 boundary=$2
    shift 2
    awk -v out="$into/$name" -v boundary="$boundary" '
        FNR == 1 || $0 ~ boundary { if (file) close(file); file = sprintf("%s-%04d", out, ++number); if ($0 ~ boundary) next }
        { print > file }' "$@"
}

postgres() {
    pieces pg-lab '^==== ' crates/engines/postgres/src/rules/*.plans
    pieces pg '^(EXPLAIN|SET) ' crates/engines/postgres/tests/plans/*.txt
    pieces pg-read '^----never' crates/dbwright/tests/plans/join*.txt crates/dbwright/tests/plans/sub* crates/dbwright/tests/plans/update.txt
}
mysql() {
    pieces my-lab '^==== ' crates/engines/mysql/src/rules/*.plans
    pieces my-cut '^----never' crates/engines/mysql/tests/plan_cuts/*.txt crates/dbwright/tests/plans/m*.txt
}
# what stands between r#" and "# in the tests of the room
mongodb() {
    cat $(grep -rl 'r#"' crates/engines/mongodb/src) |
        awk -v RS='r#"|"#' -v out="$into/mongo" 'NR % 2 == 0 { file = sprintf("%s-%04d", out, NR); print > file; close(file) }'
}
elastic() { cp crates/engines/elastic/recorded/*.json "$into"; }
cassandra() { cp crates/engines/cassandra/recorded/*.txt "$into"; }

statement() {
    pieces case '^$' crates/sql/src/statement/cases.txt
    pieces tpch '^-- ' crates/sql/tests/tpch/queries.sql
}

# the start of every log recorded in the repository, and each as a container would write it
logs() {
    for log in crates/engines/*/tests/logs/*.* crates/engines/*/recorded/*.log; do
        [ -f "$log" ] || continue
        head -c 3000 "$log" > "$into/$(basename "$log")"
        head -n 20 "$log" | sed 's/^/2026-11-24T12:00:00.000000000Z stderr F /' > "$into/cri-$(basename "$log")"
        head -n 20 "$log" | sed 's/^/Nov 24 12:00:00 host server[1]: /' > "$into/syslog-$(basename "$log")"
    done
    cp crates/log/tests/packed/text.* "$into"
}

for target; do
    into=fuzz/corpus/$target
    mkdir -p "$into"
    case $target in
        postgres_plan) postgres ;;
        mysql_plan | table) mysql ;;
        mongodb_plan | shell) mongodb ;;
        elastic_profile) elastic ;;
        cassandra_trace) cassandra ;;
        json) elastic && mysql ;;
        statement) statement ;;
        mysql_log) split -b 2000 crates/engines/mysql/tests/logs/slow-mysql-9.log "$into/slow" &&
            cp crates/engines/mysql/tests/logs/*-written.log "$into" &&
            for log in crates/engines/mysql/tests/logs/general-* crates/engines/mysql/tests/logs/error-*; do head -c 4000 "$log" >"$into/${log##*/}"; done ;;
        logs) logs ;;
        nosql_log)
            for log in crates/engines/mongodb/tests/logs/* crates/engines/redis/tests/logs/* crates/engines/elastic/tests/logs/* crates/engines/cassandra/tests/logs/* crates/log/tests/logs/*; do
                [ -e "$log" ] && head -c 4000 "$log" >"$into/${log##*/}"
            done ;;
        *) postgres && mysql && mongodb && elastic && cassandra ;;
    esac
    echo "$target: $(ls "$into" | wc -l) seeds"
done
