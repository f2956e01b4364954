import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre, NodeSpec } from "../../config";
import { nodesWith } from "../../config/nodes";
import { hostOf, type Host } from "../host";
import type { Authority } from "../nodes/keys";
import { hostStep } from "../step/step";
import { allPlaces, certificates, dataDirOf, imageNodes, imageRoles, isSecure, loginFile, portOf, settingsOf, unitOf, type ImageRole } from "./plan";
import { collection, collects, configs, helpersOf, units } from "./program";

export interface ImageRegistriesArgs {
    dataCentre: DataCentre;
    /** The prepared hosts. */
    hosts: readonly Host[];
    /** The stack's own; not asked for where nobody speaks TLS. */
    authority: () => Authority;
}

/** A certificate is made anew when it has fewer days left; a run of all steps is what makes it. */
const renewDays = 30;
const validDays = 730;

/** Paths and texts in turn, as scripts take them. */
const pairs = (files: Readonly<Record<string, string>>): string[] => Object.entries(files).flat();

/**
 * The private registry and the mirrors, and on every host with an engine the stack's authority as whom to trust for them.
 *
 * Nothing that a host of theirs does holds an engine up: what engines are told is known before any of them runs.
 */
export class ImageRegistries extends pulumi.ComponentResource {
    /** Done when all answer. */
    public readonly ready: pulumi.Resource[];
    private readonly trusted: ReadonlyMap<string, pulumi.Resource>;

    public constructor(name: string, args: ImageRegistriesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:imageRegistries:ImageRegistries", name, {}, opts);
        const { dataCentre: dc } = args;
        const authority = isSecure(dc) ? args.authority() : undefined;
        this.ready = imageNodes(dc).flatMap((node) => {
            const host = hostOf(args.hosts, node, this);
            const certificate = authority ? [this.certificate(host, authority)] : [];
            const roles = imageRoles.filter((role) => node.roles.includes(role));
            const login = roles.includes("image-mirror") ? this.login(dc, host) : [];
            return roles.map((role) => this.instance(dc, role, host, authority?.certificate ?? "", [...certificate, ...(role === "image-mirror" ? login : [])]));
        });
        const engines = authority ? nodesWith(dc, "docker") : [];
        this.trusted = new Map(engines.map((node) => [node.name, this.trust(dc, hostOf(args.hosts, node, this), authority)]));
        this.registerOutputs({});
    }

    /** What must be on a host before its engine pulls from them: nothing of another host's. */
    public before({ name }: NodeSpec): pulumi.Resource[] {
        const step = this.trusted.get(name);
        return step ? [step] : [];
    }

    /** A step of its own, since it has a secret, which hides a step's whole program in previews. */
    private certificate(host: Host, authority: Authority): command.remote.Command {
        const { name, address } = host.node.spec;
        return hostStep(
            {
                node: host.node,
                step: "image-certificate",
                scripts: ["components/step/helpers/certificate.sh", "components/image-registries/certificate.sh"],
                parameters: { name, address, authority: authority.certificate, valid_days: validDays, renew_days: renewDays },
                secrets: { authority_key: authority.key },
            },
            { parent: this, dependsOn: [host.prepared] },
        );
    }

    /** One of its own as well: the mirror's login at its upstream, where it has one. */
    private login(dc: DataCentre, host: Host): command.remote.Command[] {
        const { credentials } = settingsOf(dc).mirror;
        return credentials
            ? [
                  hostStep(
                      {
                          node: host.node,
                          step: "image-mirror-login",
                          scripts: ["components/image-registries/login.sh"],
                          parameters: { login_file: loginFile },
                          secrets: { username: credentials.username, password: credentials.password },
                      },
                      { parent: this, dependsOn: [host.prepared] },
                  ),
              ]
            : [];
    }

    private instance(dc: DataCentre, role: ImageRole, host: Host, authority: string, after: readonly pulumi.Resource[]): command.remote.Command {
        const { spec } = host.node;
        return hostStep(
            {
                node: host.node,
                step: role,
                scripts: ["components/step/helpers/kept-off.sh", "components/image-registries/instance.sh"],
                parameters: {
                    instance: unitOf(role),
                    address: spec.address,
                    port: portOf(dc, role),
                    scheme: isSecure(dc) ? "https" : "http",
                    data_dir: dataDirOf(dc, role),
                    configs: pairs(configs(dc, role, spec)),
                    helpers: pairs(helpersOf(role)),
                    units: pairs(units(dc, role, spec)),
                    timer: role === "image-registry" && collects(dc) ? `${collection}.timer` : "",
                    certificates: isSecure(dc) ? certificates : "",
                    login_file: role === "image-mirror" && settingsOf(dc).mirror.credentials ? loginFile : "",
                    // With another authority its certificate is another one, for which it has to start anew.
                    authority,
                },
            },
            { parent: this, dependsOn: [host.prepared, ...after] },
        );
    }

    private trust(dc: DataCentre, host: Host, authority: Authority | undefined): command.remote.Command {
        return hostStep(
            {
                node: host.node,
                step: "image-trust",
                scripts: ["components/image-registries/trust.sh"],
                parameters: { places: allPlaces(dc), authority: authority?.certificate ?? "" },
            },
            { parent: this, dependsOn: [host.prepared] },
        );
    }
}
