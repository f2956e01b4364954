#!/bin/bash
# Runs in a container of the hosts' own release, and fills /bundle/packages with all that the wanted packages need, down to the
# system's own: which of it a host has already is the host's affair. /input has the file `wanted`, a spec a line, and NAME.list with
# NAME.asc for each repository besides the image's own; /scripts is components/. What is there already is not fetched again.
set -euo pipefail
shopt -s extglob
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
# shellcheck source=components/packages/apt.sh
. /scripts/packages/apt.sh
# shellcheck source=components/packages/choices.sh
. /scripts/packages/choices.sh
# shellcheck source=components/bundle/collect.sh
. /scripts/bundle/collect.sh

mkdir -p "$work/archives/partial" "$packages"
add_sources .list /etc/apt/sources.list.d /etc/apt/keyrings .asc
log=$work/update.log
apt-get -q -o APT::Update::Error-Mode=any update 2>&1 | tee "$log" >&2 || {
    ! apt_signature_fault || refuse "$why" "$remedy"
    refuse "not every package source of the image and of datacentre:sources answers" \
        "see above; a source that is file:/// has to be in the image too (datacentre:bundle.base)"
}

# shellcheck disable=SC2034 # choices.sh uses it
family=apt picks=() lacking=()
pick() {
    local found
    found=$(apt_candidate "$1" "$2")
    if [ -n "$found" ]; then picks+=("$found"); else lacking+=("$1${2:+ of version $2}"); fi
}
each_wanted pick
[ "${#lacking[@]}" = 0 ] || refuse "no package source offers $(printf '%s; ' "${lacking[@]}")" \
    "choose versions in datacentre:versions that this release has, name a repository in datacentre:sources, or take an image of another release (datacentre:bundle.base)"

# As for a machine with nothing on it, so that the answer does not depend on the image's own packages.
: >"$work/status"
apt_alone() {
    apt-get -q -y -o "Dir::State::status=$work/status" -o "Dir::Cache::archives=$work/archives" -o APT::Sandbox::User=root \
        -o APT::Keep-Downloaded-Packages=true -o Dpkg::Use-Pty=0 --no-install-recommends "$@" install "${picks[@]}"
}
apt_alone -o Acquire::ForceHash=SHA256 --print-uris | sed -n "s/^'\([^']*\)' \([^ ]*\) [0-9]* SHA256:\([0-9a-f]*\)$/\2 \3 \1/p" | sort >"$work/uris"
mapfile -t wanted < <(cut -d' ' -f1 "$work/uris")
[ "${#wanted[@]}" -gt 0 ] || refuse "apt finds no way to install ${picks[*]} together" "see 'apt-get -s install' in that image"

is_good() { [ -e "$1" ] && [ "$(sha256sum <"$1" | cut -c 1-64)" = "$2" ]; } # FILE SHA256

# apt takes a file that is there by its size, so its checksum is looked at here. In the bundle a name has no %, which some servers
# and tools read as an escape.
kept=0
while read -r file sum _; do
    ! is_good "$packages/${file//%/_}" "$sum" || { ln -f "$packages/${file//%/_}" "$work/archives/$file" && kept=$((kept + 1)); }
done <"$work/uris"
echo "packages: ${#wanted[@]}, of which $kept are there" >&2
apt_alone --download-only >&2 || refuse "not every package could be fetched" "run it again, which goes on from there"
declare -A names=()
while read -r file sum uri; do
    names[${file//%/_}]=1
    if [ -e "$work/archives/$file" ]; then
        ln -f "$work/archives/$file" "$packages/${file//%/_}"
    else
        # A source that is a directory has its files read in place.
        uri=${uri#file:} uri=/${uri##+(/)}
        cp "$(printf '%b' "${uri//%/\\x}")" "$packages/${file//%/_}"
    fi
    is_good "$packages/${file//%/_}" "$sum" || refuse "$file is not what its source's index says" "run it again; if it stays so, the source is at fault"
done <"$work/uris"
for file in "$packages"/*; do [ -n "${names[${file##*/}]-}" ] || rm -rf "$file"; done

# The index of a flat repository.
cd "$packages"
while read -r file sum _; do
    file=${file//%/_}
    dpkg-deb -f "$file" | sed '/^ *$/d'
    printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$file" "$(stat -c %s "$file")" "$sum"
done <"$work/uris" >"$work/Packages"
cp "$work/Packages" Packages
awk '/^Package: / {name = $2} /^Version: / {version = $2} /^Filename: / {print name "\t" version "\t" substr($2, 3)}' Packages >"$work/list"
# shellcheck source=/dev/null
(. /etc/os-release && write_release "$ID" "${VERSION_ID:-}" "$(dpkg --print-architecture)")
rm -rf "$work/archives"
chown -R "$OWNER" /bundle
