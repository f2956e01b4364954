import type { TestStack } from "./stack";

/** A number that is not the package's own, for what one release alone has. */
export interface Renumbered {
    /** `.deb` on the host, or what `apt-get download` is asked for. */
    readonly of: string;
    readonly name: string;
    readonly version: string;
    /** Shell lines that change the unpacked package in `x`. */
    readonly change?: string;
}

const repository = "/opt/later";

/**
 * Gives a host a later Debian's packages beside its own release's: none of them is wanted by itself, and the named ones are offered.
 * The host's other sources stay as they are.
 */
export async function offerLater(stack: TestStack, node: string, suite: string, names: readonly string[]): Promise<void> {
    await stack.out(
        node,
        `set -e
        at=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | sed -nE 's/^(URIs: *|deb (\\[[^]]*\\] )?)(http[^ ]+).*/\\3/p' | head -n 1)
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $at ${suite} main" >/etc/apt/sources.list.d/later.list
        printf 'Package: *\\nPin: release n=${suite}\\nPin-Priority: 100\\n\\nPackage: ${names.join(" ")}\\nPin: release n=${suite}\\nPin-Priority: 990\\n' >/etc/apt/preferences.d/later
        apt-get -q update >/dev/null`,
    );
}

/** Adds packages under other numbers, in a repository on the host itself. */
export async function offerRenumbered(stack: TestStack, node: string, packages: readonly Renumbered[]): Promise<void> {
    const made = packages.map(
        ({ of, name, version, change }) => `rm -rf x own && mkdir own
        if [ -e ${of} ]; then cp ${of} own/; else (cd own && apt-get -q download ${of} >/dev/null); fi
        dpkg-deb -R own/*.deb x && sed -i 's/^Version: .*/Version: ${version}/' x/DEBIAN/control
        ${change ?? ":"}
        dpkg-deb -b --root-owner-group -Zgzip x ${name}_${version}.deb >/dev/null`,
    );
    await stack.out(
        node,
        `set -e
        mkdir -p ${repository} && cd ${repository}
        ${made.join("\n")}
        rm -rf x own
        for deb in *.deb; do dpkg-deb -f "$deb"; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -c 1-64)"; done >Packages
        echo "deb [trusted=yes] file:${repository} ./" >/etc/apt/sources.list.d/renumbered.list
        apt-get -q update >/dev/null`,
    );
}
