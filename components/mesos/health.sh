# shellcheck shell=bash
# How a master or an agent is, by its own word and its journal's.

healthy() { [ "$(http "http://$1/health")" = 200 ]; } # ADDRESS:PORT

# A number of /metrics/snapshot. Up to 1.6 a slash in a name is escaped.
metric_is() { # NAME PATTERN: true where the snapshot on stdin has it with that value
    grep -E "\"${1//\//\\\\?/}\": *$2[,}]" >/dev/null
}

# A metric that stands at 1.
is_one() { get "http://$1/metrics/snapshot" | metric_is "$2" '1(\.0)?'; } # ADDRESS:PORT NAME

why() { journal_says "$1" -E '^[EF][0-9]{4}|^docker: |Failed|EXIT|unknown flag|Incompatible|ERROR'; } # UNIT
