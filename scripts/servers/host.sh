# Servers that the distribution packages well: installed on the host with apt, never started by it.
# shellcheck shell=bash
# shellcheck disable=SC2154  # $root is set by servers.sh

declare -A packages_of=(
    [clients]="openssl postgresql-client"
    [redis]="redis-server redis-tools"
    [mariadb]="mariadb-server mariadb-client"
    [pgbouncer]="pgbouncer"
    [postgres-host]="postgresql"
    [npm]="npm"
    [keyring]="debian-archive-keyring"
)

host_packages() {
    local packages
    read -ra packages <<<"${packages_of[$1]}"
    as_root "$1"
    say "$1: apt-get install ${packages[*]}"
    without_daemons apt_install "${packages[@]}"
}

# The first package of a name with its version, when all of the name's packages are installed.
host_version() {
    local package versions=()
    for package in ${packages_of[$1]}; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || return 0
        versions+=("$package $(dpkg-query -W -f '${Version}' "$package")")
    done
    echo "${versions[0]}"
}

apt_install() {
    apt_updated
    # Held descriptor 9 is our lock: do not let a helper that apt starts inherit it.
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" 9>&- >"$root/.work/apt.log" 2>&1 \
        || { tail -n 15 "$root/.work/apt.log" >&2; fail "apt-get could not install $*: is there a network and does apt reach its mirror?"; }
}

# The package lists, at most once a run and only when older than a day.
apt_updated() {
    [ -z "${lists_are_fresh:-}" ] && [ "$(id -u)" = 0 ] || return 0
    lists_are_fresh=1
    find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -1 2>/dev/null | grep -q . && return 0
    say "apt-get update"
    apt-get update -q 9>&- >"$root/.work/apt.log" 2>&1 \
        || { tail -n 15 "$root/.work/apt.log" >&2; fail "apt-get update failed: is there a network?"; }
}

# Runs a command while policy-rc.d forbids packages to start services; afterwards disables the services that are new.
without_daemons() {
    local policy=/usr/sbin/policy-rc.d before="$root/.work/services" ours=
    enabled_services >"$before"
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\n# Put here for a moment by dbwright: packages must not start services.\nexit 101\n' >$policy
        chmod 755 $policy
        ours=1
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    "$@"
    if [ -n "$ours" ]; then rm -f $policy; trap - EXIT; fi
    enabled_services | { grep -vxFf "$before" || true; } | while read -r unit; do
        systemctl disable --quiet "$unit" 2>/dev/null || true
    done
}

enabled_services() {
    command -v systemctl >/dev/null || return 0
    systemctl list-unit-files --type=service --state=enabled --no-legend 2>/dev/null \
        | awk '$1 ~ /^(mariadb|mysql|redis|valkey|postgresql)/ {print $1}' || true
}
