import { answering, moved, stopped, type Damages } from "../lib/damage";

/** Longer than the master waits for an agent that does not answer. */
const givenUp = { harm: "systemctl stop mesos-slave; sleep 12", mend: "systemctl start mesos-slave; sleep 5" };

export const damages: Damages = (net) => {
    const leading = { harm: "systemctl stop mesos-master", mend: `systemctl start mesos-master; ${answering(`http://${net}.1:5050/master/state`)}; sleep 5` };
    return {
        "master runs, and starts with the host": { on: "master1", harm: "systemctl disable mesos-master", mend: "systemctl enable mesos-master" },
        "master's flags as described": { on: "master1", ...moved("/etc/mesos-master/cluster", "echo other > /etc/mesos-master/cluster") },
        "master has no other flags": { on: "master1", harm: "echo 5secs > /etc/mesos-master/offer_timeout", mend: "rm /etc/mesos-master/offer_timeout" },
        "master answers": { on: "master1", ...leading },
        "one master leads": { on: "master1", ...leading },
        "every replica of the masters' log votes": { on: "master1", ...leading },
        "the quorum fits the masters": { on: "master1", ...leading },
        "agent runs, and starts with the host": { harm: "systemctl disable mesos-slave", mend: "systemctl enable mesos-slave" },
        "agent's flags as described": moved("/etc/mesos-slave/hostname", "echo agent2 > /etc/mesos-slave/hostname"),
        "agent has no other flags": { harm: "echo x:y > /etc/mesos-slave/attributes", mend: "rm /etc/mesos-slave/attributes" },
        "agent is registered": stopped("mesos-slave"),
        "mesos-master is kept off": { harm: "systemctl enable mesos-master", mend: "systemctl disable mesos-master" },
        "every agent is active at the leader": { shows: "master1", ...givenUp },
        "agents call themselves as described": { shows: "master1", ...givenUp },
    };
};
