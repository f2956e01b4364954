/** Which version may follow which, as the systems' makers say it. */
import { dockerLeaf } from "../../components/docker/schema";
import { etcdLeaf } from "../../components/etcd/schema";
import { glusterfsLeaf } from "../../components/glusterfs/schema";
import { marathonLeaf } from "../../components/marathon/schema";
import { mesosLeaf } from "../../components/mesos/schema";
import { zookeeperLeaf } from "../../components/zookeeper/schema";
import type { SystemSchema } from "../../config/system-schema";
import { refusal } from "../../config/upgrades";

const way = ({ name, upgrades }: SystemSchema, from: string, to: string) => refusal(name, upgrades!, from, to);

it.each([
    [etcdLeaf, "3.4.23", "3.5.16"],
    [etcdLeaf, "3.5.16", "3.5.9"],
    [etcdLeaf, "3.4.23", "3.5"],
    [zookeeperLeaf, "3.5.8", "3.9.3"],
    [zookeeperLeaf, "3.9.3", "3.9.2"],
    [mesosLeaf, "1.5.3", "1.11.0"],
    [mesosLeaf, "1.11.0", "1.5.3"],
    [dockerLeaf, "20.10.24", "26.1.5"],
    [glusterfsLeaf, "9.2", "11.1"],
    [glusterfsLeaf, "10.3", "10.1"],
    [marathonLeaf, "1.11.24", "1.11.20"],
])("%# lets %o go from %s to %s", (leaf, from, to) => {
    expect(way(leaf, from, to)).toBeUndefined();
});

it.each([
    [etcdLeaf, "3.4.23", "3.6.1", /by every series between/, /versions\.etcd to 3\.5 first/],
    [etcdLeaf, "3.3.25", "3.5", /by every series between/, /to 3\.4 first/],
    [etcdLeaf, "3.5.16", "3.4.23", /does not go back to 3\.4\.23: once all members/, /versions\.etcd to 3\.5$/],
    [etcdLeaf, "3.10.1", "3.9.9", /does not go back/, /3\.10$/],
    [zookeeperLeaf, "3.9.3", "3.8.0", /does not go back to 3\.8\.0/, /versions\.zookeeper to 3\.9$/],
    [dockerLeaf, "26.1.5", "20.10.24", /does not go back/, /26\.1$/],
    [glusterfsLeaf, "11.1", "10.3", /op-version/, /versions\.glusterfs to 11$/],
    [marathonLeaf, "1.11.24", "1.10.1", /a copy of that from before/, /1\.11$/],
])("%# refuses %o from %s to %s, with the remedy", (leaf, from, to, problem, remedy) => {
    expect(way(leaf, from, to)).toEqual({ problem: expect.stringMatching(problem), remedy: expect.stringMatching(remedy) });
});

it("leaves versions alone that cannot be compared", () => {
    expect(way(etcdLeaf, "3", "3.5")).toBeUndefined();
    expect(way(etcdLeaf, "edge", "3.5")).toBeUndefined();
});
