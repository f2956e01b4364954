# shellcheck shell=bash
# The drop-in by which Docker starts after flanneld, with the lease's options besides its own.

docker_drop_in=/etc/systemd/system/docker.service.d/datacentre-flannel.conf

# As the package has it, or a drop-in of somebody else.
docker_start() {
    systemctl cat docker.service 2>/dev/null |
        awk -v ours="# $docker_drop_in" '/^# \// {skip = ($0 == ours || /datacentre-once/)} !skip && /^ExecStart=./ {line = $0} END {print line}'
}

put_docker_options() {
    local start
    start=$(docker_start)
    [ -n "$start" ] || fail "docker.service says nothing of how it starts" "see 'systemctl cat docker'; the whole stack's 'prepare' step installs it"
    for_unit
    put_file "$docker_drop_in" 0644 root:root "[Unit]
After=$flannel_unit.service
Wants=$flannel_unit.service

[Service]
ExecStartPre=-$helper docker-options
EnvironmentFile=-/run/flannel/docker.env
ExecStart=
$start \$DATACENTRE_FLANNEL
"
    reload_if_needed docker.service
}

drop_docker_options() {
    restore "$docker_drop_in"
    drop_dirs "${docker_drop_in%/*}"
    reload_if_needed docker.service
}
