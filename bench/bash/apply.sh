# shellcheck shell=bash
# The compared work as plain bash: the functions that a host's script calls, which bench/bash/script.ts writes from bench/work/work.ts.
# It is fed to `bash` by one SSH connection a host, all hosts at once.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
changes=0
rewritten=

changed() { changes=$((changes + 1)); }

owner_and_mode() { # PATH MODE OWNER
    [ "$(stat -c '%a %U:%G' "$1")" = "$((10#$2)) $3" ] || { chown "$3" "$1" && chmod "$2" "$1" && changed; }
}

file() { # PATH MODE OWNER CONTENT
    if cmp -s "$1" <(printf '%s' "$4"); then
        owner_and_mode "$1" "$2" "$3"
    else
        mkdir -p "${1%/*}"
        printf '%s' "$4" >"$1.new"
        chown "$3" "$1.new" && chmod "$2" "$1.new" && mv -f "$1.new" "$1"
        changed
        rewritten=yes
    fi
}

directory() { # PATH MODE OWNER
    [ -d "$1" ] || { mkdir -p "$1" && changed; }
    owner_and_mode "$1" "$2" "$3"
}

hosts_block() { # LINES
    local new
    new=$(sed '/^# datacentre: begin$/,/^# datacentre: end$/d' /etc/hosts && printf '# datacentre: begin\n%s# datacentre: end' "$1")
    [ "$new" = "$(cat /etc/hosts)" ] || { printf '%s\n' "$new" >/etc/hosts && changed; }
}

packages() { # NAME...
    local name missing=()
    for name in "$@"; do dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name"); done
    [ "${#missing[@]}" -gt 0 ] || { rewritten=; return 0; }
    [ -z "$rewritten" ] || apt-get -q update >/dev/null
    rewritten=
    # What they start is not configured yet.
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 0755 /usr/sbin/policy-rc.d
    apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install "${missing[@]}" >/dev/null
    rm -f /usr/sbin/policy-rc.d
    changed
}

idle() { # UNIT
    [ -n "$(systemctl list-unit-files --no-legend "$1")" ] || return 0
    if systemctl is-enabled --quiet "$1" 2>/dev/null || systemctl is-active --quiet "$1"; then systemctl disable --quiet --now "$1" && changed; fi
}

user() { # NAME HOME
    getent passwd "$1" >/dev/null || { useradd --system --user-group --home-dir "$2" --no-create-home --shell /usr/sbin/nologin "$1" && changed; }
}

first() { # PATH COMMAND
    [ -e "$1" ] || { bash -c "$2" && changed; }
}

unit() { # UNIT
    [ -z "$rewritten" ] || systemctl daemon-reload
    systemctl is-enabled --quiet "$1" 2>/dev/null || { systemctl enable --quiet "$1" && changed; }
    if ! systemctl is-active --quiet "$1"; then
        systemctl start "$1" && changed
    elif [ -n "$rewritten" ]; then
        systemctl restart "$1" && changed
    fi
}

answers() { # COMMAND
    bash -c "$1" >/dev/null || { echo "no answer: $1" >&2 && exit 1; }
}
