/** Where steps write on a host: what a unit test that runs one must point elsewhere, since here it is somebody's own machine. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const places = [
    ..."/run/datacentre /run/datacentre.purge-data /run/datacentre.renew-certificates /run/systemd/system".split(" "),
    ..."/var/lib/datacentre /var/lib/datacentre-bundle /var/lib/datacentre-flannel /etc/datacentre /usr/local/lib/datacentre-step".split(" "),
    ..."/etc/mesos /etc/mesos-master /etc/mesos-slave /etc/mesos-agent /etc/zookeeper /etc/etcd /etc/calico".split(" "),
];

/** Every file below the places, with when it was last changed: a path and milliseconds each. */
export function written(): Map<string, number> {
    const found = new Map<string, number>();
    const look = (path: string): void => {
        const about = statSync(path, { throwIfNoEntry: false });
        if (about?.isDirectory()) {
            found.set(`${path}/`, 0);
            readdirSync(path).forEach((name) => look(join(path, name)));
        } else if (about !== undefined) {
            found.set(path, about.mtimeMs);
        }
    };
    places.filter((path) => existsSync(path)).forEach(look);
    return found;
}
