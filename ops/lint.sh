#!/usr/bin/env bash
# Lint, each part on its own: `ops/lint.sh [eslint|types|shellcheck|syntax|go]...`, all without arguments.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# Shell files, tracked or new: *.sh, and names without a suffix whose first line names a shell.
shell_files() {
    local file first
    { git ls-files --cached --others --exclude-standard 2>/dev/null || find . -name node_modules -prune -o -type f -printf '%P\n'; } |
        while IFS= read -r file; do
            [ -f "$file" ] || continue
            case ${file##*/} in
                *.sh) printf '%s\n' "$file" ;;
                *.*) ;;
                *)
                    IFS= read -r first <"$file" 2>/dev/null || continue
                    [[ $first != '#!'*sh ]] || printf '%s\n' "$file"
                    ;;
            esac
        done | sort -u
}

lint_eslint() { npx --no-install eslint --max-warnings 0 .; }
lint_types() { npx --no-install tsc -p tsconfig.check.json; }

lint_shellcheck() {
    if ! command -v shellcheck >/dev/null; then
        printf 'error: shellcheck is not installed\n  remedy: make setup, or apt-get install shellcheck\n' >&2
        return 1
    fi
    shell_files | tr '\n' '\0' | xargs -0 shellcheck
}

lint_syntax() {
    local file status=0
    while IFS= read -r file; do bash -n "$file" || status=1; done < <(shell_files)
    return "$status"
}

# The lab's own programs.
lint_go() {
    local unformatted
    if ! command -v go >/dev/null; then
        printf 'error: Go is not installed\n  remedy: install Go 1.25 or newer, which the lab is built with\n' >&2
        return 1
    fi
    unformatted=$(gofmt -l lab/doubles lab/calico lab/kubernetes lab/upstream) || return 1
    [ -z "$unformatted" ] || { printf 'not as gofmt writes it: %s\n' "$unformatted" >&2; return 1; }
    (cd lab/doubles && go vet ./...) && (cd lab/calico && go vet ./docker-driver) && (cd lab/kubernetes/own && go vet ./...) && (cd lab/upstream && go vet ./...)
}

[ $# -gt 0 ] || set -- eslint types shellcheck syntax go
failed=()
for part in "$@"; do
    printf 'lint: %s\n' "$part" >&2
    "lint_$part" || failed+=("$part")
done
if [ "${#failed[@]}" -gt 0 ]; then
    printf 'lint: failed: %s\n' "${failed[*]}" >&2
    exit 1
fi
