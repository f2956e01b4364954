import { error, type Fault } from "../../../config/faults";
import type { DataCentre } from "../../../config/schema";
import { calicoArchive, calicoImages, seriesOf } from "../source";

/** Where Calico's programs come from. What holds for images of any program is among Docker's rules. */
export function sourceRules(dc: DataCentre): Fault[] {
    return [...archive(dc), ...imageSet(dc)];
}

function archive(dc: DataCentre): Fault[] {
    const given = calicoArchive(dc);
    if (!given) {
        return [];
    }
    const pinned = !/^https?:/.test(given.url) || given.sha256 !== undefined;
    return [
        ...(pinned
            ? []
            : [
                  error(
                      ["sources", "calico", "sha256"],
                      "a download is pinned by its sha256, and this has none",
                      "give what 'sha256sum FILE' prints for a checked copy",
                  ),
              ]),
        ...(seriesOf(dc) === 2
            ? [
                  error(
                      ["sources", "calico"],
                      `an archive would have to hold Calico ${dc.versions.calico ?? ""}, whose programs come in its images only`,
                      "take it out, and the catalogue's images are used; or give an archive of Calico 3",
                  ),
              ]
            : []),
    ];
}

/** The number before the first dot of an image's tag; undefined where the tag is none of a release. */
const major = (image: string): number | undefined => {
    const [, text] = /:v?([0-9]+)\.[^:/]*$/.exec(image.replace(/@.*$/, "")) ?? [];
    return text === undefined ? undefined : Number(text);
};

/** Node, plugins and calicoctl write the same data: those of 2.6 are calico/cni 1.x and calico/ctl 1.x, of 3 all have one number. */
function imageSet(dc: DataCentre): Fault[] {
    const images = dc.sources.calico && calicoImages(dc);
    const series = images && major(images.node);
    if (!images || series === undefined) {
        return [];
    }
    const wanted = series < 3 ? 1 : series;
    return (["cni", "ctl"] as const).flatMap((name) => {
        const found = major(images[name]);
        const problem = `${images[name]} does not go with ${images.node}: they would not understand each other's data`;
        const remedy = `use a release ${wanted}, as the catalogue's sets have it`;
        return found === undefined || found === wanted ? [] : [error(["sources", "calico", name], problem, remedy)];
    });
}
