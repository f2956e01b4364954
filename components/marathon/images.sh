# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is read by marathon.sh
# Marathon in a container: a unit of our own.

put_program() { # sets `inputs`: all that its process runs with
    put_image "$image"
    restore /etc/systemd/system/marathon.service.d/datacentre.conf
    drop_dirs /etc/systemd/system/marathon.service.d
    put_dir /etc/marathon 0755 root:root
    put_container_unit marathon "$container_unit"
    inputs=("$container_unit" "$(image_id "$image")")
}
