# shellcheck shell=bash
# What systems have in common whose members agree by a majority. Who runs now is asked of the running system; what a host notes is whom
# it was told of last, and that its member has left.

members_note=$state/members/$step

majority() { printf '%s' $(($1 / 2 + 1)); } # COUNT

# Whom this host was told of last, a line each; nothing before its first time.
told_members() { cat "$members_note" 2>/dev/null || true; }

# True on a host that was a member before, whatever became of its data.
was_member() { [ -s "$members_note" ]; }

note_members() { # MEMBER...
    mkdir -p "${members_note%/*}"
    printf '%s\n' "$@" >"$members_note.new" && mv "$members_note.new" "$members_note"
}

forget_members() { rm -f "$members_note"; }

# Of the lines on stdin, those that are none of the members.
strangers() { # MEMBER...
    local line member known
    while read -r line; do
        known=
        for member in "$@"; do [ "$line" != "$member" ] || known=yes; done
        [ -n "$known" ] || printf '%s\n' "$line"
    done
}

# Refuses what would leave fewer than must agree. COUNT are those that would be left at work, NAMES those that are not there now.
hold_quorum() { # COUNT NEEDED WHAT [NAMES] [UNIT]
    [ "$1" -lt "$2" ] || return 0
    fail "$3 would leave $1 at work, and $2 must agree${4:+; not at work: $4}" \
        "bring ${4:-the others} back${5:+ ('systemctl start $5' there; 'journalctl -u $5' says why it ended)}, then run 'make up' again"
}
