# shellcheck shell=bash
# How a master or an agent is, by its own word and its journal's.

healthy() { [ "$(http "http://$1/health")" = 200 ]; } # ADDRESS:PORT

# JSON with slashes as they are: Mesos up to 1.6 escapes them, which is the same JSON, and no tool that reads it is on every host.
get_json() { get "$1" | sed 's,\\/,/,g'; } # URL

# A number of /metrics/snapshot.
metric_is() { # NAME PATTERN: true where the snapshot on stdin has it with that value
    grep -E "\"$1\": *$2 *[,}]" >/dev/null
}

# A metric that stands at 1.
is_one() { get_json "http://$1/metrics/snapshot" | metric_is "$2" '1(\.0)?'; } # ADDRESS:PORT NAME

why() { journal_says "$1" -E '^[EF][0-9]{4}|^docker: |Failed|EXIT|unknown flag|Incompatible|ERROR'; } # UNIT
