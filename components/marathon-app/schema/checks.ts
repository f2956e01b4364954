import { z } from "zod";

import { anyPort, count, httpScheme, int32, legacyName, nonEmpty, path, text } from "./values";

/** How Marathon or Mesos asks an app how it is. Source: Marathon's healthCheck, check and readinessCheck types. */

export const healthCheck = z.strictObject({
    protocol: z
        .enum(["HTTP", "HTTPS", "TCP", "COMMAND", "MESOS_TCP", "MESOS_HTTP", "MESOS_HTTPS"])
        .optional()
        .describe("HTTP, HTTPS and TCP are asked by Marathon; the others by the agent."),
    path: text.optional(),
    port: anyPort.optional(),
    portIndex: anyPort.optional().describe("Which of the app's ports, from 0."),
    command: z.strictObject({ value: text }).optional(),
    gracePeriodSeconds: count.optional().describe("Failures do not count for this long."),
    intervalSeconds: count.optional(),
    timeoutSeconds: int32.optional(),
    delaySeconds: count.optional(),
    maxConsecutiveFailures: count.optional().describe("Then the task is killed; 0: never."),
    ignoreHttp1xx: z.boolean().optional(),
    ipProtocol: z.enum(["IPv4", "IPv6"]).optional(),
});

const command = z.union([z.strictObject({ shell: nonEmpty }), z.strictObject({ argv: z.array(text).min(1) })]);
const onPort = { portIndex: anyPort.optional(), port: anyPort.optional() };

export const check = z.strictObject({
    http: z.strictObject({ ...onPort, path: path.optional(), scheme: httpScheme.optional() }).optional(),
    tcp: z.strictObject(onPort).optional(),
    exec: z.strictObject({ command }).optional(),
    intervalSeconds: count.optional(),
    timeoutSeconds: count.optional(),
    delaySeconds: count.optional(),
});

export const readinessCheck = z.strictObject({
    name: nonEmpty.optional(),
    protocol: httpScheme.optional(),
    path: path.optional(),
    portName: legacyName.optional().describe("The port's name in portDefinitions or portMappings; http-api unless it is said."),
    intervalSeconds: count.optional(),
    timeoutSeconds: int32.min(1).optional().describe("Less than intervalSeconds."),
    httpStatusCodesForReady: z
        .array(z.int().min(100).max(999))
        .min(1)
        .refine((codes) => new Set(codes).size === codes.length, { message: "take out what is there twice" })
        .optional(),
    preserveLastResponse: z.boolean().optional(),
});

export type HealthCheck = z.output<typeof healthCheck>;
