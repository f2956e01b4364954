# shellcheck shell=bash
# A service's answers by HTTP.

http() { timeout 5 curl -sS -o /dev/null -w '%{http_code}' "$1" 2>/dev/null || true; } # URL: its status

get() { timeout 10 curl -fsS "$1" 2>/dev/null; }
