#!/usr/bin/env bash
# Prepares a Debian or Ubuntu machine with real database servers for tests, labs and lessons.
#
#   scripts/servers.sh                 same as "core"
#   scripts/servers.sh core            what CI uses
#   scripts/servers.sh all             every name below
#   scripts/servers.sh NAME...         only these
#   scripts/servers.sh list            names, and which are ready
#
# Everything unpacked goes below ${DBWRIGHT_SERVERS:-target/servers}; nothing is started and no daemon is left enabled.
# A thing that is ready is skipped, so a second run takes well under a second.
# Packages come by apt and npm as this machine has them configured; needs root only for what apt installs on the host.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${DBWRIGHT_SERVERS:-$(dirname "$here")/target/servers}

# shellcheck source=servers/common.sh
. "$here/servers/common.sh"
# shellcheck source=servers/host.sh
. "$here/servers/host.sh"
# shellcheck source=servers/postgres.sh
. "$here/servers/postgres.sh"
# shellcheck source=servers/debian-root.sh
. "$here/servers/debian-root.sh"

core=(clients redis mariadb pgbouncer postgres-15 hypopg postgres-12 postgres-18 valkey-8 mysql-9)
more=(postgres-host postgres-13 postgres-14 postgres-16 postgres-17 redis-6 redis-8)

install() {
    case $1 in
        clients|redis|mariadb|pgbouncer|postgres-host)
                    host_packages "$1" ;;
        postgres-*) npm_postgres "${1#postgres-}" ;;
        hypopg)     npm_postgres_hypopg 15 bookworm ;;
        mysql-9)    debian_root mysql-9 sid mysql-server-core mysql-client-core
                    wrap mysql-9 mysqld:usr/sbin/mysqld mysql:usr/bin/mysql mysqldump:usr/bin/mysqldump ;;
        valkey-8)   debian_root valkey-8 trixie valkey-server valkey-tools
                    wrap valkey-8 valkey-server:usr/bin/valkey-server valkey-cli:usr/bin/valkey-cli ;;
        redis-6)    debian_root redis-6 bullseye redis-server redis-tools
                    wrap redis-6 redis-server:usr/bin/redis-server redis-cli:usr/bin/redis-cli ;;
        redis-8)    debian_root redis-8 trixie redis-server redis-tools
                    wrap redis-8 redis-server:usr/bin/redis-server redis-cli:usr/bin/redis-cli ;;
        *)          fail "unknown name '$1'; known: ${core[*]} ${more[*]}" ;;
    esac
}

wanted=()
for name in "${@:-core}"; do
    case $name in
        core) wanted+=("${core[@]}") ;;
        all)  wanted+=("${core[@]}" "${more[@]}") ;;
        list)
            for each in "${core[@]}" "${more[@]}"; do printf '%-14s %s\n' "$each" "$(version_of "$each")"; done
            exit ;;
        -h|--help|help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit ;;
        *) wanted+=("$name") ;;
    esac
done

mkdir -p "$root/.stamps" "$root/.work"
# Servers refuse to run as root, so the folders must be readable by the unprivileged user they run as.
umask 022
only_one_run_at_a_time

for name in "${wanted[@]}"; do
    [ -n "$(version_of "$name")" ] || install "$name"
    version=$(version_of "$name")
    [ -n "$version" ] || fail "$name was installed and cannot be found"
    say "$name: $version"
done
