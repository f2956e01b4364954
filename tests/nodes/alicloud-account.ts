/** What the account answers, by call. */
export const answers: Record<string, object> = {
    "alicloud:ecs/getImages:getImages": { images: [{ id: "debian_12_new.vhd" }, { id: "debian_12_old.vhd" }], ids: [] },
    "alicloud:ecs/getInstanceTypes:getInstanceTypes": { ids: ["ecs.u1-c1m2.xlarge", "ecs.g7.xlarge"] },
    "alicloud:index/getZones:getZones": { ids: ["cn-hangzhou-h", "cn-hangzhou-i"] },
};

/** What is computed when something is made, by type. */
export const computed: Record<string, object> = {
    "alicloud:ecs/eipAddress:EipAddress": { ipAddress: "47.0.0.1" },
    "alicloud:vpc/natGateway:NatGateway": { snatTableIds: "stb-1" },
};
