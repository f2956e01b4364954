#!/usr/bin/env bash
# Installs the stand-ins of Pulumi plugins: small wrappers that run this clone's sources.
# Only what is named is installed, and only this script's own wrappers are overwritten:
# a genuine plugin in the same place is left alone.
set -euo pipefail

usage() {
    cat >&2 <<'USAGE'
usage: install.sh --home PULUMI_HOME --bin BINDIR NAME...
  NAME is one of alicloud, command, docker, language-nodejs.
  Resource plugins go to PULUMI_HOME/plugins, the language host to BINDIR,
  which has to be on PATH when pulumi runs.
USAGE
    exit 2
}

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(cd -- "$here/../.." && pwd)
marker="stand-in of a Pulumi plugin"
home="" bin="" names=()
while (($# > 0)); do
    case "$1" in
        --home) (($# > 1)) || usage; home=$2; shift 2 ;;
        --bin) (($# > 1)) || usage; bin=$2; shift 2 ;;
        alicloud | command | docker | language-nodejs) names+=("$1"); shift ;;
        *) echo "install.sh: unknown argument $1" >&2; usage ;;
    esac
done
[[ -n $home && -n $bin && ${#names[@]} -gt 0 ]] || usage
if [[ ! -f $root/node_modules/tsx/dist/cjs/index.cjs ]]; then
    echo "install.sh: tsx is not installed in $root: run npm ci there first" >&2
    exit 1
fi

# write_wrapper FILE PLUGIN: an executable that runs PLUGIN's main.ts with this clone's tsx.
write_wrapper() {
    local file=$1 plugin=$2 temporary
    if [[ -e $file ]] && ! grep -qs "$marker" "$file"; then
        echo "install.sh: $file is not a stand-in: left as it is" >&2
        return
    fi
    mkdir -p -- "$(dirname -- "$file")"
    temporary=$(mktemp -- "$file.XXXXXX")
    {
        printf '#!/usr/bin/env bash\n# %s: lab/plugins/%s\n' "$marker" "$plugin"
        printf 'exec node --require %q %q "$@"\n' \
            "$root/node_modules/tsx/dist/cjs/index.cjs" "$here/$plugin/main.ts"
    } > "$temporary"
    chmod 0755 -- "$temporary"
    mv -f -- "$temporary" "$file"
    echo "stand-in installed: $file"
}

for name in "${names[@]}"; do
    case "$name" in
        alicloud) write_wrapper "$home/plugins/resource-alicloud-v3.108.0/pulumi-resource-alicloud" alicloud ;;
        command) write_wrapper "$home/plugins/resource-command-v1.2.1/pulumi-resource-command" command ;;
        docker) write_wrapper "$home/plugins/resource-docker-v5.2.0/pulumi-resource-docker" docker ;;
        language-nodejs) write_wrapper "$bin/pulumi-language-nodejs" language-nodejs ;;
    esac
done
