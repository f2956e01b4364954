/** What can be set of Felix, by name. Source: Calico 3.28, felix/config/config_params.go. */
export const felixSettings: readonly string[] = (
    "AWSSrcDstCheck AllowIPIPPacketsFromWorkloads AllowVXLANPacketsFromWorkloads BPFCTLBLogFilter " +
    "BPFConnectTimeLoadBalancing BPFConnectTimeLoadBalancingEnabled BPFDSROptoutCIDRs BPFDataIfacePattern " +
    "BPFDisableGROForIfaces BPFDisableUnprivileged BPFEnabled BPFEnforceRPF BPFExcludeCIDRsFromNAT BPFExtToServiceConnmark " +
    "BPFExternalServiceMode BPFForceTrackPacketsFromIfaces BPFHostConntrackBypass BPFHostNetworkedNATWithoutCTLB " +
    "BPFKubeProxyEndpointSlicesEnabled BPFKubeProxyIptablesCleanupEnabled BPFKubeProxyMinSyncPeriod BPFL3IfacePattern " +
    "BPFLogFilters BPFLogLevel BPFMapSizeConntrack BPFMapSizeIPSets BPFMapSizeIfState BPFMapSizeNATAffinity " +
    "BPFMapSizeNATBackend BPFMapSizeNATFrontend BPFMapSizeRoute BPFPSNATPorts BPFPolicyDebugEnabled CalicoVersion " +
    "ChainInsertMode ClusterGUID ClusterType DataplaneDriver DataplaneWatchdogTimeout DatastoreType DebugBPFCgroupV2 " +
    "DebugBPFMapRepinEnabled DebugCPUProfilePath DebugDisableLogDropping DebugHost DebugMemoryProfilePath DebugPanicAfter " +
    "DebugPort DebugSimulateCalcGraphHangAfter DebugSimulateDataRace DebugSimulateDataplaneApplyDelay " +
    "DebugSimulateDataplaneHangAfter DefaultEndpointToHostAction DeviceRouteProtocol DeviceRouteSourceAddress " +
    "DeviceRouteSourceAddressIPv6 DisableConntrackInvalidCheck EndpointReportingDelaySecs EndpointReportingEnabled " +
    "EndpointStatusPathPrefix EtcdAddr EtcdCaFile EtcdCertFile EtcdEndpoints EtcdKeyFile EtcdScheme ExternalNodesCIDRList " +
    "FailsafeInboundHostPorts FailsafeOutboundHostPorts FeatureDetectOverride FeatureGates FelixHostname FloatingIPs " +
    "GenericXDPEnabled HealthEnabled HealthHost HealthPort HealthTimeoutOverrides IPv4VXLANTunnelAddr IPv6VXLANTunnelAddr " +
    "InterfaceExclude InterfacePrefix InterfaceRefreshInterval IpInIpEnabled IpInIpMtu IpInIpTunnelAddr " +
    "IpsetsRefreshInterval IptablesBackend IptablesFilterAllowAction IptablesFilterDenyAction IptablesLockFilePath " +
    "IptablesLockProbeIntervalMillis IptablesLockTimeoutSecs IptablesMangleAllowAction IptablesMarkMask " +
    "IptablesNATOutgoingInterfaceFilter IptablesPostWriteCheckIntervalSecs IptablesRefreshInterval Ipv6Support " +
    "KubeNodePortRanges LogDebugFilenameRegex LogFilePath LogPrefix LogSeverityFile LogSeverityScreen LogSeveritySys " +
    "MTUIfacePattern MaxIpsetSize MetadataAddr MetadataPort NATOutgoingAddress NATPortRange NetlinkTimeoutSecs " +
    "OpenstackRegion PolicySyncPathPrefix PrometheusGoMetricsEnabled PrometheusMetricsEnabled PrometheusMetricsHost " +
    "PrometheusMetricsPort PrometheusProcessMetricsEnabled PrometheusWireGuardMetricsEnabled RemoveExternalRoutes " +
    "ReportingIntervalSecs ReportingTTLSecs RouteRefreshInterval RouteSource RouteSyncDisabled RouteTableRange " +
    "RouteTableRanges ServiceLoopPrevention SidecarAccelerationEnabled TyphaAddr TyphaCAFile TyphaCN TyphaCertFile " +
    "TyphaK8sNamespace TyphaK8sServiceName TyphaKeyFile TyphaReadTimeout TyphaURISAN TyphaWriteTimeout UsageReportingEnabled " +
    "UsageReportingInitialDelaySecs UsageReportingIntervalSecs UseInternalDataplaneDriver VXLANEnabled VXLANMTU VXLANMTUV6 " +
    "VXLANPort VXLANTunnelMACAddr VXLANTunnelMACAddrV6 VXLANVNI Variant WindowsManageFirewallRules WireguardEnabled " +
    "WireguardEnabledV6 WireguardHostEncryptionEnabled WireguardInterfaceName WireguardInterfaceNameV6 " +
    "WireguardListeningPort WireguardListeningPortV6 WireguardMTU WireguardMTUV6 WireguardPersistentKeepAlive " +
    "WireguardRoutingRulePriority WireguardThreadingEnabled WorkloadSourceSpoofing XDPEnabled XDPRefreshInterval"
).split(" ");
