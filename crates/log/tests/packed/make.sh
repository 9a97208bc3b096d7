#!/bin/sh
# Makes the packed files beside it: the same text in two members, as `gzip >>` and logrotate leave them.
set -eu
cd "$(dirname "$0")"
text() { awk -v from="$1" -v to="$2" 'BEGIN { for (i = from; i < to; i++) printf "line %d of a log, %d\n", i, (i * 7919) % 10007 }'; }
text 0 1000 > a; text 1000 2000 > b
for packer in "gzip -9n:gz" "zstd -q -19:zst" "lz4 -q:lz4" "xz -9:xz" "bzip2:bz2"; do
    rm -f "text.${packer#*:}"
    for half in a b; do ${packer%:*} -c < $half >> "text.${packer#*:}"; done
done
rm a b
