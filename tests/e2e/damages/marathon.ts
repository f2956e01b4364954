import { answering, marathonAt, moved, type Damages } from "../lib/damage";

export const damages: Damages = (net) => {
    const withoutMarathon = { harm: "systemctl stop marathon", mend: `systemctl start marathon; ${answering(`${marathonAt(net)}/v2/leader`)}; sleep 3` };
    return {
        "service runs, and starts with the host": { on: "master1", harm: "systemctl disable marathon", mend: "systemctl enable marathon" },
        "configuration files as described": {
            on: "master1",
            ...moved("/etc/systemd/system/marathon.service.d/datacentre.conf", "echo '# x' >> /etc/systemd/system/marathon.service.d/datacentre.conf"),
        },
        "API answers": { on: "master1", ...withoutMarathon },
        "one leads, and all know it": { on: "master1", ...withoutMarathon },
    };
};
