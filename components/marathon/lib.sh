# shellcheck shell=bash
# How Marathon's API is asked. The login, where there is one, reaches curl by its standard input: a step has it itself, or a file of the
# host's that only root can read.

credentials_file=/etc/marathon/credentials.env

login_of() { # as curl's configuration wants it
    if [ -n "${login-}" ]; then
        printf 'user = "%s"\n' "$login"
    else
        sed -n 's/^MARATHON_HTTP_CREDENTIALS="\(.*\)"$/user = "\1"/p' "$credentials_file" 2>/dev/null
    fi
}

# Where the step of an app notes which version of it is ours.
record_of() { printf '%s/apps/%s' "$state" "$(tr / '~' <<<"$1")"; } # ID

# Sets `status` and `body`. Every Marathon answers for the leader; one that is down, or knows of no leader, is passed over.
call() { # METHOD PATH [BODY]
    local url answer
    status=000 body=
    for _ in {1..10}; do
        for url in "${marathons[@]}"; do
            answer=$(printf '%s' "${3-}" | timeout 60 curl -sS -K <(login_of) -X "$1" -w '\n%{http_code}' --connect-timeout 5 \
                -H 'Content-Type: application/json' -H 'Accept: application/json' ${3:+--data-binary @-} "$url$2" 2>/dev/null) || continue
            # shellcheck disable=SC2034 # read by those who call
            status=${answer##*$'\n'} body=${answer%$'\n'*}
            case $status in
                401 | 403) fail "Marathon at $url refuses the login" "set datacentre:marathon.credentials to what it was set up with, or run 'make up CONVERGE=1'" ;;
                000 | 5??) ;;
                *) return 0 ;;
            esac
        done
        sleep 2
    done
    fail "no Marathon answers $1 $2 (last status $status): ${marathons[*]}" "see 'systemctl status marathon' there, and whether a Mesos master leads ('make verify')"
}
