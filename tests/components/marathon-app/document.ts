/** The two app definitions of document 000, letter by letter. */

export const registry = {
    id: "registry",
    cpus: 0.3,
    mem: 100.0,
    disk: 20000,
    instances: 1,
    constraints: [["hostname", "CLUSTER", "172.0.0.1"]],
    container: {
        type: "DOCKER",
        docker: { image: "registry", privileged: true },
        volumes: [
            { containerPath: "/var/lib/registry", hostPath: "/opt/data/registry", mode: "RW" },
            { containerPath: "/etc/docker/registry/config.yml", hostPath: "/data/registry/config.yml", mode: "RO" },
        ],
        portMappings: [{ containerPort: 5000, hostPort: 5000 }],
    },
};

export const marathonLb = {
    id: "/system/marathon-lb",
    cmd: null,
    cpus: 1,
    mem: 128,
    disk: 0,
    instances: 1,
    constraints: [["hostname", "CLUSTER", "172.0.0.1"]],
    acceptedResourceRoles: ["*"],
    container: {
        type: "DOCKER",
        volumes: [],
        docker: {
            image: "docker.io/mesosphere/marathon-lb",
            network: "HOST",
            privileged: true,
            parameters: [],
            forcePullImage: false,
        },
    },
    portDefinitions: [{ port: 10000, protocol: "tcp", name: "default", labels: {} }],
    args: [
        "sse",
        "-m",
        "http://master1:8080",
        "-m",
        "http://agent1:8080",
        "-m",
        "http://agent2:8080",
        "-m",
        "http://agent3:8080",
        "--group",
        "external",
    ],
    healthChecks: [],
};
