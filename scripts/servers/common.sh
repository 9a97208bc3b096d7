# Words shared by the installers: messages, stamps, one run at a time.
# shellcheck shell=bash
# shellcheck disable=SC2154  # $root is set by servers.sh

say()  { printf '[servers] %s\n' "$*"; }
fail() { printf '[servers] error: %s\n' "$*" >&2; exit 1; }

# The version of what is ready to use, or nothing. What is unpacked here has a stamp with it, written last, so that a
# broken run is done again; what is installed on the host is known to dpkg, for this folder may come from another machine.
version_of() {
    if [ -n "${packages_of[$1]:-}" ]; then host_version "$1"; else cat "$root/.stamps/$1" 2>/dev/null || true; fi
}
done_with() { printf '%s\n' "$2" >"$root/.stamps/$1"; }

as_root() { [ "$(id -u)" = 0 ] || fail "$1 is installed on the host with apt: run this as root (sudo $0 $1)"; }

only_one_run_at_a_time() {
    command -v flock >/dev/null || return 0
    exec 9>"$root/.lock"
    flock -n 9 || { say "waiting for another run to finish"; flock 9; }
}
