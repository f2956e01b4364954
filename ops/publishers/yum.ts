/** A repository of the yum family. Its index is signed at some publishers only; hosts hold each package against the key. */
import type { Repository } from "../../config/sources";
import { compareVersions } from "./debian-version";
import { below, bytesIfThere, bytesOf, Unusable } from "./fetch";
import { filesOf, listedFile, unpacked, type Offered, type Wanted } from "./index-file";
import { signedText } from "./signature";

type Yum = NonNullable<Repository["yum"]>;

const attribute = (element: string, name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(element)?.[1] ?? "";

/** As `lookAtApt`. RPM's order of versions is Debian's in all that these have. */
export async function lookAtYum(name: string, { url }: Yum, key: string, wanted: readonly Wanted[], architecture: string): Promise<Offered[]> {
    if (url.includes("$")) {
        throw new Unusable(`${url} is another one on each release, and which is known on hosts only`, `write it out in datacentre:sources.${name}.yum`);
    }
    const place = below(url, "repodata", "repomd.xml");
    const message = await bytesOf(place);
    const apart = await bytesIfThere(`${place}.asc`);
    const index = (apart ? await signedText(name, { message, apart, what: place }, key) : message).toString();
    const primary = /<data type="primary">([^]*?)<\/data>/.exec(index)?.[1] ?? "";
    const file = attribute(/<location [^>]*>/.exec(primary)?.[0] ?? "", "href");
    const sum = /<checksum type="sha256">([0-9a-f]{64})</.exec(primary)?.[1];
    if (file === "" || sum === undefined) {
        throw new Unusable(`${place} names no list of packages with a sha256`, `check url in datacentre:sources.${name}.yum`);
    }
    const list = unpacked(file, await listedFile(below(url, file), sum)).toString();
    const offered = [...list.matchAll(/<package [^>]*type="rpm"[^>]*>([^]*?)<\/package>/g)].flatMap(([, one = ""]): Offered[] => {
        const version = /<version [^>]*>/.exec(one)?.[0] ?? "";
        const arch = /<arch>([^<]*)</.exec(one)?.[1] ?? "";
        const size = Number(attribute(/<size [^>]*>/.exec(one)?.[0] ?? "", "package"));
        return arch === "noarch" || arch === architecture
            ? [
                  {
                      name: /<name>([^<]*)</.exec(one)?.[1] ?? "",
                      version: `${attribute(version, "ver")}-${attribute(version, "rel")}`,
                      url: below(url, attribute(/<location [^>]*>/.exec(one)?.[0] ?? "", "href")),
                      bytes: size || undefined,
                  },
              ]
            : [];
    });
    return filesOf(place, wanted, offered, compareVersions);
}
