#!/bin/bash
# Records the slow logs and the server's log of a running OpenSearch, as the tests of the elastic room read them.
#   scripts/record-search-logs.sh http://127.0.0.1:9200 FOLDER-OF-ITS-LOGS
# The server must log as record-search-logs.properties beside this says (as log4j2.properties in its configuration).
# Makes and drops the index `shop`. The load is the same every time: tests count it.
set -euo pipefail
url=${1:?the address of the server} logs=${2:?the folder it logs to}
out=$(cd "$(dirname "$0")/.." && pwd)/crates/engines/elastic/tests/logs
mkdir -p "$out"
ask() { curl -sS -H 'Content-Type: application/json' "$@" >/dev/null; }

# A disk that is nearly full must not stop the recording.
ask -X PUT "$url/_cluster/settings" -d '{"transient":{"cluster.routing.allocation.disk.threshold_enabled":false},"persistent":{"cluster.blocks.create_index":null}}'
ask -X DELETE "$url/shop?ignore_unavailable=true"
ask -X PUT "$url/shop" -d '{"settings":{"number_of_shards":2,"number_of_replicas":0,
  "search.slowlog.threshold.query.warn":"0ms","search.slowlog.threshold.fetch.warn":"0ms",
  "indexing.slowlog.threshold.index.info":"0ms","indexing.slowlog.source":"200"},
  "mappings":{"properties":{"title":{"type":"text"},"kind":{"type":"keyword"},"price":{"type":"double"},"at":{"type":"date"}}}}'
for number in 1 2 3 4 5 6 7 8; do
    ask -X PUT "$url/shop/_doc/$number?refresh=true" -d "{\"title\":\"planted secret $number\",\"kind\":\"k$((number % 3))\",\"price\":$number,\"at\":\"2024-05-0${number}T00:00:00Z\"}"
done
# The same question with three values; others once. Two shards each, query and fetch.
for kind in k0 k1 planted-secret; do
    ask -H 'X-Opaque-Id: shop-web' "$url/shop/_search" -d "{\"query\":{\"bool\":{\"filter\":[{\"term\":{\"kind\":\"$kind\"}},{\"range\":{\"at\":{\"gte\":\"2024-05-02\"}}}]}},\"sort\":[{\"at\":\"desc\"}],\"size\":3}"
done
ask "$url/shop/_search" -d '{"query":{"match":{"title":"planted secret"}},"from":100,"size":10}'
ask "$url/shop/_search" -d '{"size":0,"aggs":{"kinds":{"terms":{"field":"kind","size":1000},"aggs":{"sum":{"sum":{"field":"price"}}}}}}'
ask "$url/shop/_search" -d '{"query":{"query_string":{"query":"title:*secret* AND kind:k1"}}}'
ask "$url/shop/_search" -d '{"query":{"script_score":{"query":{"match_all":{}},"script":{"source":"doc[\"price\"].value * params.f","params":{"f":2}}}}}'
ask "$url/shop/_search" -d '{"query":{"terms":{"kind":["k0","k1","planted-secret"]}}}'
# What goes wrong: a breaker, watermarks.
ask -X PUT "$url/_cluster/settings" -d '{"transient":{"indices.breaker.request.limit":"1b"}}'
ask "$url/shop/_search" -d '{"size":0,"aggs":{"kinds":{"terms":{"field":"kind"}}}}'
ask -X PUT "$url/_cluster/settings" -d '{"transient":{"indices.breaker.request.limit":null,"cluster.info.update.interval":"10s","cluster.routing.allocation.disk.threshold_enabled":true,
  "cluster.routing.allocation.disk.watermark.low":"1%","cluster.routing.allocation.disk.watermark.high":"2%","cluster.routing.allocation.disk.watermark.flood_stage":"99.9%"}}'
sleep 45
ask -X PUT "$url/_cluster/settings" -d '{"transient":{"cluster.info.update.interval":null,"cluster.routing.allocation.disk.threshold_enabled":null,"cluster.routing.allocation.disk.watermark.low":null,
  "cluster.routing.allocation.disk.watermark.high":null,"cluster.routing.allocation.disk.watermark.flood_stage":null}}'
ask -X DELETE "$url/shop"
for file in search_slowlog indexing_slowlog server; do
    # Where this one happened to stand is nobody's business.
    for kind in json log; do
        sed "/JVM arguments\|o.runner/d; s#OS\[[^]]*\]#OS[Linux]#; s#${logs%/logs*}#/var/lib/opensearch#g" "$logs/$file.$kind" >"$out/opensearch-2-$file.$kind"
    done
done
