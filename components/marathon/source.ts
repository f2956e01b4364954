import { imagesOf } from "../../config/catalogue";
import type { DataCentre } from "../../config/schema";
import { marathonLeaf } from "./schema";

/** The image that Marathon runs in, if the description has it run so. */
export const marathonImage = (dc: DataCentre): string | undefined => imagesOf(marathonLeaf, dc)?.["image"];
