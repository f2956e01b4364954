# shellcheck shell=bash
# Before anything else of the first step on a host: where its scripts are. The engine has sent them to the home of the user who logs in,
# where the step begins; what is taken from there is known by its checksum.
# shellcheck disable=SC2154 # its parameters
scripts_home=/var/lib/datacentre/scripts
sent=$PWD/$sent_as
if [ -e "$sent" ] && [ "$(sha256sum <"$sent")" = "$pack  -" ]; then
    # Kept for good by a host that is found to be ours (prepare.sh).
    scripts_home=/run/datacentre/scripts
    rm -rf "$scripts_home" && (umask 077 && mkdir -p "$scripts_home")
    put() { cat >"$scripts_home/$1"; }
    # shellcheck disable=SC1090 # what was sent
    . "$sent"
elif [ ! -e "$scripts_home/$pack" ] && { [ "$1" != undo ] || [ -e "${scripts_home%/*}" ]; }; then
    printf 'datacentre: %s on %s: %s is not what this host was to be sent\n  remedy: %s\n' \
        "$step" "$node" "$sent" "pulumi up --replace '**::scripts-$node'" >&2
    exit 1
fi
