# shellcheck shell=sh
# Run by cloud-init at every boot, before anybody can log in: a machine that has only the second version of control groups,
# which Mesos does not know, is told once to have the first beside it, and boots again. Source: systemd(1) of Debian 12,
# systemd.unified_cgroup_hierarchy; GRUB reads /etc/default/grub.d on Debian and Ubuntu.
set -eu
setting=systemd.unified_cgroup_hierarchy=0
file=${ROOT:-}/etc/default/grub.d/zz-datacentre.cfg
[ -e "${ROOT:-}/sys/fs/cgroup/cgroup.controllers" ] || exit 0
# A machine that heeds it not is left to the first step, which says what is missing: it must not boot for ever.
[ ! -e "$file" ] && command -v update-grub >/dev/null || exit 0
mkdir -p "${file%/*}"
# shellcheck disable=SC2016 # GRUB's own variable
printf 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX %s"\n' "$setting" >"$file"
update-grub
reboot -f
