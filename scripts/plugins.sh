#!/usr/bin/env bash
# Puts the provider plugins and the language host in place for the engine, genuine ones first, and says of each which it is.
# Usage: plugins.sh [PROVIDER...], the stack's kinds of nodes. Reads .datacentre/bin/pulumi; writes .datacentre/pulumi-home/plugins
# (with SIMULATE .datacentre/pulumi-home-simulated/plugins), .datacentre/genuine and .datacentre/bin.
# DATACENTRE_PLUGINS=genuine  fails when one has to be stood in for;  =stand-in  uses the stand-ins whatever is there.
#
# What is said is read from what is in place at the end, in the way in which the engine looks (Pulumi 3.255,
# sdk/go/common/workspace/plugins.go): a provider is the folder of that very version in PULUMI_HOME/plugins, no link to one,
# and no .partial beside it; the language host lies beside the engine's program, with links followed. PATH does not count (env.sh).
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mode=${DATACENTRE_PLUGINS:-any}
case $mode in any | genuine | stand-in) ;; *) fail "DATACENTRE_PLUGINS=$mode is not known" "use genuine or stand-in, or leave it out" ;; esac

bin=$DC_CLONE/bin
# Simulated stacks have a folder of their own: a shell that was prepared for a cloud must not come upon what stands in for it, nor
# one that was prepared for a simulation upon the cloud.
pulumi_home=$DC_CLONE/pulumi-home${DATACENTRE_SIMULATE:+-simulated}
# Genuine ones that only this clone has: downloads, and what stand-ins took the place of. Laid out as a PULUMI_HOME.
kept=$DC_CLONE/genuine
user_home=$("$DC_ROOT/scripts/user-pulumi-home")
for path in "$pulumi_home" "$pulumi_home/plugins"; do
    # Through a link what follows would write to, and remove from, somebody else's plugins.
    [ ! -L "$path" ] || fail "$path is a link, and has to be the clone's own folder" "rm $path"
done
mkdir -p "$bin" "$pulumi_home/plugins"
lock "plugins-$(printf '%s' "$DC_ROOT" | sha256sum | cut -c1-12)"

folder_of() { printf '%s\n' "$pulumi_home/plugins/resource-$1-v$2"; }

# kind_of PROGRAM: prints genuine, STAND-IN, or none, which is what somebody's own script is as well.
kind_of() {
    if is_genuine "$1"; then
        echo genuine
    elif [ -x "$1" ] && grep -qs '^# stand-in of a Pulumi plugin: ' "$1"; then
        echo STAND-IN
    else
        echo none
    fi
}

# kind_in FOLDER NAME: the same of what the engine takes from a plugin's folder.
kind_in() {
    if [ -L "$1" ] || [ -e "$1.partial" ]; then
        echo none
    else
        kind_of "$1/pulumi-resource-$2"
    fi
}

# says PROGRAM VERSION: 0 when it says that it is of that version, 1 when it names another one, 2 when it says none.
says() {
    local answer
    answer=$(timeout 10 "$1" --version 2>/dev/null </dev/null | head -n 5 | tr -d '\0') || true
    if [[ $answer =~ (^|[^0-9A-Za-z.+-])v?${2//./\\.}($|[^0-9A-Za-z.-]) ]]; then return 0; fi
    if [[ $answer =~ [0-9]+\.[0-9]+\.[0-9]+ ]]; then return 1; fi
    return 2
}

# find_genuine NAME VERSION: prints the directory that holds the plugin.
find_genuine() {
    local folder=resource-$1-v$2 program=pulumi-resource-$1 target place path directory
    target=$(folder_of "$1" "$2")
    for place in "$user_home" "$HOME/.pulumi" "$kept"; do
        path=$place/plugins/$folder
        # What lies beside a .partial was not installed to its end.
        if [ "$place" -ef "$pulumi_home" ] || [ -e "$path.partial" ] || ! is_genuine "$path/$program"; then continue; fi
        directory=$(cd "$path" && pwd)
        # The engine goes by the folder's name, so what was put there by hand is asked; once, since it takes time.
        if [ "$(readlink "$target/$program" 2>/dev/null)" != "$directory/$program" ]; then
            says "$directory/$program" "$2" || [ $? -eq 2 ] || { say "   $directory: passed over, since it says that it is of another version"; continue; }
        fi
        echo "$directory"
        return
    done
    # Put there by hand, by 'pulumi plugin install', by the engine itself, or by an earlier run from where it was then.
    if [ "$(kind_in "$target" "$1")" = genuine ]; then
        path=$(readlink -f "$target/$program")
        echo "${path%/*}"
        return
    fi
    while IFS= read -r path; do
        # One of another version behaves differently.
        if is_genuine "$path" && says "$path" "$2"; then
            (cd "${path%/*}" && pwd)
            return
        fi
    done < <(type -aP "$program" || true)
    return 1
}

# download NAME VERSION: the official way. Where it failed it is not tried again for a day: it costs time at every 'make'.
# Not into the engine's folder: a stand-in there would pass for an installation, and nothing would be downloaded.
download() {
    local stamp=$DATACENTRE_CACHE/plugin-download-failed-$1-$2
    if [ "$mode" != genuine ] && [ -n "$(find "$stamp" -mmin -1440 2>/dev/null)" ]; then
        return 1
    fi
    say "   plugin $1 $2: trying its download (at most 45 s)"
    mkdir -p "$DATACENTRE_CACHE/log" "$kept/plugins"
    if PULUMI_HOME=$kept PULUMI_SKIP_UPDATE_CHECK=true timeout 45 "$bin/pulumi" --non-interactive plugin install --exact --reinstall resource "$1" "$2" \
        >"$DATACENTRE_CACHE/log/plugin-$1.log" 2>&1; then
        rm -f "$stamp"
        return 0
    fi
    touch "$stamp"
    return 1
}

# clear_folder FOLDER NAME: takes a plugin's folder away from the engine. Links and stand-ins go; what may be nowhere else is kept.
clear_folder() {
    local program=$1/pulumi-resource-$2 keep=$kept/plugins/${1##*/}
    if [ ! -L "$1" ] && [ ! -e "$1.partial" ] && [ -s "$program" ] && [ ! -L "$program" ] &&
        [ "$(kind_of "$program")" != STAND-IN ] && ! is_genuine "$keep/${program##*/}"; then
        mkdir -p "$kept/plugins"
        rm -rf "$keep" "$keep.partial"
        mv "$1" "$keep"
    else
        rm -rf "$1"
    fi
    # It would hide from the engine what is to come in its place.
    rm -f "$1.partial" "$1.lock"
}

# place NAME VERSION DIRECTORY: links a genuine plugin into the engine's plugin folder, over a stand-in if there is one.
# The folder itself is no link: the engine lists folders, and passes over links to them.
place() {
    local target program=pulumi-resource-$1
    target=$(folder_of "$1" "$2")
    if [ ! -L "$target" ] && { [ "$3" -ef "$target" ] || [ "$(readlink "$target/$program" 2>/dev/null)" = "$3/$program" ]; }; then
        rm -f "$target.partial" "$target.lock"
        return
    fi
    clear_folder "$target" "$1"
    mkdir -p "$target"
    ln -s "$3/$program" "$target/$program"
}

# settle_others NAME VERSION [KIND]: other versions of a plugin, which the engine takes for what the state still has of them.
# With KIND those of the other kind go; without, each is named.
settle_others() {
    local folder version kind
    for folder in "$pulumi_home/plugins/resource-$1-v"*; do
        version=${folder##*"/resource-$1-v"}
        if [ ! -d "$folder" ] || [ "$version" = "$2" ]; then continue; fi
        kind=$(kind_in "$folder" "$1")
        # A version that is written otherwise (v1.2.1+x, v01.2.1) may be the same to the engine.
        if [[ ! $version =~ ^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}(-[0-9A-Za-z.-]+)?$ || $kind != "${3:-$kind}" ]]; then
            clear_folder "$folder" "$1"
            say "   plugin $1 $version ($kind): taken out of the engine's folder"
        elif [ "$kind" != none ]; then
            stage "plugin $1 $version, for what a state still has of it: $kind"
        fi
    done
}

stand_ins=() chosen=()
# What does without genuine plugins.
instead='unset DATACENTRE_PLUGINS'

# choose NAME VERSION KIND WORDS: what is to be in place at the end, and what is said of it then.
choose() { chosen+=("$1|$2|$3|$4"); }

resource() {
    local name=$1 version=$2 directory="" target
    [ -n "$version" ] || fail "package.json does not pin a version of @pulumi/$name" "write it there as \"x.y.z\""
    target=$(folder_of "$name" "$version")
    if [ "$mode" != stand-in ]; then
        if directory=$(find_genuine "$name" "$version") || { download "$name" "$version" && directory=$(find_genuine "$name" "$version"); }; then
            place "$name" "$version" "$directory"
            choose "$name" "$version" genuine " ($directory)"
            return
        fi
        [ "$mode" != genuine ] || fail "the genuine plugin $name $version is not there and could not be downloaded" \
            "see $DATACENTRE_CACHE/log/plugin-$name.log; put it in $HOME/.pulumi/plugins/resource-$name-v$version, or $instead"
    fi
    [ "$(kind_in "$target" "$name")" = STAND-IN ] || clear_folder "$target" "$name"
    stand_ins+=("$name")
    choose "$name" "$version" STAND-IN "${3:- (lab/plugins/$name)}"
}

# version_of PACKAGE: what package.json pins, which is the version that the program asks the engine for.
version_of() { sed -n "s|^ *\"$1\": \"\([0-9][0-9.]*\)\",\{0,1\}\$|\1|p" "$DC_ROOT/package.json" | head -n 1; }

resource command "$(version_of @pulumi/command)"
resource docker "$(version_of @pulumi/docker)"

# What stands in for a cloud would have an operator believe that there is one: it is taken when it is asked for, and at no other time.
cloud() {
    local mode=$mode instead='try the stack without an account, with SIMULATE=1'
    if [ -n "${DATACENTRE_SIMULATE:-}" ]; then
        mode=stand-in
    else
        mode=genuine
        say "   (SIMULATE=1 tries the stack without an account, on instances that are containers of this machine)"
    fi
    resource alicloud "$(version_of @pulumi/alicloud)" ", as SIMULATE asks for: no cloud, its instances are containers on this machine"
}
# Where nothing is simulated there is none, even before the genuine one is looked for, and whatever the stack is.
if [ -z "${DATACENTRE_SIMULATE:-}" ]; then
    for folder in "$pulumi_home/plugins/resource-alicloud-v"*; do
        [ "$(kind_of "$folder/pulumi-resource-alicloud")" != STAND-IN ] || clear_folder "$folder" alicloud
    done
fi
case " $* " in *" alicloud "*) cloud ;; esac

# host_kind: of the language host, which belongs to the engine: beside the real program, or there is none.
host_kind() {
    local engine
    engine=$(readlink -f "$bin/pulumi")
    kind_of "${engine%/*}/pulumi-language-nodejs"
}
host=$bin/pulumi-language-nodejs
if [ "$mode" != stand-in ] && [ ! -L "$bin/pulumi" ] && [ "$(host_kind)" != genuine ] && is_genuine "$kept/bin/${host##*/}"; then
    mv -f "$kept/bin/${host##*/}" "$host"
fi
if [ "$mode" != stand-in ] && [ "$(host_kind)" = genuine ]; then
    engine=$(readlink -f "$bin/pulumi")
    # A stand-in of earlier, on PATH for nobody.
    [ "$(kind_of "$host")" != STAND-IN ] || rm -f "$host"
    choose language-nodejs "" genuine " (${engine%/*})"
else
    [ "$mode" != genuine ] || fail "there is no genuine pulumi-language-nodejs beside the engine $(readlink -f "$bin/pulumi")" \
        "install the official Pulumi CLI on PATH, or $instead"
    # Beside an engine that is only linked, the engine would go on finding what lies beside the real one.
    [ ! -L "$bin/pulumi" ] || own_engine "$(readlink -f "$bin/pulumi")"
    if [ -e "$host" ] && [ "$(kind_of "$host")" != STAND-IN ]; then
        mkdir -p "$kept/bin"
        mv -f "$host" "$kept/bin/${host##*/}"
    fi
    stand_ins+=(language-nodejs)
    choose language-nodejs "" STAND-IN " (lab/plugins/language-nodejs)"
fi

if [ "${#stand_ins[@]}" -gt 0 ]; then
    "$DC_ROOT/lab/plugins/install.sh" --home "$pulumi_home" --bin "$bin" "${stand_ins[@]}" >/dev/null ||
        fail "the stand-ins for ${stand_ins[*]} could not be installed" "see above"
fi

for choice in "${chosen[@]}"; do
    IFS='|' read -r name version kind words <<<"$choice"
    if [ "$name" = language-nodejs ]; then
        what="language host nodejs" found=$(host_kind)
    else
        what="plugin $name $version" found=$(kind_in "$(folder_of "$name" "$version")" "$name")
    fi
    if [ "$found" != "$kind" ]; then
        remedy="remove $pulumi_home/plugins and $host, and run this again"
        [ "$kind" != STAND-IN ] || [ "$found" != none ] || remedy="lab/plugins/install.sh says which versions the stand-ins are of"
        fail "$what should be $kind, and what the engine will find is: $found" "$remedy"
    fi
    stage "$what: $kind$words"
    case $name,$mode in
        language-nodejs,*) ;;
        alicloud,*) settle_others "$name" "$version" "$kind" ;;
        *,any) settle_others "$name" "$version" ;;
        *) settle_others "$name" "$version" "$kind" ;;
    esac
done

# For env.sh: with stand-ins about, the engine must not look for downloads of its own accord.
printf '%s\n' "${stand_ins[*]}" >"$DC_CLONE/stand-ins"

# A login to a backend elsewhere is in the user's own home.
if [ -s "$user_home/credentials.json" ] && [ ! -e "$pulumi_home/credentials.json" ]; then
    ln -sfn "$(cd "$user_home" && pwd)/credentials.json" "$pulumi_home/credentials.json"
fi
