/** An image at its registry, by the protocol that engines pull by (OCI distribution). */
import { imageParts, dockerHub } from "../../config/image-reference";
import { answered, ask, Unusable } from "./fetch";

const lists = ["application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json"];
const single = ["application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json"];

interface Manifest {
    readonly config?: { readonly digest: string };
    readonly manifests?: readonly { readonly platform?: { readonly os?: string; readonly architecture?: string } }[];
}

/** What a registry wants to see of somebody who only pulls: a token for anybody, from where it says. */
async function token(challenge: string): Promise<string> {
    const part = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
    const realm = part("realm");
    if (!/^Bearer /i.test(challenge) || !URL.canParse(realm)) {
        throw new Unusable("the registry wants a login", "give one in datacentre:docker.credentials, and take the image out of the fallback");
    }
    const url = new URL(realm);
    url.searchParams.set("service", part("service"));
    url.searchParams.set("scope", part("scope"));
    const answer = (await (await answered(url.href)).json()) as { token?: string; access_token?: string };
    return answer.token ?? answer.access_token ?? "";
}

/**
 * Looks whether engines of an architecture can pull it.
 *
 * @param plain registries that are asked by plain HTTP
 * @returns its digest
 * @throws Unusable
 */
export async function lookAtImage(image: string, plain: readonly string[], architecture: string): Promise<string> {
    const { registry, full } = imageParts(image);
    const [, repository = "", tag = "latest", digest] = /^[^/]+\/(.+?)(?::([^:/@]+))?(?:@(.+))?$/.exec(full) ?? [];
    const base = `${plain.includes(registry) ? "http" : "https"}://${registry === dockerHub ? "registry-1.docker.io" : registry}/v2/${repository}`;
    const manifest = `${base}/manifests/${digest ?? tag}`;
    const headers: Record<string, string> = { accept: [...lists, ...single].join(", ") };
    let answer = await ask(manifest, { headers });
    if (answer.status === 401) {
        await answer.body?.cancel();
        headers.authorization = `Bearer ${await token(answer.headers.get("www-authenticate") ?? "")}`;
        answer = await ask(manifest, { headers });
    }
    if (!answer.ok) {
        await answer.body?.cancel();
        throw new Unusable(`${registry} does not give ${image} (${answer.status})`, "check its name and tag, and whether something between here and that registry refuses");
    }
    const text = await answer.text();
    let found: Manifest;
    try {
        found = JSON.parse(text) as Manifest;
    } catch {
        throw new Unusable(`what ${registry} gives for ${image} is no manifest`, "check whether something between here and that registry answers in its place");
    }
    const platforms = found.manifests?.map(({ platform }) => platform?.architecture ?? "") ?? [await architectureOf(base, found, headers)];
    if (!platforms.includes(architecture)) {
        throw new Unusable(`${image} is for ${platforms.filter((one) => one !== "" && one !== "unknown").join(", ")}, and this machine is ${architecture}`, "take an image that is for it");
    }
    return answer.headers.get("docker-content-digest") ?? "";
}

async function architectureOf(base: string, { config }: Manifest, headers: Record<string, string>): Promise<string> {
    if (config === undefined) {
        throw new Unusable(`${base} has an image in a form of before 2016`, "take one that today's engines pull");
    }
    const { architecture = "" } = (await (await answered(`${base}/blobs/${config.digest}`, { headers })).json()) as { architecture?: string };
    return architecture;
}
