# shellcheck shell=bash
# How GlusterFS' steps speak with glusterd.

# shellcheck disable=SC2034 # for the scripts that follow this one
gluster_home=/var/lib/glusterd

# Asks glusterd, again while somebody else's transaction holds the cluster's lock; what it said is in $answer.
ask() { # gluster's words
    local until=$((SECONDS + 90))
    while ! answer=$(timeout 180 gluster --mode=script "$@" 2>&1 9>&-); do
        [[ $answer == *'nother transaction'* || $answer == *'ocking failed'* || $answer == *'try again'* ]] || return 1
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 1
    done
}

gluster_answers() { timeout 10 gluster --mode=script pool list >/dev/null 2>&1; }

# The last of what gluster said, for an error text.
said() { tr '\n' ' ' <<<"$answer" | sed 's/  */ /g; s/ $//' | cut -c 1-300; }

# The reason in glusterd's log, of its last lines that are errors.
glusterd_errors() {
    { grep -hE '^\[[^]]+\] E ' /var/log/glusterfs/glusterd.log 2>/dev/null || true; } | tail -n 3 |
        sed -E 's/^\[[^]]+\] E \[[^]]*\] //' | tr '\n' ' ' | cut -c 1-400
}

remember_what_ran() { # NAME COMMAND...: keeps, once, what the command says before our first change
    local file=$state/gluster/$1
    shift
    [ -e "$file" ] && return 0
    mkdir -p "$state/gluster"
    { "$@" || true; } >"$file.new"
    mv "$file.new" "$file"
}
