"""The compared hosts, from the file that BENCH_INVENTORY names (bench/contest/tools.ts)."""

import json
import os

with open(os.environ["BENCH_INVENTORY"], encoding="utf-8") as inventory:
    described = json.load(inventory)

hosts = [
    (
        one["address"],
        {
            "work": one["work"],
            "ssh_user": "root",
            "ssh_key": described["key"],
            "ssh_known_hosts_file": described["knownHosts"],
            "ssh_strict_host_key_checking": "yes",
            "ssh_allow_agent": False,
            "ssh_look_for_keys": False,
        },
    )
    for one in described["hosts"]
]
