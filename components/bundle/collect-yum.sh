#!/bin/bash
# As collect-apt.sh, for the yum family: an image of the hosts' own release that has dnf with its plugin `download`, and createrepo_c.
# /input has NAME.repo with NAME.asc for each repository besides the image's own.
set -euo pipefail
export LC_ALL=C
# shellcheck source=components/packages/yum.sh
. /scripts/packages/yum.sh
# shellcheck source=components/packages/choices.sh
. /scripts/packages/choices.sh
# shellcheck source=components/bundle/collect.sh
. /scripts/bundle/collect.sh

mkdir -p "$work" "$packages"
{ command -v dnf && dnf download --help && command -v createrepo_c; } >/dev/null 2>&1 ||
    refuse "the image lacks dnf, its plugin 'download' or createrepo_c" \
        "give datacentre:bundle.base an image of the hosts' release with dnf, dnf-plugins-core and createrepo_c in it"

add_sources .repo /etc/yum.repos.d /etc/pki/rpm-gpg ""
# shellcheck disable=SC2034 # choices.sh uses it
family=yum
picks=()
pick() { picks+=("$1${2:+-${2}[!0-9]*}"); }
each_wanted pick
# --alldeps: what the image has installed is taken along, since a host may lack it.
find_all() { dnf -q -y --setopt=install_weak_deps=False download --resolve --alldeps "$@" "${picks[@]}"; }
find_all --destdir "$packages" >&2 ||
    refuse "dnf did not find all of ${picks[*]} with what they need" "see above; name repositories in datacentre:sources, or archives"
wanted=" $(find_all --urls | sed 's:.*/::' | tr '\n' ' ')"
for file in "$packages"/*.rpm; do [[ $wanted == *" ${file##*/} "* ]] || rm -f "$file"; done
createrepo_c -q --revision 1 --set-timestamp-to-revision --no-database "$packages" >&2
for file in "$packages"/*.rpm; do rpm -qp --qf "%{NAME}\t%{VERSION}-%{RELEASE}\t${file##*/}\n" "$file" 2>/dev/null; done >"$work/list"
# shellcheck source=/dev/null
(. /etc/os-release && write_release "$ID" "${VERSION_ID%%.*}" "$(uname -m)")
chown -R "$OWNER" /bundle
