# Servers of another Debian suite than the host's, unpacked in a folder: no debootstrap, no chroot, the host untouched.
# shellcheck shell=bash
# shellcheck disable=SC2154  # $root is set by servers.sh

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
triplet=$(uname -m)-linux-gnu

# debian_apt NAME SUITE
# Sets $apt to an apt-get whose whole state is in $root/.work/NAME and knows only that suite, with its lists fetched.
debian_apt() {
    local name=$1 suite=$2 work=$root/.work/$1 mirror security
    mirror=$(debian_site Debian)
    [ -n "$mirror" ] || fail "$name comes from Debian $suite and apt knows no Debian mirror here: set DBWRIGHT_DEBIAN_MIRROR to the URL of one"
    security=$(debian_site Debian-Security)
    [ -e "$keyring" ] || host_packages keyring

    rm -rf "$work"
    mkdir -p "$work"/{etc,state/lists/partial,cache/archives/partial}
    : >"$work/state/status"
    echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/etc/sources.list"
    [ "$suite" = sid ] || [ -z "$security" ] || echo "deb [signed-by=$keyring] $security $suite-security main" >>"$work/etc/sources.list"
    apt=(apt-get -q -y
        -o "Dir::Etc::sourcelist=$work/etc/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
        -o "Dir::State=$work/state" -o "Dir::State::status=$work/state/status" -o "Dir::Cache=$work/cache"
        -o APT::Sandbox::User= -o APT::Install-Recommends=0 -o Acquire::Languages=none
        # An old stable release is not signed afresh every week.
        -o Acquire::Check-Valid-Until=false
        # Otherwise a suite that cannot be reached is only a warning.
        -o APT::Update::Error-Mode=any -o APT::Keep-Downloaded-Packages=true)
    say "$name: apt-get update for Debian $suite, in a folder"
    "${apt[@]}" update 9>&- >"$work/log" 2>&1 || { tail -n 8 "$work/log" >&2; fail "$name: Debian $suite cannot be reached: is there a network?"; }
}

# debian_root NAME SUITE PACKAGE...
# Unpacks the packages and the libraries they depend on below $root/NAME/root.
debian_root() {
    local name=$1 suite=$2 work=$root/.work/$1 deb apt; shift 2
    debian_apt "$name" "$suite"
    say "$name: fetching $*"
    # libc-bin carries the C.UTF-8 locale, which the servers ask for at start.
    "${apt[@]}" --download-only install "$@" libc-bin 9>&- >>"$work/log" 2>&1 \
        || { tail -n 8 "$work/log" >&2; fail "$name: $* could not be fetched from Debian $suite"; }
    # No essential package is asked for, so this is the servers and their libraries only, not a system one could chroot to.
    mkdir "$work/root"
    for deb in "$work"/cache/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar x -C "$work/root" --no-same-owner
    done
    rm -rf "$work"/root/usr/share/{doc,man,info,locale,lintian,perl*} "$work"/root/usr/lib/*/perl*
    chmod -R a+rX "$work/root"
    rm -rf "${root:?}/$name"
    mkdir "$root/$name"
    mv "$work/root" "$root/$name/root"
    rm -rf "$work"
}

# The mirror of the Debian archive (or of Debian-Security) that this machine's apt uses already.
debian_site() {
    if [ -n "${DBWRIGHT_DEBIAN_MIRROR:-}" ]; then
        [ "$1" != Debian ] || echo "$DBWRIGHT_DEBIAN_MIRROR"
    else
        apt_updated
        # shellcheck disable=SC2016  # apt fills these in
        apt-get indextargets --format '$(LABEL) $(SITE)' "Created-By: Packages" | awk -v label="$1" '$1 == label && !seen++ {print $2}'
    fi
}

# wrap NAME COMMAND:PATH...
# Writes NAME/bin/COMMAND, which runs PATH of the unpacked tree by that tree's own dynamic loader and libraries.
# So a program linked to a newer libc runs on an older host, by any user, wherever the folder is moved.
wrap() {
    local name=$1 pair program loader version; shift
    mkdir -p "$root/$name/bin"
    loader=$(cd "$root/$name/root"; compgen -G "usr/lib/$triplet/ld-linux-*.so.*" || compgen -G "lib/$triplet/ld-linux-*.so.*") \
        || fail "$name: the packages hold no dynamic loader"
    for pair in "$@"; do
        program=${pair#*:}
        [ -e "$root/$name/root/$program" ] || fail "$name: the packages hold no $program"
        cat >"$root/$name/bin/${pair%%:*}" <<END
#!/bin/sh
tree=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")/root
# The C.UTF-8 locale belongs to a libc version too, and Debian's older Redis loads Lua modules when it starts.
export LOCPATH="\$tree/usr/lib/locale" LUA_CPATH="\$tree/usr/lib/$triplet/lua/5.1/?.so;;"
exec "\$tree/$loader" --library-path "\$tree/usr/lib/$triplet:\$tree/lib/$triplet" "\$tree/$program" "\$@"
END
        chmod 755 "$root/$name/bin/${pair%%:*}"
    done
    version=$("$root/$name/bin/${1%%:*}" --version | sed '1!d; s#^/[^ ]*/##') || version=
    [ -n "$version" ] || fail "$name: the unpacked ${1%%:*} does not run"
    done_with "$name" "$version"
}
