import { imagesOf } from "../../config/catalogue";
import type { DataCentre } from "../../config/schema";
import { mesosLeaf } from "./schema";

/** The images that masters and agents run in, if the description has them run so. */
export const mesosImages = (dc: DataCentre) => imagesOf(mesosLeaf, dc) as { readonly master: string; readonly agent: string } | undefined;
