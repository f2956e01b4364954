# shellcheck shell=bash
# One minor version at a time, and never back: what the API has stored in a newer form an older server cannot read.
# Source: Kubernetes 1.36, "Version Skew Policy".

minor_of() { local rest=${1#v}; rest=${rest#*.}; printf '%s' "${rest%%.*}"; } # 1.36.3

check_skew() { # FROM TO WHAT
    local from to
    from=$(minor_of "$1") to=$(minor_of "$2")
    if [ "$to" -lt "$from" ]; then
        fail "$3 is at $1, and Kubernetes goes no minor version back, as to $2" "set datacentre:versions.kubernetes to 1.$from, or build a new cluster"
    elif [ "$to" -gt $((from + 1)) ]; then
        fail "$3 is at $1, and Kubernetes goes one minor version at a time, not to $2" "set datacentre:versions.kubernetes to a release of 1.$((from + 1)) first"
    fi
}
