import { z } from "zod";

/** The forms of values in Marathon's app definition. Source: the RAML types of Marathon 1.11 (numberTypes, stringTypes). */

/** Numbers of format int32, which Marathon reads no larger. */
export const int32 = z.int().max(2147483647);
export const count = int32.min(0);
/** 0 lets Mesos or Marathon choose. Mesos itself does not look whether a port is under 65536; Docker then fails late. */
export const anyPort = z.int().min(0).max(65535);

const nameRemedy = "use lower-case letters, digits and inner hyphens";
export const name = z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, nameRemedy);
/** As `name`, of any length: old definitions have long ones. */
export const legacyName = z
    .string()
    .min(1)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, nameRemedy);
export const networkName = z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$/, "use lower-case letters, digits, and '-' and '_' inside");

/**
 * An app's or group's id: names between slashes. One that does not begin with a slash stands under the root.
 * As the published pattern, but for doubled slashes, which that one lets in.
 */
export const pathId = z
    .string()
    .min(1)
    .regex(
        /^\/?(?:(?:\.\.|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(?:\/|$))*$/,
        "use names of lower-case letters, digits, '.' and inner hyphens, with slashes between them, such as /system/registry",
    );

export const uri = z.string().min(1).max(1024);
export const path = z.string().min(1).max(1024);
export const text = z.string();
export const nonEmpty = z.string().min(1);
export const httpScheme = z.enum(["HTTP", "HTTPS"]);
export const protocol = z.enum(["tcp", "udp", "udp,tcp"]);
export const labels = z.record(z.string(), z.string());

/** A list in which Marathon keeps equal entries once, silently; here they are named. */
export const unique = <T extends z.ZodType>(entry: T) =>
    z.array(entry).refine((list) => new Set(list.map((one) => JSON.stringify(one))).size === list.length, {
        message: "take out what is there twice",
    });
