/** What the stand-in's regions sell. Sizes are the real types'; everything is in stock unless a fault is asked for. */

/** Images by id: what machines are made from is the lab's host image, whichever is named. */
export const images = ["debian_12_6_x64_20G_alibase_20240717.vhd", "debian_12_9_x64_20G_alibase_20250117.vhd"].map((id) => ({
    id,
    name: id,
    owner: "system",
    created: id.replace(/^.*_(\d{4})(\d\d)(\d\d)\.vhd$/, "$1-$2-$3T00:00:00Z"),
}));

/** Processors, GiB of memory, price rank. */
export const types: Readonly<Record<string, { cpus: number; memory: number }>> = {
    "ecs.u1-c1m1.large": { cpus: 2, memory: 2 },
    "ecs.u1-c1m2.large": { cpus: 2, memory: 4 },
    "ecs.u1-c1m2.xlarge": { cpus: 4, memory: 8 },
    "ecs.c7.xlarge": { cpus: 4, memory: 8 },
    "ecs.g7.xlarge": { cpus: 4, memory: 16 },
    "ecs.u1-c1m2.2xlarge": { cpus: 8, memory: 16 },
    "ecs.c7.2xlarge": { cpus: 8, memory: 16 },
    "ecs.g7.2xlarge": { cpus: 8, memory: 32 },
};

/** Every region has these zones here. */
export const zonesOf = (region: string): string[] => ["h", "i", "k"].map((letter) => `${region}-${letter}`);

/** RAM roles that the account has from its beginning. */
export const roles: readonly string[] = ["EcsReader", "AliyunECSImageExportDefaultRole"];
