import { majorityOf } from "../../../config/nodes";
import { counted, listed } from "../faults";
import { readNumbers } from "./read";
import type { Master, Reason, Situation } from "./types";

type Answered = Master & { readonly numbers: Record<string, number> | undefined };

/** Whether the masters agree who leads, and are as many as they should be. Source: Mesos' documents on high availability. */
export function masterReasons({ masters = [] }: Situation): Reason[] {
    const all = masters.map((master) => ({ ...master, numbers: readNumbers(master.metrics) }));
    return all.length === 0 ? [] : [...leaders(all), ...framework(all), ...superfluous(all), ...quorum(all), ...even(all)];
}

const elected = (all: readonly Answered[]): Answered[] => all.filter(({ numbers }) => numbers?.["master/elected"] === 1);

const names = (masters: readonly Master[]): string => listed(masters.map(({ name }) => name));

function leaders(all: readonly Answered[]): Reason[] {
    const leading = elected(all);
    const silent = all.filter(({ numbers, described }) => described && !numbers);
    if (leading.length > 1) {
        const text = `${names(leading)} each hold themselves for the leading Mesos master`;
        const remedy = "write the same ZooKeeper members and path into /etc/mesos/zk of every node, and restart the masters";
        return [{ cause: "two-leaders", text, remedy }];
    }
    const [leader] = leading;
    if (!leader) {
        const text =
            silent.length > 0
                ? `no Mesos master leads; ${names(silent)} ${silent.length === 1 ? "does" : "do"} not answer`
                : "no Mesos master leads";
        const remedy =
            silent.length > 0
                ? "on those nodes 'systemctl status mesos-master' and 'journalctl -u mesos-master -n 50'; see that most ZooKeeper members answer"
                : "see that most ZooKeeper members answer, and that /etc/mesos/zk is the same on every node";
        return [{ cause: "no-leader", text, remedy }];
    }
    const text = `${leader.name} was elected and has not recovered its registry: fewer masters than the quorum keep it`;
    const remedy = `start the other masters${silent.length > 0 ? ` (${names(silent)})` : ""}, and see that quorum is more than half of their number`;
    return leader.numbers?.["registrar/log/recovered"] === 0 ? [{ cause: "no-leader", text, remedy }] : [];
}

function framework(all: readonly Answered[]): Reason[] {
    const [leader] = elected(all);
    return leader?.numbers?.["master/frameworks_active"] === 0
        ? [
              {
                  cause: "no-framework",
                  text: `no framework is registered with the leading master ${leader.name}, so Marathon gets no offers`,
                  remedy: "see 'journalctl -u marathon -n 50' on Marathon's node: its --master must be the masters' zk:// address",
              },
          ]
        : [];
}

function superfluous(all: readonly Answered[]): Reason[] {
    const described = all.filter((master) => master.described);
    const strange = all.filter((master) => !master.described);
    const size = elected(all)[0]?.numbers?.["registrar/log/ensemble_size"];
    const remedy = "stop the others and keep them from starting ('systemctl disable --now mesos-master'), then 'make up'";
    if (strange.length > 0) {
        return [
            {
                cause: "masters-superfluous",
                text: `${names(strange)} ${strange.length === 1 ? "runs" : "run"} a Mesos master and should not`,
                remedy,
            },
        ];
    }
    return size !== undefined && size > described.length
        ? [
              {
                  cause: "masters-superfluous",
                  text: `${size} masters keep the registry, and ${described.length} are described`,
                  remedy,
              },
          ]
        : [];
}

function quorum(all: readonly Answered[]): Reason[] {
    const described = all.filter((master) => master.described);
    const right = majorityOf(described.length);
    const wrong = described.filter((master) => master.quorum !== undefined && master.quorum !== right);
    const own = listed([...new Set(wrong.map((master) => master.quorum ?? 0))]);
    const text = `the quorum of ${names(wrong)} is ${own}, and ${counted(described.length, "master")} need ${right}`;
    return wrong.length > 0
        ? [{ cause: "quorum", text, remedy: `write ${right} into /etc/mesos-master/quorum, and restart them one by one` }]
        : [];
}

function even(all: readonly Answered[]): Reason[] {
    const number = all.filter((master) => master.described || master.numbers).length;
    return number > 0 && number % 2 === 0
        ? [
              {
                  cause: "masters-even",
                  text: `there are ${number} Mesos masters: an even number survives no more failures than ${number - 1}, and half of them decide nothing`,
                  remedy: `run ${number === 2 ? "one or three" : `${number - 1} or ${number + 1}`}, and disable mesos-master on the other nodes`,
              },
          ]
        : [];
}
