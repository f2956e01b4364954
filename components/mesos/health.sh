# shellcheck shell=bash
# How a master or an agent is, by its own word and its journal's.

healthy() { [ "$(http "http://$1/health")" = 200 ]; } # ADDRESS:PORT

# A metric that stands at 1.
is_one() { get "http://$1/metrics/snapshot" | grep -E "\"$2\": *1(\\.0)?[,}]" >/dev/null; } # ADDRESS:PORT NAME

why() { journal_says "$1" -E '^[EF][0-9]{4}|^docker: |Failed|EXIT|unknown flag|Incompatible|ERROR'; } # UNIT
