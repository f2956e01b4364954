# shellcheck shell=bash
# HAProxy of the host's package, for steps that run one of their own: whether it is new enough.

# Older releases of the yum family have an HAProxy that cannot be asked, or that does not know what is written here.
check_haproxy() { # REMEDY
    local version
    version=$(haproxy -v 2>/dev/null | sed -n '1s/^HA-\{0,1\}Proxy version \([0-9]*\.[0-9]*\).*/\1/p')
    case $version in
        '' | 1.* | 2.[0-3]) fail "HAProxy is ${version:-not there}, and 2.4 or newer is needed" "$1" ;;
    esac
}
