# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is read by marathon.sh
# Marathon from a package: what its unit lacks, as a drop-in.

put_program() { # sets `inputs`: all that its process runs with
    drop_container_unit marathon datacentre-marathon
    put_file /etc/systemd/system/marathon.service.d/datacentre.conf 0644 root:root "$drop_in"
    inputs=("$drop_in" "$version")
}
