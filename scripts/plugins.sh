#!/usr/bin/env bash
# Puts the provider plugins and the language host in place for the engine, genuine ones first, and says of each which it is.
# Usage: plugins.sh [PROVIDER...], the stack's kinds of nodes. Reads .datacentre/bin/pulumi; writes .datacentre/pulumi-home/plugins and .datacentre/bin.
# DATACENTRE_PLUGINS=genuine  fails when one has to be stood in for;  =stand-in  uses the stand-ins whatever is there.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mode=${DATACENTRE_PLUGINS:-any}
case $mode in any | genuine | stand-in) ;; *) fail "DATACENTRE_PLUGINS=$mode is not known" "use genuine or stand-in, or leave it out" ;; esac

bin=$DC_CLONE/bin
pulumi_home=$DC_CLONE/pulumi-home
user_home=$("$DC_ROOT/scripts/user-pulumi-home")
mkdir -p "$pulumi_home/plugins"
lock "plugins-$(printf '%s' "$DC_ROOT" | sha256sum | cut -c1-12)"

# A stand-in starts with a line for the shell or Node.js; what its maker ships is a compiled program.
is_genuine() { [ -x "$1" ] && [ "$(head -c 2 "$1" | tr -d '\0')" != '#!' ]; }

# find_genuine NAME VERSION: prints the directory that holds the plugin, and from where.
find_genuine() {
    local folder=resource-$1-v$2 program=pulumi-resource-$1 place path
    for place in "$user_home" "$HOME/.pulumi"; do
        [ "$place" != "$pulumi_home" ] || continue
        if is_genuine "$place/plugins/$folder/$program"; then
            echo "$place/plugins/$folder"
            return
        fi
    done
    # Put there by hand, by 'pulumi plugin install' or by an earlier run.
    if [ ! -L "$pulumi_home/plugins/$folder" ] && is_genuine "$pulumi_home/plugins/$folder/$program"; then
        echo "$pulumi_home/plugins/$folder"
        return
    fi
    while IFS= read -r path; do
        # One of another version behaves differently, and the engine would take it unasked.
        if is_genuine "$path" && timeout 10 "$path" --version 2>/dev/null </dev/null | grep -qwF "$2"; then
            echo "${path%/*}"
            return
        fi
    done < <(type -aP "$program" || true)
    return 1
}

# download NAME VERSION: the official way. Where it failed it is not tried again for a day: it costs time at every 'make'.
download() {
    local stamp=$DATACENTRE_CACHE/plugin-download-failed-$1-$2
    if [ "$mode" != genuine ] && [ -n "$(find "$stamp" -mmin -1440 2>/dev/null)" ]; then
        return 1
    fi
    say "   plugin $1 $2: trying its download (at most 45 s)"
    mkdir -p "$DATACENTRE_CACHE/log"
    if PULUMI_HOME=$pulumi_home PULUMI_SKIP_UPDATE_CHECK=true timeout 45 "$bin/pulumi" --non-interactive plugin install resource "$1" "$2" \
        >"$DATACENTRE_CACHE/log/plugin-$1.log" 2>&1; then
        rm -f "$stamp"
        return 0
    fi
    touch "$stamp"
    return 1
}

# place NAME VERSION DIRECTORY: links a genuine plugin into the clone's own plugin folder, over a stand-in if there is one.
# The folder itself is no link: the engine lists folders, and passes over links to them.
place() {
    local target=$pulumi_home/plugins/resource-$1-v$2 program=pulumi-resource-$1
    [ "$3" != "$target" ] || return 0
    if [ -L "$target" ] || [ "$(readlink "$target/$program" 2>/dev/null)" != "$3/$program" ]; then
        rm -rf "$target"
        mkdir -p "$target"
        ln -s "$3/$program" "$target/$program"
    fi
    rm -f "$target.lock" "$target.partial"
}

stand_ins=()
# What does without genuine plugins.
instead='unset DATACENTRE_PLUGINS'
resource() {
    local name=$1 version=$2 directory=""
    local target=$pulumi_home/plugins/resource-$1-v$2
    # A link whose target is gone would hide from the engine what is to come in its place.
    if [ -L "$target" ] && [ ! -e "$target" ]; then rm -f "$target"; fi
    if [ "$mode" != stand-in ]; then
        if directory=$(find_genuine "$name" "$version") || { download "$name" "$version" && directory=$(find_genuine "$name" "$version"); }; then
            place "$name" "$version" "$directory"
            stage "plugin $name $version: genuine ($directory)"
            return
        fi
        [ "$mode" != genuine ] || fail "the genuine plugin $name $version is not there and could not be downloaded" \
            "see $DATACENTRE_CACHE/log/plugin-$name.log; put it in $HOME/.pulumi/plugins/resource-$name-v$version, or $instead"
    fi
    # A genuine one that was linked earlier must not be written through.
    [ ! -L "$target" ] || rm -f "$target"
    stand_ins+=("$name")
    stage "plugin $name $version: STAND-IN (lab/plugins/$name)"
}

# version_of PACKAGE: what package.json pins, which is the version that the program asks the engine for.
version_of() { sed -n "s|^ *\"$1\": \"\([0-9][0-9.]*\)\",\{0,1\}\$|\1|p" "$DC_ROOT/package.json" | head -n 1; }

resource command "$(version_of @pulumi/command)"
resource docker "$(version_of @pulumi/docker)"

# What stands in for a cloud would have an operator believe that there is one: it is taken when it is asked for, and at no other time.
cloud() {
    local version target mode=$mode instead='try the stack without an account, with SIMULATE=1'
    version=$(version_of @pulumi/alicloud)
    target=$pulumi_home/plugins/resource-alicloud-v$version
    if [ -n "${DATACENTRE_SIMULATE:-}" ]; then
        stand_ins+=(alicloud)
        stage "plugin alicloud $version: STAND-IN, as SIMULATE asks for: no cloud, its instances are containers on this machine"
        return
    fi
    if [ -e "$target" ] && ! is_genuine "$target/pulumi-resource-alicloud"; then rm -rf "$target"; fi
    mode=genuine
    say "   (SIMULATE=1 tries the stack without an account, on instances that are containers of this machine)"
    resource alicloud "$version"
}
case " $* " in *" alicloud "*) cloud ;; esac

# The language host belongs to the engine: beside the real program, or there is none.
engine=$(readlink -f "$bin/pulumi")
if [ "$mode" != stand-in ] && is_genuine "${engine%/*}/pulumi-language-nodejs"; then
    stage "language host nodejs: genuine (${engine%/*})"
else
    [ "$mode" != genuine ] || fail "there is no genuine pulumi-language-nodejs beside the engine $engine" \
        "install the official Pulumi CLI on PATH, or $instead"
    stand_ins+=(language-nodejs)
    stage "language host nodejs: STAND-IN (lab/plugins/language-nodejs)"
fi

if [ "${#stand_ins[@]}" -gt 0 ]; then
    "$DC_ROOT/lab/plugins/install.sh" --home "$pulumi_home" --bin "$bin" "${stand_ins[@]}" >/dev/null ||
        fail "the stand-ins for ${stand_ins[*]} could not be installed" "see above"
fi
# For env.sh: with stand-ins about, the engine must not look for downloads of its own accord.
printf '%s\n' "${stand_ins[*]}" >"$DC_CLONE/stand-ins"

# A login to a backend elsewhere is in the user's own home.
if [ -s "$user_home/credentials.json" ] && [ ! -e "$pulumi_home/credentials.json" ]; then
    ln -sfn "$user_home/credentials.json" "$pulumi_home/credentials.json"
fi
