# shellcheck shell=bash
# Packages that go by several names. A wanted spec is one choice or several, `|` between, and a choice is one name or several, `,`
# between, with what their version has to begin with: `docker.io=26|docker-ce,docker-ce-cli=26`. One with bounds in place of that,
# `docker-ce,docker-ce-cli~18.09:28`, is never installed: it lets stay what is there. What a host has goes before what it could get.

# Sets `specs` to what the wanted ones come to on this host, each NAME or NAME=PREFIX.
choose() { # SPEC...
    local spec chosen name refreshed=
    specs=()
    for spec in "$@"; do
        if [[ $spec != *[\|,~]* ]]; then specs+=("$spec"); continue; fi
        if ! present_choice "$spec" && ! offered_choice "$spec"; then
            # Nothing may have been read of the sources yet.
            if [ "$family" = apt ] && [ -z "$refreshed" ]; then refreshed=yes; apt_update; fi
            present_choice "$spec" || offered_choice "$spec" || no_choice "$spec"
        fi
        [[ $chosen != *"~"* ]] || continue
        for name in $(names_of "$chosen"); do specs+=("$name$(wish_of "$chosen")"); done
    done
}

choices_of() { tr '|' '\n' <<<"$1"; }
names_of() { tr ',' ' ' <<<"${1%%[=~]*}"; }
# Nothing, =PREFIX or ~FROM:TO.
wish_of() { printf '%s' "${1#"${1%%[=~]*}"}"; }

# Sets `chosen` to the first choice that the host has begun, as its first package, and can have whole.
present_choice() { # SPEC
    local first name
    for chosen in $(choices_of "$1"); do
        read -r first _ <<<"$(names_of "$chosen")"
        [ -n "$("${family}_version" "$first")" ] || continue
        for name in $(names_of "$chosen"); do
            is_fit "$name" "$(wish_of "$chosen")" || is_offered "$name" "$(wish_of "$chosen")" || continue 2
        done
        return 0
    done
    return 1
}

# The same, of what is not there: the first that the sources have whole, where the host has begun none.
offered_choice() { # SPEC
    local first
    for chosen in $(choices_of "$1"); do
        read -r first _ <<<"$(names_of "$chosen")"
        [ -z "$("${family}_version" "$first")" ] || return 1
    done
    offered_of "$1"
}

offered_of() { # SPEC
    local name
    for chosen in $(choices_of "$1"); do
        for name in $(names_of "$chosen"); do is_offered "$name" "$(wish_of "$chosen")" || continue 2; done
        return 0
    done
    return 1
}

is_offered() { # NAME WISH
    [[ $2 != "~"* ]] && "${family}_offers" "$1" "${2#=}"
}

# Whether the package is there in a version that fits.
is_fit() { # NAME WISH
    local version
    version=$("${family}_version" "$1")
    [ -n "$version" ] || return 1
    case $2 in
        "~"*) is_between "$version" "${2#"~"}" ;;
        *) begins_with "$version" "${2#=}" ;;
    esac
}

begins_with() { # VERSION PREFIX: 3.40 is no 3.4
    [[ $1 == "$2"* && ( -z $2 || ${1#"$2"} != [0-9]* ) ]]
}

# Both bounds are series, and included.
is_between() { # VERSION FROM:TO
    local from=${2%%:*} to=${2##*:}
    begins_with "$1" "$from" || begins_with "$1" "$to" ||
        [ "$(printf '%s\n' "$from" "${1%%[!0-9.]*}" "$to" | sort -V | sed -n 2p)" = "${1%%[!0-9.]*}" ]
}

# What is there of several in a version that works does not do alone.
name_lacking() { # NAME CHOICE
    local other version
    for other in $(names_of "$2"); do
        ! is_fit "$other" "$(wish_of "$2")" || continue
        version=$("${family}_version" "$other")
        fail "$1 $("${family}_version" "$1") is on this host, and $other, which goes with it, is ${version:-missing}" \
            "install $other of its version, or remove $1 ('make up' installs its own)"
    done
}

no_choice() { # SPEC
    local choice name wish version names=""
    for choice in $(choices_of "$1"); do
        wish=$(wish_of "$choice")
        read -r name _ <<<"$(names_of "$choice")"
        version=$("${family}_version" "$name")
        if [[ -n $version && $wish == "~"* ]]; then
            if is_fit "$name" "$wish"; then name_lacking "$name" "$choice"; fi
            wish=${wish#"~"}
            fail "$name $version is on this host, and what works is ${wish%%:*} to ${wish##*:}" \
                "install one of these in its place, or remove it ('make up' installs its own)"
        elif [ -n "$version" ]; then
            fail "$name $version is on this host, ${wish#=} is described, and no package source of the host offers that" \
                "choose a version in datacentre:versions that the host has, or add a source (datacentre:sources)"
        fi
        [[ $wish == "~"* ]] || names+="${names:+ or }$name${wish:+ of version ${wish#=}}"
    done
    read -r name _ <<<"$(names_of "$1")"
    "${family}_refuse" "$name" "$names"
}
