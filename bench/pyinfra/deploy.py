"""The compared work as a pyinfra deploy. `work` is a host's part of it (bench/work/work.ts). A step a system, in the order of our own."""

from io import StringIO

from pyinfra import host
from pyinfra.facts.deb import DebPackages
from pyinfra.facts.files import File
from pyinfra.facts.server import Users
from pyinfra.facts.systemd import SystemdEnabled, SystemdStatus
from pyinfra.operations import apt, files, server, systemd
from pyinfra.operations.util import any_changed

work = host.data.work


def put(file):
    return files.put(
        name=file["path"],
        src=StringIO(file["content"]),
        dest=file["path"],
        mode=file["mode"],
        user=file["user"],
        group=file["group"],
    )


repositories = [put(file) for file in host.loop(work["repositories"])]
files.block(
    name="hosts file",
    path="/etc/hosts",
    content=work["hostsBlock"].rstrip("\n").split("\n"),
    marker="# datacentre: {mark}",
    begin="begin",
    end="end",
)
installed = host.get_fact(DebPackages)
missing = [name for name in work["packages"] if name not in installed]
# What packages start is not configured yet.
server.shell(
    name="let packages start nothing",
    commands=["printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d && chmod 0755 /usr/sbin/policy-rc.d"],
    _if=lambda: bool(missing),
)
apt.update(name="package lists", _if=any_changed(*repositories))
apt.packages(
    name="packages",
    packages=work["packages"],
    no_recommends=True,
    extra_install_args="-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold",
)
server.shell(name="let packages start services", commands=["rm -f /usr/sbin/policy-rc.d"], _if=lambda: bool(missing))
for unit in host.loop(work["idle"]):
    # Not every package brings each of them, and which are there is known when the packages are.
    server.shell(
        name=f"no {unit}",
        commands=[f"[ -z \"$(systemctl list-unit-files --no-legend {unit})\" ] || systemctl disable --now {unit}"],
        _if=lambda: bool(missing),
    )
    if not missing and (host.get_fact(SystemdEnabled).get(unit) or host.get_fact(SystemdStatus).get(unit)):
        systemd.service(name=f"no {unit}", service=unit, running=False, enabled=False)

for step in host.loop(work["steps"]):
    # A user that a package made stays as the package made it, as with our steps.
    for user in host.loop(step["users"]):
        if not missing and user["name"] in host.get_fact(Users):
            continue
        server.shell(
            name=f"user {user['name']}",
            commands=[
                f"getent passwd {user['name']} >/dev/null ||"
                f" useradd --system --user-group --home-dir {user['home']} --no-create-home --shell /usr/sbin/nologin {user['name']}"
            ],
        )
    for directory in host.loop(step["directories"]):
        files.directory(
            name=directory["path"],
            path=directory["path"],
            mode=directory["mode"],
            user=directory["user"],
            group=directory["group"],
        )
    written = [put(file) for file in host.loop(step["files"])]
    for first in host.loop(step["firsts"]):
        if not host.get_fact(File, path=first["creates"]):
            server.shell(name=first["creates"], commands=[first["command"]])
    for unit in host.loop(step["units"]):
        # Its restart is one where it runs already: the order of members is kept by _serial.
        systemd.service(name=unit, service=unit, running=True, enabled=True, daemon_reload=bool(missing))
        systemd.service(
            name=f"{unit} with other files",
            service=unit,
            restarted=True,
            daemon_reload=True,
            _serial=True,
            _if=lambda written=written: not missing and any_changed(*written)(),
        )
    for answer in host.loop(step["answers"]):
        server.shell(name=f"{step['step']} answers", commands=[answer])
