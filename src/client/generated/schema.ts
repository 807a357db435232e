// Generated from proto/cri-v1.proto by `npm run generate`; do not edit.

export const schema = {
  "nested": {
    "runtime": {
      "nested": {
        "v1": {
          "nested": {
            "RuntimeService": {
              "methods": {
                "Version": {
                  "requestType": "VersionRequest",
                  "responseType": "VersionResponse"
                },
                "RunPodSandbox": {
                  "requestType": "RunPodSandboxRequest",
                  "responseType": "RunPodSandboxResponse"
                },
                "StopPodSandbox": {
                  "requestType": "StopPodSandboxRequest",
                  "responseType": "StopPodSandboxResponse"
                },
                "RemovePodSandbox": {
                  "requestType": "RemovePodSandboxRequest",
                  "responseType": "RemovePodSandboxResponse"
                },
                "PodSandboxStatus": {
                  "requestType": "PodSandboxStatusRequest",
                  "responseType": "PodSandboxStatusResponse"
                },
                "ListPodSandbox": {
                  "requestType": "ListPodSandboxRequest",
                  "responseType": "ListPodSandboxResponse"
                },
                "StreamPodSandboxes": {
                  "requestType": "StreamPodSandboxesRequest",
                  "responseType": "StreamPodSandboxesResponse",
                  "responseStream": true
                },
                "CreateContainer": {
                  "requestType": "CreateContainerRequest",
                  "responseType": "CreateContainerResponse"
                },
                "StartContainer": {
                  "requestType": "StartContainerRequest",
                  "responseType": "StartContainerResponse"
                },
                "StopContainer": {
                  "requestType": "StopContainerRequest",
                  "responseType": "StopContainerResponse"
                },
                "RemoveContainer": {
                  "requestType": "RemoveContainerRequest",
                  "responseType": "RemoveContainerResponse"
                },
                "ListContainers": {
                  "requestType": "ListContainersRequest",
                  "responseType": "ListContainersResponse"
                },
                "StreamContainers": {
                  "requestType": "StreamContainersRequest",
                  "responseType": "StreamContainersResponse",
                  "responseStream": true
                },
                "ContainerStatus": {
                  "requestType": "ContainerStatusRequest",
                  "responseType": "ContainerStatusResponse"
                },
                "UpdateContainerResources": {
                  "requestType": "UpdateContainerResourcesRequest",
                  "responseType": "UpdateContainerResourcesResponse"
                },
                "ReopenContainerLog": {
                  "requestType": "ReopenContainerLogRequest",
                  "responseType": "ReopenContainerLogResponse"
                },
                "ExecSync": {
                  "requestType": "ExecSyncRequest",
                  "responseType": "ExecSyncResponse"
                },
                "Exec": {
                  "requestType": "ExecRequest",
                  "responseType": "ExecResponse"
                },
                "Attach": {
                  "requestType": "AttachRequest",
                  "responseType": "AttachResponse"
                },
                "PortForward": {
                  "requestType": "PortForwardRequest",
                  "responseType": "PortForwardResponse"
                },
                "ContainerStats": {
                  "requestType": "ContainerStatsRequest",
                  "responseType": "ContainerStatsResponse"
                },
                "ListContainerStats": {
                  "requestType": "ListContainerStatsRequest",
                  "responseType": "ListContainerStatsResponse"
                },
                "StreamContainerStats": {
                  "requestType": "StreamContainerStatsRequest",
                  "responseType": "StreamContainerStatsResponse",
                  "responseStream": true
                },
                "PodSandboxStats": {
                  "requestType": "PodSandboxStatsRequest",
                  "responseType": "PodSandboxStatsResponse"
                },
                "ListPodSandboxStats": {
                  "requestType": "ListPodSandboxStatsRequest",
                  "responseType": "ListPodSandboxStatsResponse"
                },
                "StreamPodSandboxStats": {
                  "requestType": "StreamPodSandboxStatsRequest",
                  "responseType": "StreamPodSandboxStatsResponse",
                  "responseStream": true
                },
                "UpdateRuntimeConfig": {
                  "requestType": "UpdateRuntimeConfigRequest",
                  "responseType": "UpdateRuntimeConfigResponse"
                },
                "Status": {
                  "requestType": "StatusRequest",
                  "responseType": "StatusResponse"
                },
                "CheckpointContainer": {
                  "requestType": "CheckpointContainerRequest",
                  "responseType": "CheckpointContainerResponse"
                },
                "GetContainerEvents": {
                  "requestType": "GetEventsRequest",
                  "responseType": "ContainerEventResponse",
                  "responseStream": true
                },
                "ListMetricDescriptors": {
                  "requestType": "ListMetricDescriptorsRequest",
                  "responseType": "ListMetricDescriptorsResponse"
                },
                "ListPodSandboxMetrics": {
                  "requestType": "ListPodSandboxMetricsRequest",
                  "responseType": "ListPodSandboxMetricsResponse"
                },
                "StreamPodSandboxMetrics": {
                  "requestType": "StreamPodSandboxMetricsRequest",
                  "responseType": "StreamPodSandboxMetricsResponse",
                  "responseStream": true
                },
                "RuntimeConfig": {
                  "requestType": "RuntimeConfigRequest",
                  "responseType": "RuntimeConfigResponse"
                },
                "UpdatePodSandboxResources": {
                  "requestType": "UpdatePodSandboxResourcesRequest",
                  "responseType": "UpdatePodSandboxResourcesResponse"
                }
              }
            },
            "ImageService": {
              "methods": {
                "ListImages": {
                  "requestType": "ListImagesRequest",
                  "responseType": "ListImagesResponse"
                },
                "StreamImages": {
                  "requestType": "StreamImagesRequest",
                  "responseType": "StreamImagesResponse",
                  "responseStream": true
                },
                "ImageStatus": {
                  "requestType": "ImageStatusRequest",
                  "responseType": "ImageStatusResponse"
                },
                "PullImage": {
                  "requestType": "PullImageRequest",
                  "responseType": "PullImageResponse"
                },
                "RemoveImage": {
                  "requestType": "RemoveImageRequest",
                  "responseType": "RemoveImageResponse"
                },
                "ImageFsInfo": {
                  "requestType": "ImageFsInfoRequest",
                  "responseType": "ImageFsInfoResponse"
                }
              }
            },
            "Int64Value": {
              "fields": {
                "value": {
                  "type": "int64",
                  "id": 1
                }
              }
            },
            "UInt64Value": {
              "fields": {
                "value": {
                  "type": "uint64",
                  "id": 1
                }
              }
            },
            "KeyValue": {
              "fields": {
                "key": {
                  "type": "string",
                  "id": 1
                },
                "value": {
                  "type": "bytes",
                  "id": 2
                }
              }
            },
            "VersionRequest": {
              "fields": {
                "version": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "VersionResponse": {
              "fields": {
                "version": {
                  "type": "string",
                  "id": 1
                },
                "runtime_name": {
                  "type": "string",
                  "id": 2
                },
                "runtime_version": {
                  "type": "string",
                  "id": 3
                },
                "runtime_api_version": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "StatusRequest": {
              "fields": {
                "verbose": {
                  "type": "bool",
                  "id": 1
                }
              }
            },
            "StatusResponse": {
              "fields": {
                "status": {
                  "type": "RuntimeStatus",
                  "id": 1
                },
                "info": {
                  "keyType": "string",
                  "type": "string",
                  "id": 2
                },
                "runtime_handlers": {
                  "rule": "repeated",
                  "type": "RuntimeHandler",
                  "id": 3
                },
                "features": {
                  "type": "RuntimeFeatures",
                  "id": 4
                }
              }
            },
            "RuntimeStatus": {
              "fields": {
                "conditions": {
                  "rule": "repeated",
                  "type": "RuntimeCondition",
                  "id": 1
                }
              }
            },
            "RuntimeCondition": {
              "fields": {
                "type": {
                  "type": "string",
                  "id": 1
                },
                "status": {
                  "type": "bool",
                  "id": 2
                },
                "reason": {
                  "type": "string",
                  "id": 3
                },
                "message": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "RuntimeHandler": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "features": {
                  "type": "RuntimeHandlerFeatures",
                  "id": 2
                }
              }
            },
            "RuntimeHandlerFeatures": {
              "fields": {
                "recursive_read_only_mounts": {
                  "type": "bool",
                  "id": 1
                },
                "user_namespaces": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "RuntimeFeatures": {
              "fields": {
                "supplemental_groups_policy": {
                  "type": "bool",
                  "id": 1
                },
                "user_namespaces_host_network": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "UpdateRuntimeConfigRequest": {
              "fields": {
                "runtime_config": {
                  "type": "RuntimeConfig",
                  "id": 1
                }
              }
            },
            "UpdateRuntimeConfigResponse": {
              "fields": {}
            },
            "RuntimeConfig": {
              "fields": {
                "network_config": {
                  "type": "NetworkConfig",
                  "id": 1
                }
              }
            },
            "NetworkConfig": {
              "fields": {
                "pod_cidr": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "RuntimeConfigRequest": {
              "fields": {}
            },
            "RuntimeConfigResponse": {
              "fields": {
                "linux": {
                  "type": "LinuxRuntimeConfiguration",
                  "id": 1
                }
              }
            },
            "LinuxRuntimeConfiguration": {
              "fields": {
                "cgroup_driver": {
                  "type": "CgroupDriver",
                  "id": 1
                }
              }
            },
            "CgroupDriver": {
              "values": {
                "SYSTEMD": 0,
                "CGROUPFS": 1
              }
            },
            "RunPodSandboxRequest": {
              "fields": {
                "config": {
                  "type": "PodSandboxConfig",
                  "id": 1
                },
                "runtime_handler": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "RunPodSandboxResponse": {
              "fields": {
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "StopPodSandboxRequest": {
              "fields": {
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "StopPodSandboxResponse": {
              "fields": {}
            },
            "RemovePodSandboxRequest": {
              "fields": {
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "RemovePodSandboxResponse": {
              "fields": {}
            },
            "PodSandboxStatusRequest": {
              "fields": {
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 1
                },
                "verbose": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "PodSandboxStatusResponse": {
              "fields": {
                "status": {
                  "type": "PodSandboxStatus",
                  "id": 1
                },
                "info": {
                  "keyType": "string",
                  "type": "string",
                  "id": 2
                },
                "containers_statuses": {
                  "rule": "repeated",
                  "type": "ContainerStatus",
                  "id": 3
                },
                "timestamp": {
                  "type": "int64",
                  "id": 4
                }
              }
            },
            "ListPodSandboxRequest": {
              "fields": {
                "filter": {
                  "type": "PodSandboxFilter",
                  "id": 1
                }
              }
            },
            "ListPodSandboxResponse": {
              "fields": {
                "items": {
                  "rule": "repeated",
                  "type": "PodSandbox",
                  "id": 1
                }
              }
            },
            "StreamPodSandboxesRequest": {
              "fields": {
                "filter": {
                  "type": "PodSandboxFilter",
                  "id": 1
                }
              }
            },
            "StreamPodSandboxesResponse": {
              "fields": {
                "pod_sandboxes": {
                  "rule": "repeated",
                  "type": "PodSandbox",
                  "id": 1
                }
              }
            },
            "PodSandboxFilter": {
              "fields": {
                "id": {
                  "type": "string",
                  "id": 1
                },
                "state": {
                  "type": "PodSandboxStateValue",
                  "id": 2
                },
                "label_selector": {
                  "keyType": "string",
                  "type": "string",
                  "id": 3
                }
              }
            },
            "PodSandboxStateValue": {
              "fields": {
                "state": {
                  "type": "PodSandboxState",
                  "id": 1
                }
              }
            },
            "PodSandboxState": {
              "values": {
                "SANDBOX_READY": 0,
                "SANDBOX_NOTREADY": 1
              }
            },
            "PodSandbox": {
              "fields": {
                "id": {
                  "type": "string",
                  "id": 1
                },
                "metadata": {
                  "type": "PodSandboxMetadata",
                  "id": 2
                },
                "state": {
                  "type": "PodSandboxState",
                  "id": 3
                },
                "created_at": {
                  "type": "int64",
                  "id": 4
                },
                "labels": {
                  "keyType": "string",
                  "type": "string",
                  "id": 5
                },
                "annotations": {
                  "keyType": "string",
                  "type": "string",
                  "id": 6
                },
                "runtime_handler": {
                  "type": "string",
                  "id": 7
                }
              }
            },
            "PodSandboxStatus": {
              "fields": {
                "id": {
                  "type": "string",
                  "id": 1
                },
                "metadata": {
                  "type": "PodSandboxMetadata",
                  "id": 2
                },
                "state": {
                  "type": "PodSandboxState",
                  "id": 3
                },
                "created_at": {
                  "type": "int64",
                  "id": 4
                },
                "network": {
                  "type": "PodSandboxNetworkStatus",
                  "id": 5
                },
                "linux": {
                  "type": "LinuxPodSandboxStatus",
                  "id": 6
                },
                "labels": {
                  "keyType": "string",
                  "type": "string",
                  "id": 7
                },
                "annotations": {
                  "keyType": "string",
                  "type": "string",
                  "id": 8
                },
                "runtime_handler": {
                  "type": "string",
                  "id": 9
                }
              }
            },
            "PodSandboxNetworkStatus": {
              "fields": {
                "ip": {
                  "type": "string",
                  "id": 1
                },
                "additional_ips": {
                  "rule": "repeated",
                  "type": "PodIP",
                  "id": 2
                }
              }
            },
            "PodIP": {
              "fields": {
                "ip": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "LinuxPodSandboxStatus": {
              "fields": {
                "namespaces": {
                  "type": "Namespace",
                  "id": 1
                }
              }
            },
            "Namespace": {
              "fields": {
                "options": {
                  "type": "NamespaceOption",
                  "id": 2
                }
              }
            },
            "PodSandboxMetadata": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "uid": {
                  "type": "string",
                  "id": 2
                },
                "namespace": {
                  "type": "string",
                  "id": 3
                },
                "attempt": {
                  "type": "uint32",
                  "id": 4
                }
              }
            },
            "PodSandboxConfig": {
              "fields": {
                "metadata": {
                  "type": "PodSandboxMetadata",
                  "id": 1
                },
                "hostname": {
                  "type": "string",
                  "id": 2
                },
                "log_directory": {
                  "type": "string",
                  "id": 3
                },
                "dns_config": {
                  "type": "DNSConfig",
                  "id": 4
                },
                "port_mappings": {
                  "rule": "repeated",
                  "type": "PortMapping",
                  "id": 5
                },
                "labels": {
                  "keyType": "string",
                  "type": "string",
                  "id": 6
                },
                "annotations": {
                  "keyType": "string",
                  "type": "string",
                  "id": 7
                },
                "linux": {
                  "type": "LinuxPodSandboxConfig",
                  "id": 8
                },
                "windows": {
                  "type": "WindowsPodSandboxConfig",
                  "id": 9
                }
              }
            },
            "LinuxPodSandboxConfig": {
              "fields": {
                "cgroup_parent": {
                  "type": "string",
                  "id": 1
                },
                "security_context": {
                  "type": "LinuxSandboxSecurityContext",
                  "id": 2
                },
                "sysctls": {
                  "keyType": "string",
                  "type": "string",
                  "id": 3
                },
                "overhead": {
                  "type": "LinuxContainerResources",
                  "id": 4
                },
                "resources": {
                  "type": "LinuxContainerResources",
                  "id": 5
                }
              }
            },
            "WindowsPodSandboxConfig": {
              "fields": {
                "security_context": {
                  "type": "WindowsSandboxSecurityContext",
                  "id": 1
                }
              }
            },
            "DNSConfig": {
              "fields": {
                "servers": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 1
                },
                "searches": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 2
                },
                "options": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 3
                }
              }
            },
            "PortMapping": {
              "fields": {
                "protocol": {
                  "type": "Protocol",
                  "id": 1
                },
                "container_port": {
                  "type": "int32",
                  "id": 2
                },
                "host_port": {
                  "type": "int32",
                  "id": 3
                },
                "host_ip": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "Protocol": {
              "values": {
                "TCP": 0,
                "UDP": 1,
                "SCTP": 2
              }
            },
            "UpdatePodSandboxResourcesRequest": {
              "fields": {
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 1
                },
                "overhead": {
                  "type": "LinuxContainerResources",
                  "id": 2
                },
                "resources": {
                  "type": "LinuxContainerResources",
                  "id": 3
                }
              }
            },
            "UpdatePodSandboxResourcesResponse": {
              "fields": {}
            },
            "CreateContainerRequest": {
              "fields": {
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 1
                },
                "config": {
                  "type": "ContainerConfig",
                  "id": 2
                },
                "sandbox_config": {
                  "type": "PodSandboxConfig",
                  "id": 3
                }
              }
            },
            "CreateContainerResponse": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "StartContainerRequest": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "StartContainerResponse": {
              "fields": {}
            },
            "StopContainerRequest": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                },
                "timeout": {
                  "type": "int64",
                  "id": 2
                }
              }
            },
            "StopContainerResponse": {
              "fields": {}
            },
            "RemoveContainerRequest": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "RemoveContainerResponse": {
              "fields": {}
            },
            "ListContainersRequest": {
              "fields": {
                "filter": {
                  "type": "ContainerFilter",
                  "id": 1
                }
              }
            },
            "ListContainersResponse": {
              "fields": {
                "containers": {
                  "rule": "repeated",
                  "type": "Container",
                  "id": 1
                }
              }
            },
            "StreamContainersRequest": {
              "fields": {
                "filter": {
                  "type": "ContainerFilter",
                  "id": 1
                }
              }
            },
            "StreamContainersResponse": {
              "fields": {
                "containers": {
                  "rule": "repeated",
                  "type": "Container",
                  "id": 1
                }
              }
            },
            "ContainerFilter": {
              "fields": {
                "id": {
                  "type": "string",
                  "id": 1
                },
                "state": {
                  "type": "ContainerStateValue",
                  "id": 2
                },
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 3
                },
                "label_selector": {
                  "keyType": "string",
                  "type": "string",
                  "id": 4
                }
              }
            },
            "ContainerStateValue": {
              "fields": {
                "state": {
                  "type": "ContainerState",
                  "id": 1
                }
              }
            },
            "ContainerState": {
              "values": {
                "CONTAINER_CREATED": 0,
                "CONTAINER_RUNNING": 1,
                "CONTAINER_EXITED": 2,
                "CONTAINER_UNKNOWN": 3
              }
            },
            "Container": {
              "fields": {
                "id": {
                  "type": "string",
                  "id": 1
                },
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 2
                },
                "metadata": {
                  "type": "ContainerMetadata",
                  "id": 3
                },
                "image": {
                  "type": "ImageSpec",
                  "id": 4
                },
                "image_ref": {
                  "type": "string",
                  "id": 5
                },
                "state": {
                  "type": "ContainerState",
                  "id": 6
                },
                "created_at": {
                  "type": "int64",
                  "id": 7
                },
                "labels": {
                  "keyType": "string",
                  "type": "string",
                  "id": 8
                },
                "annotations": {
                  "keyType": "string",
                  "type": "string",
                  "id": 9
                },
                "image_id": {
                  "type": "string",
                  "id": 10
                }
              }
            },
            "ContainerStatusRequest": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                },
                "verbose": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "ContainerStatusResponse": {
              "fields": {
                "status": {
                  "type": "ContainerStatus",
                  "id": 1
                },
                "info": {
                  "keyType": "string",
                  "type": "string",
                  "id": 2
                }
              }
            },
            "ContainerStatus": {
              "fields": {
                "id": {
                  "type": "string",
                  "id": 1
                },
                "metadata": {
                  "type": "ContainerMetadata",
                  "id": 2
                },
                "state": {
                  "type": "ContainerState",
                  "id": 3
                },
                "created_at": {
                  "type": "int64",
                  "id": 4
                },
                "started_at": {
                  "type": "int64",
                  "id": 5
                },
                "finished_at": {
                  "type": "int64",
                  "id": 6
                },
                "exit_code": {
                  "type": "int32",
                  "id": 7
                },
                "image": {
                  "type": "ImageSpec",
                  "id": 8
                },
                "image_ref": {
                  "type": "string",
                  "id": 9
                },
                "reason": {
                  "type": "string",
                  "id": 10
                },
                "message": {
                  "type": "string",
                  "id": 11
                },
                "labels": {
                  "keyType": "string",
                  "type": "string",
                  "id": 12
                },
                "annotations": {
                  "keyType": "string",
                  "type": "string",
                  "id": 13
                },
                "mounts": {
                  "rule": "repeated",
                  "type": "Mount",
                  "id": 14
                },
                "log_path": {
                  "type": "string",
                  "id": 15
                },
                "resources": {
                  "type": "ContainerResources",
                  "id": 16
                },
                "image_id": {
                  "type": "string",
                  "id": 17
                },
                "user": {
                  "type": "ContainerUser",
                  "id": 18
                },
                "stop_signal": {
                  "type": "Signal",
                  "id": 19
                }
              }
            },
            "ContainerMetadata": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "attempt": {
                  "type": "uint32",
                  "id": 2
                }
              }
            },
            "ContainerConfig": {
              "fields": {
                "metadata": {
                  "type": "ContainerMetadata",
                  "id": 1
                },
                "image": {
                  "type": "ImageSpec",
                  "id": 2
                },
                "command": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 3
                },
                "args": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 4
                },
                "working_dir": {
                  "type": "string",
                  "id": 5
                },
                "envs": {
                  "rule": "repeated",
                  "type": "KeyValue",
                  "id": 6
                },
                "mounts": {
                  "rule": "repeated",
                  "type": "Mount",
                  "id": 7
                },
                "devices": {
                  "rule": "repeated",
                  "type": "Device",
                  "id": 8
                },
                "labels": {
                  "keyType": "string",
                  "type": "string",
                  "id": 9
                },
                "annotations": {
                  "keyType": "string",
                  "type": "string",
                  "id": 10
                },
                "log_path": {
                  "type": "string",
                  "id": 11
                },
                "stdin": {
                  "type": "bool",
                  "id": 12
                },
                "stdin_once": {
                  "type": "bool",
                  "id": 13
                },
                "tty": {
                  "type": "bool",
                  "id": 14
                },
                "linux": {
                  "type": "LinuxContainerConfig",
                  "id": 15
                },
                "windows": {
                  "type": "WindowsContainerConfig",
                  "id": 16
                },
                "CDI_devices": {
                  "rule": "repeated",
                  "type": "CDIDevice",
                  "id": 17
                },
                "stop_signal": {
                  "type": "Signal",
                  "id": 18
                }
              }
            },
            "LinuxContainerConfig": {
              "fields": {
                "resources": {
                  "type": "LinuxContainerResources",
                  "id": 1
                },
                "security_context": {
                  "type": "LinuxContainerSecurityContext",
                  "id": 2
                }
              }
            },
            "WindowsContainerConfig": {
              "fields": {
                "resources": {
                  "type": "WindowsContainerResources",
                  "id": 1
                },
                "security_context": {
                  "type": "WindowsContainerSecurityContext",
                  "id": 2
                }
              }
            },
            "Mount": {
              "fields": {
                "container_path": {
                  "type": "string",
                  "id": 1
                },
                "host_path": {
                  "type": "string",
                  "id": 2
                },
                "readonly": {
                  "type": "bool",
                  "id": 3
                },
                "selinux_relabel": {
                  "type": "bool",
                  "id": 4
                },
                "propagation": {
                  "type": "MountPropagation",
                  "id": 5
                },
                "uidMappings": {
                  "rule": "repeated",
                  "type": "IDMapping",
                  "id": 6
                },
                "gidMappings": {
                  "rule": "repeated",
                  "type": "IDMapping",
                  "id": 7
                },
                "recursive_read_only": {
                  "type": "bool",
                  "id": 8
                },
                "image": {
                  "type": "ImageSpec",
                  "id": 9
                },
                "image_sub_path": {
                  "type": "string",
                  "id": 10
                }
              }
            },
            "MountPropagation": {
              "values": {
                "PROPAGATION_PRIVATE": 0,
                "PROPAGATION_HOST_TO_CONTAINER": 1,
                "PROPAGATION_BIDIRECTIONAL": 2
              }
            },
            "Device": {
              "fields": {
                "container_path": {
                  "type": "string",
                  "id": 1
                },
                "host_path": {
                  "type": "string",
                  "id": 2
                },
                "permissions": {
                  "type": "string",
                  "id": 3
                }
              }
            },
            "CDIDevice": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "Signal": {
              "values": {
                "RUNTIME_DEFAULT": 0,
                "SIGABRT": 1,
                "SIGALRM": 2,
                "SIGBUS": 3,
                "SIGCHLD": 4,
                "SIGCLD": 5,
                "SIGCONT": 6,
                "SIGFPE": 7,
                "SIGHUP": 8,
                "SIGILL": 9,
                "SIGINT": 10,
                "SIGIO": 11,
                "SIGIOT": 12,
                "SIGKILL": 13,
                "SIGPIPE": 14,
                "SIGPOLL": 15,
                "SIGPROF": 16,
                "SIGPWR": 17,
                "SIGQUIT": 18,
                "SIGSEGV": 19,
                "SIGSTKFLT": 20,
                "SIGSTOP": 21,
                "SIGSYS": 22,
                "SIGTERM": 23,
                "SIGTRAP": 24,
                "SIGTSTP": 25,
                "SIGTTIN": 26,
                "SIGTTOU": 27,
                "SIGURG": 28,
                "SIGUSR1": 29,
                "SIGUSR2": 30,
                "SIGVTALRM": 31,
                "SIGWINCH": 32,
                "SIGXCPU": 33,
                "SIGXFSZ": 34,
                "SIGRTMIN": 35,
                "SIGRTMINPLUS1": 36,
                "SIGRTMINPLUS2": 37,
                "SIGRTMINPLUS3": 38,
                "SIGRTMINPLUS4": 39,
                "SIGRTMINPLUS5": 40,
                "SIGRTMINPLUS6": 41,
                "SIGRTMINPLUS7": 42,
                "SIGRTMINPLUS8": 43,
                "SIGRTMINPLUS9": 44,
                "SIGRTMINPLUS10": 45,
                "SIGRTMINPLUS11": 46,
                "SIGRTMINPLUS12": 47,
                "SIGRTMINPLUS13": 48,
                "SIGRTMINPLUS14": 49,
                "SIGRTMINPLUS15": 50,
                "SIGRTMAXMINUS14": 51,
                "SIGRTMAXMINUS13": 52,
                "SIGRTMAXMINUS12": 53,
                "SIGRTMAXMINUS11": 54,
                "SIGRTMAXMINUS10": 55,
                "SIGRTMAXMINUS9": 56,
                "SIGRTMAXMINUS8": 57,
                "SIGRTMAXMINUS7": 58,
                "SIGRTMAXMINUS6": 59,
                "SIGRTMAXMINUS5": 60,
                "SIGRTMAXMINUS4": 61,
                "SIGRTMAXMINUS3": 62,
                "SIGRTMAXMINUS2": 63,
                "SIGRTMAXMINUS1": 64,
                "SIGRTMAX": 65
              }
            },
            "ReopenContainerLogRequest": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "ReopenContainerLogResponse": {
              "fields": {}
            },
            "CheckpointContainerRequest": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                },
                "location": {
                  "type": "string",
                  "id": 2
                },
                "timeout": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "CheckpointContainerResponse": {
              "fields": {}
            },
            "LinuxContainerResources": {
              "fields": {
                "cpu_period": {
                  "type": "int64",
                  "id": 1
                },
                "cpu_quota": {
                  "type": "int64",
                  "id": 2
                },
                "cpu_shares": {
                  "type": "int64",
                  "id": 3
                },
                "memory_limit_in_bytes": {
                  "type": "int64",
                  "id": 4
                },
                "oom_score_adj": {
                  "type": "int64",
                  "id": 5
                },
                "cpuset_cpus": {
                  "type": "string",
                  "id": 6
                },
                "cpuset_mems": {
                  "type": "string",
                  "id": 7
                },
                "hugepage_limits": {
                  "rule": "repeated",
                  "type": "HugepageLimit",
                  "id": 8
                },
                "unified": {
                  "keyType": "string",
                  "type": "string",
                  "id": 9
                },
                "memory_swap_limit_in_bytes": {
                  "type": "int64",
                  "id": 10
                }
              }
            },
            "HugepageLimit": {
              "fields": {
                "page_size": {
                  "type": "string",
                  "id": 1
                },
                "limit": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "WindowsContainerResources": {
              "fields": {
                "cpu_shares": {
                  "type": "int64",
                  "id": 1
                },
                "cpu_count": {
                  "type": "int64",
                  "id": 2
                },
                "cpu_maximum": {
                  "type": "int64",
                  "id": 3
                },
                "memory_limit_in_bytes": {
                  "type": "int64",
                  "id": 4
                },
                "rootfs_size_in_bytes": {
                  "type": "int64",
                  "id": 5
                },
                "affinity_cpus": {
                  "rule": "repeated",
                  "type": "WindowsCpuGroupAffinity",
                  "id": 6
                }
              }
            },
            "WindowsCpuGroupAffinity": {
              "fields": {
                "cpu_mask": {
                  "type": "uint64",
                  "id": 1
                },
                "cpu_group": {
                  "type": "uint32",
                  "id": 2
                }
              }
            },
            "ContainerResources": {
              "fields": {
                "linux": {
                  "type": "LinuxContainerResources",
                  "id": 1
                },
                "windows": {
                  "type": "WindowsContainerResources",
                  "id": 2
                }
              }
            },
            "UpdateContainerResourcesRequest": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                },
                "linux": {
                  "type": "LinuxContainerResources",
                  "id": 2
                },
                "windows": {
                  "type": "WindowsContainerResources",
                  "id": 3
                },
                "annotations": {
                  "keyType": "string",
                  "type": "string",
                  "id": 4
                }
              }
            },
            "UpdateContainerResourcesResponse": {
              "fields": {}
            },
            "NamespaceOption": {
              "fields": {
                "network": {
                  "type": "NamespaceMode",
                  "id": 1
                },
                "pid": {
                  "type": "NamespaceMode",
                  "id": 2
                },
                "ipc": {
                  "type": "NamespaceMode",
                  "id": 3
                },
                "target_id": {
                  "type": "string",
                  "id": 4
                },
                "userns_options": {
                  "type": "UserNamespace",
                  "id": 5
                }
              }
            },
            "NamespaceMode": {
              "values": {
                "POD": 0,
                "CONTAINER": 1,
                "NODE": 2,
                "TARGET": 3
              }
            },
            "UserNamespace": {
              "fields": {
                "mode": {
                  "type": "NamespaceMode",
                  "id": 1
                },
                "uids": {
                  "rule": "repeated",
                  "type": "IDMapping",
                  "id": 2
                },
                "gids": {
                  "rule": "repeated",
                  "type": "IDMapping",
                  "id": 3
                }
              }
            },
            "IDMapping": {
              "fields": {
                "host_id": {
                  "type": "uint32",
                  "id": 1
                },
                "container_id": {
                  "type": "uint32",
                  "id": 2
                },
                "length": {
                  "type": "uint32",
                  "id": 3
                }
              }
            },
            "LinuxSandboxSecurityContext": {
              "fields": {
                "namespace_options": {
                  "type": "NamespaceOption",
                  "id": 1
                },
                "selinux_options": {
                  "type": "SELinuxOption",
                  "id": 2
                },
                "run_as_user": {
                  "type": "Int64Value",
                  "id": 3
                },
                "run_as_group": {
                  "type": "Int64Value",
                  "id": 8
                },
                "readonly_rootfs": {
                  "type": "bool",
                  "id": 4
                },
                "supplemental_groups": {
                  "rule": "repeated",
                  "type": "int64",
                  "id": 5
                },
                "supplemental_groups_policy": {
                  "type": "SupplementalGroupsPolicy",
                  "id": 11
                },
                "privileged": {
                  "type": "bool",
                  "id": 6
                },
                "seccomp": {
                  "type": "SecurityProfile",
                  "id": 9
                },
                "apparmor": {
                  "type": "SecurityProfile",
                  "id": 10
                },
                "seccomp_profile_path": {
                  "type": "string",
                  "id": 7,
                  "options": {
                    "deprecated": true
                  }
                }
              }
            },
            "LinuxContainerSecurityContext": {
              "fields": {
                "capabilities": {
                  "type": "Capability",
                  "id": 1
                },
                "privileged": {
                  "type": "bool",
                  "id": 2
                },
                "namespace_options": {
                  "type": "NamespaceOption",
                  "id": 3
                },
                "selinux_options": {
                  "type": "SELinuxOption",
                  "id": 4
                },
                "run_as_user": {
                  "type": "Int64Value",
                  "id": 5
                },
                "run_as_group": {
                  "type": "Int64Value",
                  "id": 12
                },
                "run_as_username": {
                  "type": "string",
                  "id": 6
                },
                "readonly_rootfs": {
                  "type": "bool",
                  "id": 7
                },
                "supplemental_groups": {
                  "rule": "repeated",
                  "type": "int64",
                  "id": 8
                },
                "supplemental_groups_policy": {
                  "type": "SupplementalGroupsPolicy",
                  "id": 17
                },
                "no_new_privs": {
                  "type": "bool",
                  "id": 11
                },
                "masked_paths": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 13
                },
                "readonly_paths": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 14
                },
                "seccomp": {
                  "type": "SecurityProfile",
                  "id": 15
                },
                "apparmor": {
                  "type": "SecurityProfile",
                  "id": 16
                },
                "apparmor_profile": {
                  "type": "string",
                  "id": 9,
                  "options": {
                    "deprecated": true
                  }
                },
                "seccomp_profile_path": {
                  "type": "string",
                  "id": 10,
                  "options": {
                    "deprecated": true
                  }
                }
              }
            },
            "SupplementalGroupsPolicy": {
              "values": {
                "Merge": 0,
                "Strict": 1
              }
            },
            "SecurityProfile": {
              "fields": {
                "profile_type": {
                  "type": "ProfileType",
                  "id": 1
                },
                "localhost_ref": {
                  "type": "string",
                  "id": 2
                }
              },
              "nested": {
                "ProfileType": {
                  "values": {
                    "RuntimeDefault": 0,
                    "Unconfined": 1,
                    "Localhost": 2
                  }
                }
              }
            },
            "SELinuxOption": {
              "fields": {
                "user": {
                  "type": "string",
                  "id": 1
                },
                "role": {
                  "type": "string",
                  "id": 2
                },
                "type": {
                  "type": "string",
                  "id": 3
                },
                "level": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "Capability": {
              "fields": {
                "add_capabilities": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 1
                },
                "drop_capabilities": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 2
                },
                "add_ambient_capabilities": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 3
                }
              }
            },
            "ContainerUser": {
              "fields": {
                "linux": {
                  "type": "LinuxContainerUser",
                  "id": 1
                }
              }
            },
            "LinuxContainerUser": {
              "fields": {
                "uid": {
                  "type": "int64",
                  "id": 1
                },
                "gid": {
                  "type": "int64",
                  "id": 2
                },
                "supplemental_groups": {
                  "rule": "repeated",
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "WindowsSandboxSecurityContext": {
              "fields": {
                "run_as_username": {
                  "type": "string",
                  "id": 1
                },
                "credential_spec": {
                  "type": "string",
                  "id": 2
                },
                "host_process": {
                  "type": "bool",
                  "id": 3
                },
                "namespace_options": {
                  "type": "WindowsNamespaceOption",
                  "id": 4
                }
              }
            },
            "WindowsContainerSecurityContext": {
              "fields": {
                "run_as_username": {
                  "type": "string",
                  "id": 1
                },
                "credential_spec": {
                  "type": "string",
                  "id": 2
                },
                "host_process": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "WindowsNamespaceOption": {
              "fields": {
                "network": {
                  "type": "NamespaceMode",
                  "id": 1
                }
              }
            },
            "ExecSyncRequest": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                },
                "cmd": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 2
                },
                "timeout": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "ExecSyncResponse": {
              "fields": {
                "stdout": {
                  "type": "bytes",
                  "id": 1
                },
                "stderr": {
                  "type": "bytes",
                  "id": 2
                },
                "exit_code": {
                  "type": "int32",
                  "id": 3
                }
              }
            },
            "ExecRequest": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                },
                "cmd": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 2
                },
                "tty": {
                  "type": "bool",
                  "id": 3
                },
                "stdin": {
                  "type": "bool",
                  "id": 4
                },
                "stdout": {
                  "type": "bool",
                  "id": 5
                },
                "stderr": {
                  "type": "bool",
                  "id": 6
                }
              }
            },
            "ExecResponse": {
              "fields": {
                "url": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "AttachRequest": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                },
                "stdin": {
                  "type": "bool",
                  "id": 2
                },
                "tty": {
                  "type": "bool",
                  "id": 3
                },
                "stdout": {
                  "type": "bool",
                  "id": 4
                },
                "stderr": {
                  "type": "bool",
                  "id": 5
                }
              }
            },
            "AttachResponse": {
              "fields": {
                "url": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "PortForwardRequest": {
              "fields": {
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 1
                },
                "port": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "PortForwardResponse": {
              "fields": {
                "url": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "ContainerStatsRequest": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "ContainerStatsResponse": {
              "fields": {
                "stats": {
                  "type": "ContainerStats",
                  "id": 1
                }
              }
            },
            "ListContainerStatsRequest": {
              "fields": {
                "filter": {
                  "type": "ContainerStatsFilter",
                  "id": 1
                }
              }
            },
            "ListContainerStatsResponse": {
              "fields": {
                "stats": {
                  "rule": "repeated",
                  "type": "ContainerStats",
                  "id": 1
                }
              }
            },
            "StreamContainerStatsRequest": {
              "fields": {
                "filter": {
                  "type": "ContainerStatsFilter",
                  "id": 1
                }
              }
            },
            "StreamContainerStatsResponse": {
              "fields": {
                "container_stats": {
                  "rule": "repeated",
                  "type": "ContainerStats",
                  "id": 1
                }
              }
            },
            "ContainerStatsFilter": {
              "fields": {
                "id": {
                  "type": "string",
                  "id": 1
                },
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 2
                },
                "label_selector": {
                  "keyType": "string",
                  "type": "string",
                  "id": 3
                }
              }
            },
            "ContainerStats": {
              "fields": {
                "attributes": {
                  "type": "ContainerAttributes",
                  "id": 1
                },
                "cpu": {
                  "type": "CpuUsage",
                  "id": 2
                },
                "memory": {
                  "type": "MemoryUsage",
                  "id": 3
                },
                "writable_layer": {
                  "type": "FilesystemUsage",
                  "id": 4
                },
                "swap": {
                  "type": "SwapUsage",
                  "id": 5
                },
                "io": {
                  "type": "IoUsage",
                  "id": 6
                }
              }
            },
            "ContainerAttributes": {
              "fields": {
                "id": {
                  "type": "string",
                  "id": 1
                },
                "metadata": {
                  "type": "ContainerMetadata",
                  "id": 2
                },
                "labels": {
                  "keyType": "string",
                  "type": "string",
                  "id": 3
                },
                "annotations": {
                  "keyType": "string",
                  "type": "string",
                  "id": 4
                }
              }
            },
            "PodSandboxStatsRequest": {
              "fields": {
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "PodSandboxStatsResponse": {
              "fields": {
                "stats": {
                  "type": "PodSandboxStats",
                  "id": 1
                }
              }
            },
            "ListPodSandboxStatsRequest": {
              "fields": {
                "filter": {
                  "type": "PodSandboxStatsFilter",
                  "id": 1
                }
              }
            },
            "ListPodSandboxStatsResponse": {
              "fields": {
                "stats": {
                  "rule": "repeated",
                  "type": "PodSandboxStats",
                  "id": 1
                }
              }
            },
            "StreamPodSandboxStatsRequest": {
              "fields": {
                "filter": {
                  "type": "PodSandboxStatsFilter",
                  "id": 1
                }
              }
            },
            "StreamPodSandboxStatsResponse": {
              "fields": {
                "pod_sandbox_stats": {
                  "rule": "repeated",
                  "type": "PodSandboxStats",
                  "id": 1
                }
              }
            },
            "PodSandboxStatsFilter": {
              "fields": {
                "id": {
                  "type": "string",
                  "id": 1
                },
                "label_selector": {
                  "keyType": "string",
                  "type": "string",
                  "id": 2
                }
              }
            },
            "PodSandboxStats": {
              "fields": {
                "attributes": {
                  "type": "PodSandboxAttributes",
                  "id": 1
                },
                "linux": {
                  "type": "LinuxPodSandboxStats",
                  "id": 2
                },
                "windows": {
                  "type": "WindowsPodSandboxStats",
                  "id": 3
                }
              }
            },
            "PodSandboxAttributes": {
              "fields": {
                "id": {
                  "type": "string",
                  "id": 1
                },
                "metadata": {
                  "type": "PodSandboxMetadata",
                  "id": 2
                },
                "labels": {
                  "keyType": "string",
                  "type": "string",
                  "id": 3
                },
                "annotations": {
                  "keyType": "string",
                  "type": "string",
                  "id": 4
                }
              }
            },
            "LinuxPodSandboxStats": {
              "fields": {
                "cpu": {
                  "type": "CpuUsage",
                  "id": 1
                },
                "memory": {
                  "type": "MemoryUsage",
                  "id": 2
                },
                "network": {
                  "type": "NetworkUsage",
                  "id": 3
                },
                "process": {
                  "type": "ProcessUsage",
                  "id": 4
                },
                "containers": {
                  "rule": "repeated",
                  "type": "ContainerStats",
                  "id": 5
                },
                "io": {
                  "type": "IoUsage",
                  "id": 6
                }
              }
            },
            "CpuUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "usage_core_nano_seconds": {
                  "type": "UInt64Value",
                  "id": 2
                },
                "usage_nano_cores": {
                  "type": "UInt64Value",
                  "id": 3
                },
                "psi": {
                  "type": "PsiStats",
                  "id": 4
                }
              }
            },
            "MemoryUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "working_set_bytes": {
                  "type": "UInt64Value",
                  "id": 2
                },
                "available_bytes": {
                  "type": "UInt64Value",
                  "id": 3
                },
                "usage_bytes": {
                  "type": "UInt64Value",
                  "id": 4
                },
                "rss_bytes": {
                  "type": "UInt64Value",
                  "id": 5
                },
                "page_faults": {
                  "type": "UInt64Value",
                  "id": 6
                },
                "major_page_faults": {
                  "type": "UInt64Value",
                  "id": 7
                },
                "psi": {
                  "type": "PsiStats",
                  "id": 8
                }
              }
            },
            "SwapUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "swap_available_bytes": {
                  "type": "UInt64Value",
                  "id": 2
                },
                "swap_usage_bytes": {
                  "type": "UInt64Value",
                  "id": 3
                }
              }
            },
            "IoUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "psi": {
                  "type": "PsiStats",
                  "id": 2
                }
              }
            },
            "PsiStats": {
              "fields": {
                "Full": {
                  "type": "PsiData",
                  "id": 1
                },
                "Some": {
                  "type": "PsiData",
                  "id": 2
                }
              }
            },
            "PsiData": {
              "fields": {
                "Total": {
                  "type": "uint64",
                  "id": 1
                },
                "Avg10": {
                  "type": "double",
                  "id": 2
                },
                "Avg60": {
                  "type": "double",
                  "id": 3
                },
                "Avg300": {
                  "type": "double",
                  "id": 4
                }
              }
            },
            "NetworkUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "default_interface": {
                  "type": "NetworkInterfaceUsage",
                  "id": 2
                },
                "interfaces": {
                  "rule": "repeated",
                  "type": "NetworkInterfaceUsage",
                  "id": 3
                }
              }
            },
            "NetworkInterfaceUsage": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "rx_bytes": {
                  "type": "UInt64Value",
                  "id": 2
                },
                "rx_errors": {
                  "type": "UInt64Value",
                  "id": 3
                },
                "tx_bytes": {
                  "type": "UInt64Value",
                  "id": 4
                },
                "tx_errors": {
                  "type": "UInt64Value",
                  "id": 5
                }
              }
            },
            "ProcessUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "process_count": {
                  "type": "UInt64Value",
                  "id": 2
                }
              }
            },
            "FilesystemUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "fs_id": {
                  "type": "FilesystemIdentifier",
                  "id": 2
                },
                "used_bytes": {
                  "type": "UInt64Value",
                  "id": 3
                },
                "inodes_used": {
                  "type": "UInt64Value",
                  "id": 4
                }
              }
            },
            "FilesystemIdentifier": {
              "fields": {
                "mountpoint": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "WindowsPodSandboxStats": {
              "fields": {
                "cpu": {
                  "type": "WindowsCpuUsage",
                  "id": 1
                },
                "memory": {
                  "type": "WindowsMemoryUsage",
                  "id": 2
                },
                "network": {
                  "type": "WindowsNetworkUsage",
                  "id": 3
                },
                "process": {
                  "type": "WindowsProcessUsage",
                  "id": 4
                },
                "containers": {
                  "rule": "repeated",
                  "type": "WindowsContainerStats",
                  "id": 5
                }
              }
            },
            "WindowsContainerStats": {
              "fields": {
                "attributes": {
                  "type": "ContainerAttributes",
                  "id": 1
                },
                "cpu": {
                  "type": "WindowsCpuUsage",
                  "id": 2
                },
                "memory": {
                  "type": "WindowsMemoryUsage",
                  "id": 3
                },
                "writable_layer": {
                  "type": "WindowsFilesystemUsage",
                  "id": 4
                }
              }
            },
            "WindowsCpuUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "usage_core_nano_seconds": {
                  "type": "UInt64Value",
                  "id": 2
                },
                "usage_nano_cores": {
                  "type": "UInt64Value",
                  "id": 3
                }
              }
            },
            "WindowsMemoryUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "working_set_bytes": {
                  "type": "UInt64Value",
                  "id": 2
                },
                "available_bytes": {
                  "type": "UInt64Value",
                  "id": 3
                },
                "page_faults": {
                  "type": "UInt64Value",
                  "id": 4
                },
                "commit_memory_bytes": {
                  "type": "UInt64Value",
                  "id": 5
                }
              }
            },
            "WindowsNetworkUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "default_interface": {
                  "type": "WindowsNetworkInterfaceUsage",
                  "id": 2
                },
                "interfaces": {
                  "rule": "repeated",
                  "type": "WindowsNetworkInterfaceUsage",
                  "id": 3
                }
              }
            },
            "WindowsNetworkInterfaceUsage": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "rx_bytes": {
                  "type": "UInt64Value",
                  "id": 2
                },
                "rx_packets_dropped": {
                  "type": "UInt64Value",
                  "id": 3
                },
                "tx_bytes": {
                  "type": "UInt64Value",
                  "id": 4
                },
                "tx_packets_dropped": {
                  "type": "UInt64Value",
                  "id": 5
                }
              }
            },
            "WindowsProcessUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "process_count": {
                  "type": "UInt64Value",
                  "id": 2
                }
              }
            },
            "WindowsFilesystemUsage": {
              "fields": {
                "timestamp": {
                  "type": "int64",
                  "id": 1
                },
                "fs_id": {
                  "type": "FilesystemIdentifier",
                  "id": 2
                },
                "used_bytes": {
                  "type": "UInt64Value",
                  "id": 3
                }
              }
            },
            "GetEventsRequest": {
              "fields": {}
            },
            "ContainerEventResponse": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                },
                "container_event_type": {
                  "type": "ContainerEventType",
                  "id": 2
                },
                "created_at": {
                  "type": "int64",
                  "id": 3
                },
                "pod_sandbox_status": {
                  "type": "PodSandboxStatus",
                  "id": 4
                },
                "containers_statuses": {
                  "rule": "repeated",
                  "type": "ContainerStatus",
                  "id": 5
                }
              }
            },
            "ContainerEventType": {
              "values": {
                "CONTAINER_CREATED_EVENT": 0,
                "CONTAINER_STARTED_EVENT": 1,
                "CONTAINER_STOPPED_EVENT": 2,
                "CONTAINER_DELETED_EVENT": 3
              }
            },
            "ListMetricDescriptorsRequest": {
              "fields": {}
            },
            "ListMetricDescriptorsResponse": {
              "fields": {
                "descriptors": {
                  "rule": "repeated",
                  "type": "MetricDescriptor",
                  "id": 1
                }
              }
            },
            "MetricDescriptor": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "help": {
                  "type": "string",
                  "id": 2
                },
                "label_keys": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 3
                }
              }
            },
            "ListPodSandboxMetricsRequest": {
              "fields": {}
            },
            "ListPodSandboxMetricsResponse": {
              "fields": {
                "pod_metrics": {
                  "rule": "repeated",
                  "type": "PodSandboxMetrics",
                  "id": 1
                }
              }
            },
            "StreamPodSandboxMetricsRequest": {
              "fields": {}
            },
            "StreamPodSandboxMetricsResponse": {
              "fields": {
                "pod_sandbox_metrics": {
                  "rule": "repeated",
                  "type": "PodSandboxMetrics",
                  "id": 1
                }
              }
            },
            "PodSandboxMetrics": {
              "fields": {
                "pod_sandbox_id": {
                  "type": "string",
                  "id": 1
                },
                "metrics": {
                  "rule": "repeated",
                  "type": "Metric",
                  "id": 2
                },
                "container_metrics": {
                  "rule": "repeated",
                  "type": "ContainerMetrics",
                  "id": 3
                }
              }
            },
            "ContainerMetrics": {
              "fields": {
                "container_id": {
                  "type": "string",
                  "id": 1
                },
                "metrics": {
                  "rule": "repeated",
                  "type": "Metric",
                  "id": 2
                }
              }
            },
            "Metric": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "timestamp": {
                  "type": "int64",
                  "id": 2
                },
                "metric_type": {
                  "type": "MetricType",
                  "id": 3
                },
                "label_values": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 4
                },
                "value": {
                  "type": "UInt64Value",
                  "id": 5
                }
              }
            },
            "MetricType": {
              "values": {
                "COUNTER": 0,
                "GAUGE": 1
              }
            },
            "ImageSpec": {
              "fields": {
                "image": {
                  "type": "string",
                  "id": 1
                },
                "annotations": {
                  "keyType": "string",
                  "type": "string",
                  "id": 2
                },
                "user_specified_image": {
                  "type": "string",
                  "id": 18
                },
                "runtime_handler": {
                  "type": "string",
                  "id": 19
                },
                "image_ref": {
                  "type": "string",
                  "id": 20
                }
              }
            },
            "ListImagesRequest": {
              "fields": {
                "filter": {
                  "type": "ImageFilter",
                  "id": 1
                }
              }
            },
            "ListImagesResponse": {
              "fields": {
                "images": {
                  "rule": "repeated",
                  "type": "Image",
                  "id": 1
                }
              }
            },
            "StreamImagesRequest": {
              "fields": {
                "filter": {
                  "type": "ImageFilter",
                  "id": 1
                }
              }
            },
            "StreamImagesResponse": {
              "fields": {
                "images": {
                  "rule": "repeated",
                  "type": "Image",
                  "id": 1
                }
              }
            },
            "ImageFilter": {
              "fields": {
                "image": {
                  "type": "ImageSpec",
                  "id": 1
                }
              }
            },
            "Image": {
              "fields": {
                "id": {
                  "type": "string",
                  "id": 1
                },
                "repo_tags": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 2
                },
                "repo_digests": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 3
                },
                "size": {
                  "type": "uint64",
                  "id": 4
                },
                "uid": {
                  "type": "Int64Value",
                  "id": 5
                },
                "username": {
                  "type": "string",
                  "id": 6
                },
                "spec": {
                  "type": "ImageSpec",
                  "id": 7
                },
                "pinned": {
                  "type": "bool",
                  "id": 8
                }
              }
            },
            "ImageStatusRequest": {
              "fields": {
                "image": {
                  "type": "ImageSpec",
                  "id": 1
                },
                "verbose": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "ImageStatusResponse": {
              "fields": {
                "image": {
                  "type": "Image",
                  "id": 1
                },
                "info": {
                  "keyType": "string",
                  "type": "string",
                  "id": 2
                }
              }
            },
            "PullImageRequest": {
              "fields": {
                "image": {
                  "type": "ImageSpec",
                  "id": 1
                },
                "auth": {
                  "type": "AuthConfig",
                  "id": 2
                },
                "sandbox_config": {
                  "type": "PodSandboxConfig",
                  "id": 3
                }
              }
            },
            "PullImageResponse": {
              "fields": {
                "image_ref": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "AuthConfig": {
              "fields": {
                "username": {
                  "type": "string",
                  "id": 1
                },
                "password": {
                  "type": "string",
                  "id": 2,
                  "options": {
                    "debug_redact": true
                  }
                },
                "auth": {
                  "type": "string",
                  "id": 3,
                  "options": {
                    "debug_redact": true
                  }
                },
                "server_address": {
                  "type": "string",
                  "id": 4
                },
                "identity_token": {
                  "type": "string",
                  "id": 5,
                  "options": {
                    "debug_redact": true
                  }
                },
                "registry_token": {
                  "type": "string",
                  "id": 6,
                  "options": {
                    "debug_redact": true
                  }
                }
              }
            },
            "RemoveImageRequest": {
              "fields": {
                "image": {
                  "type": "ImageSpec",
                  "id": 1
                }
              }
            },
            "RemoveImageResponse": {
              "fields": {}
            },
            "ImageFsInfoRequest": {
              "fields": {}
            },
            "ImageFsInfoResponse": {
              "fields": {
                "image_filesystems": {
                  "rule": "repeated",
                  "type": "FilesystemUsage",
                  "id": 1
                },
                "container_filesystems": {
                  "rule": "repeated",
                  "type": "FilesystemUsage",
                  "id": 2
                }
              }
            }
          }
        }
      }
    }
  }
};
