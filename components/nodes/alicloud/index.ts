import { EcsDisk } from "@pulumi/alicloud/ecs/ecsDisk";
import { EcsDiskAttachment } from "@pulumi/alicloud/ecs/ecsDiskAttachment";
import { EcsKeyPair } from "@pulumi/alicloud/ecs/ecsKeyPair";
import { EipAssociation } from "@pulumi/alicloud/ecs/eipAssociation";
import { Instance } from "@pulumi/alicloud/ecs/instance";
import { RamRoleAttachment } from "@pulumi/alicloud/ecs/ramRoleAttachment";
import { Provider } from "@pulumi/alicloud/provider";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre, NodeSpec } from "../../../config/schema";
import type { Systems } from "../../../config/systems";
import { hostKey, operatorKey } from "../keys";
import type { DataDisk, ManagedNode } from "../managed-node";
import { findAccount } from "./account";
import { Lookups } from "./lookups";
import { publicAddress, Vpc } from "./network";
import { diskInputs, disksOf, machineInputs, tagsOf, vswitchOf } from "./plan";
import { instanceOf, type AlicloudSpec } from "./schema";
import { importable, needsCgroup1, userData } from "./user-data";

export interface AlicloudNodesArgs {
    dataCentre: DataCentre;
    /** What there is to put on the machines. */
    systems: Systems;
    provider: AlicloudSpec;
    stack: string;
    /** `project/stack`: the value of every tag `datacentre.stack`. */
    owner: string;
}

/**
 * Hosts as ECS instances in a VPC of the stack's own: fixed private addresses, known SSH keys, data disks, and one public
 * address on the node that is the bastion. Every other node is reached through it.
 *
 * What cannot be made again by itself stays when the stack goes: data disks. They can be taken up by their ids.
 * A machine's image, and its first boot's data, stay what they were: another image wipes the system disk, and other data
 * reboots the machine without being read. To have them, replace the machine.
 */
export class AlicloudNodes extends pulumi.ComponentResource {
    public readonly nodes: ManagedNode[];

    public constructor(name: string, args: AlicloudNodesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:nodes:Alicloud", name, {}, opts);
        const { provider, dataCentre: dc, owner, stack } = args;
        const credentials = findAccount();
        const account = new Provider(`${name}-account`, { region: provider.region, ...credentials.args }, { parent: this });
        const inside = { parent: this, provider: account };
        const lookups = new Lookups(provider, { parent: this, provider: account }, credentials.askable);
        const network = new Vpc(name, { dataCentre: dc, systems: args.systems, provider, owner, lookups }, { parent: this, providers: [account] });
        const operator = operatorKey(stack);
        const keyPair = importable(operator.publicKey)
            ? new EcsKeyPair(
                  `${name}-key-pair`,
                  { keyPairName: `${provider.prefix}-operator`, publicKey: operator.publicKey, tags: tagsOf(provider, owner) },
                  inside,
              )
            : undefined;

        const machines = new Map(
            dc.nodes.map((node) => [node.name, this.machine(node, args, network, lookups, keyPair, inside)] as const),
        );
        const entry = this.entry(name, args, machines.get(provider.bastion), inside);
        const bastionKey = hostKey(stack, provider.bastion).publicKey;
        const login = { port: 22, user: "root", privateKey: operator.privateKey };
        const proxy = Object.freeze({ ...login, host: entry, hostKey: bastionKey });
        this.nodes = dc.nodes.map((spec) => {
            const machine = machines.get(spec.name)!;
            const { publicKey } = hostKey(stack, spec.name);
            const { disks, attachments } = this.disks(spec, args, network, machine, inside);
            return {
                spec,
                connection: Object.freeze(
                    spec.name === provider.bastion
                        ? { ...login, host: entry, hostKey: publicKey }
                        : { ...login, host: spec.address, hostKey: publicKey, proxy },
                ),
                // The host's first step wants the disks there.
                instance: pulumi.all([machine.id, pulumi.all(attachments.map(({ id }) => id))]).apply(([id]) => id),
                resource: machine,
                disks,
            };
        });
        this.registerOutputs({ entry, addresses: dc.nodes.map((node) => node.address) });
    }

    private machine(
        node: NodeSpec,
        args: AlicloudNodesArgs,
        network: Vpc,
        lookups: Lookups,
        keyPair: EcsKeyPair | undefined,
        inside: pulumi.CustomResourceOptions,
    ): Instance {
        const { dataCentre: dc, provider, owner, stack } = args;
        const vswitch = network.vswitches[vswitchOf(provider, node) ?? -1];
        if (!vswitch) {
            throw new pulumi.ResourceError(`no vSwitch has the address ${node.address} of ${node.name}`, this);
        }
        const key = hostKey(stack, node.name);
        const { publicKey } = operatorKey(stack);
        const settings = instanceOf(provider, node.name);
        const cgroup1 = needsCgroup1(args.systems, dc, node);
        const machine = new Instance(
            node.name,
            {
                ...machineInputs(provider, node, owner),
                imageId: lookups.image(),
                instanceType: lookups.type(node.name, vswitch.zoneId),
                vswitchId: vswitch.id,
                securityGroups: network.groupsOf(node.name),
                userData: pulumi.secret(
                    key.privateKey.apply((privateKey) =>
                        userData({ operator: publicKey, hostKey: { privateKey, publicKey: key.publicKey }, cgroup1 }),
                    ),
                ),
                ...(keyPair ? { keyName: keyPair.keyPairName } : {}),
            },
            {
                ...inside,
                dependsOn: network.sshRules,
                // Its address is fixed, so the next one cannot be made before.
                deleteBeforeReplace: true,
                additionalSecretOutputs: ["userData"],
                // Another type in stock today is no reason to stop a machine.
                ignoreChanges: ["imageId", "userData", ...(settings.type === undefined ? ["instanceType"] : [])],
            },
        );
        if (settings.ramRole !== undefined) {
            new RamRoleAttachment(
                `${node.name}-ram-role`,
                { instanceId: machine.id, ramRoleName: settings.ramRole },
                { ...inside, deletedWith: machine },
            );
        }
        return machine;
    }

    /** The bastion's public address, known when it leads to the bastion. */
    private entry(
        name: string,
        { provider, owner }: AlicloudNodesArgs,
        bastion: Instance | undefined,
        inside: pulumi.CustomResourceOptions,
    ): pulumi.Output<string> {
        if (!bastion) {
            throw new pulumi.ResourceError(`there is no node ${provider.bastion}, which is to be the bastion`, this);
        }
        const address = publicAddress(`${name}-eip`, "bastion", provider, tagsOf(provider, owner), inside);
        const association = new EipAssociation(
            `${name}-eip-association`,
            { allocationId: address.id, instanceId: bastion.id, instanceType: "EcsInstance" },
            // One address cannot lead to two machines.
            { ...inside, deleteBeforeReplace: true },
        );
        return pulumi.all([address.ipAddress, association.id]).apply(([ip]) => ip);
    }

    private disks(
        node: NodeSpec,
        { dataCentre: dc, provider, owner }: AlicloudNodesArgs,
        network: Vpc,
        machine: Instance,
        inside: pulumi.CustomResourceOptions,
    ): { disks: DataDisk[]; attachments: EcsDiskAttachment[] } {
        const attached = disksOf(dc, provider)
            .filter((disk) => disk.node === node.name)
            .map((disk) => {
                const zoneId = network.vswitches[vswitchOf(provider, node) ?? -1]?.zoneId;
                const id =
                    disk.existing === undefined
                        ? new EcsDisk(
                              disk.name,
                              { ...diskInputs(provider, disk, owner), ...(zoneId ? { zoneId } : {}) },
                              // Data is deleted by people, never by a stack that goes.
                              { ...inside, retainOnDelete: true },
                          ).id
                        : pulumi.output(disk.existing);
                const attachment = new EcsDiskAttachment(
                    `${disk.name}-attachment`,
                    { diskId: id, instanceId: machine.id, deleteWithInstance: false },
                    // A machine that goes lets its disks go.
                    { ...inside, deleteBeforeReplace: true, deletedWith: machine },
                );
                return { attachment, disk: { serial: id.apply((text) => text.replace(/^d-/, "")), mount: disk.spec.mount, filesystem: disk.spec.filesystem } };
            });
        return { disks: attached.map(({ disk }) => disk), attachments: attached.map(({ attachment }) => attachment) };
    }
}
