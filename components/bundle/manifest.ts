import { z } from "zod";

/** What a bundle holds, as its manifest.json says. Paths are relative to the folder. Nothing in it depends on when it was made. */
const relative = z.string().regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_][A-Za-z0-9._+~-]*(\/[A-Za-z0-9_][A-Za-z0-9._+~-]*)*$/);
const sum = z.string().regex(/^[0-9a-f]{64}$/);

export const manifestSchema = z.strictObject({
    format: z.literal(1),
    family: z.enum(["apt", "yum"]),
    /** The distribution that the packages are for: ID and VERSION_ID of os-release(5), and the family's word for the machine. */
    release: z.strictObject({ id: z.string(), version: z.string(), architecture: z.string() }),
    packages: z.array(z.strictObject({ name: z.string(), version: z.string(), file: relative })),
    images: z.array(
        z.strictObject({
            image: z.string(),
            /** The digest of its configuration, which `docker image inspect` calls Id. */
            id: z.string(),
            /** The registry's digest; absent for an image that came from none. */
            digest: z.string().optional(),
            file: relative,
        }),
    ),
    archives: z.array(z.strictObject({ name: z.string(), url: z.string(), file: relative })),
    /** Every file of the folder but the manifest. */
    files: z.record(relative, z.strictObject({ sha256: sum, bytes: z.int().min(0) })),
});
export type Manifest = z.output<typeof manifestSchema>;

export const manifestName = "manifest.json";

/** The file of a repository that the checksums of all its packages hang on. */
export const indexOf = ({ family }: Pick<Manifest, "family">): string =>
    family === "apt" ? "packages/Packages" : "packages/repodata/repomd.xml";

/** The same text for the same content: keys and lists are in order. */
export function manifestText(manifest: Manifest): string {
    const by = <T>(list: readonly T[], key: (one: T) => string): T[] => [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
    const ordered: Manifest = {
        ...{ format: manifest.format, family: manifest.family, release: manifest.release },
        packages: by(manifest.packages, ({ name, file }) => `${name} ${file}`),
        images: by(manifest.images, ({ image }) => image),
        archives: by(manifest.archives, ({ name, url }) => `${name} ${url}`),
        files: Object.fromEntries(by(Object.entries(manifest.files), ([path]) => path)),
    };
    return `${JSON.stringify(ordered, undefined, 2)}\n`;
}

/** `debian 12 amd64`: what a host must be, for texts and for the host's own check. */
export const releaseText = ({ release: { id, version, architecture } }: Manifest): string => `${id} ${version} ${architecture}`;
