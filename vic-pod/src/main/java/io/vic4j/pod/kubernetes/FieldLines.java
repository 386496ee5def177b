package io.vic4j.pod.kubernetes;

/**
 * The table of fields, as lines. A line that begins with {@code +} is a field that is supported,
 * with {@code -} one that is refused, with {@code .} one that is not applicable; any other line
 * names the type of those that follow. In brackets are values that a refused field may have all the
 * same; with {@code [*]} the code of its topic decides.
 */
final class FieldLines {
  static final String ALL =
      """
      ObjectMeta
      + annotations
      . creationTimestamp
      . deletionGracePeriodSeconds
      . deletionTimestamp
      . finalizers the API server's business
      . generateName the API server has made a name of it
      . generation
      + labels
      . managedFields
      + name
      + namespace `default` where there is none
      . ownerReferences
      . resourceVersion
      . selfLink
      + uid a new one where there is none
      PodSpec
      + activeDeadlineSeconds the guest sees to it
      . affinity scheduling
      . automountServiceAccountToken admission adds a volume, see `serviceAccountToken`
      + containers
      + dnsConfig `nameservers` and `searches` only where it is known what they add to
      + dnsPolicy `ClusterFirst` without a cluster's DNS is `Default`, as for a kubelet
      + enableServiceLinks
      - ephemeralContainers a VM's sessions are fixed when it is made
      . evictionResponders the API server's business
      + hostAliases
      - hostIPC [false] a pod is a VM of its own
      - hostNetwork [false] a pod is a VM of its own
      - hostPID [false] a pod is a VM of its own
      . hostUsers a VM's users are its own anyway
      + hostname
      - hostnameOverride set `hostname`
      + imagePullSecrets by registry; `PodTranslation.pullCredentials`
      + initContainers
      + nodeName for `fieldRef`
      . nodeSelector scheduling
      . os
      . overhead scheduling
      . preemptionPolicy scheduling
      . priority scheduling
      . priorityClassName scheduling
      . readinessGates the condition `Ready` waits for them
      - resourceClaims a VM has no devices to claim
      - resources set those of the containers; the VM's size follows
      + restartPolicy
      - runtimeClassName [*] but those that the sources name
      . schedulerName scheduling
      . schedulingGates scheduling
      . schedulingGroup scheduling
      + securityContext
      + serviceAccount as `serviceAccountName`, where that is not given
      + serviceAccountName for `fieldRef` and tokens
      - setHostnameAsFQDN [false] a VM's name is one label
      - shareProcessNamespace [false] each container has its own
      + subdomain the full name in `/etc/hosts`; in the cluster's DNS it is the cluster's to have
      + terminationGracePeriodSeconds
      . tolerations scheduling
      . topologySpreadConstraints scheduling
      + volumes
      PodOS
      - name [linux] only Linux runs
      LocalObjectReference
      + name
      PodSecurityContext
      . appArmorProfile the VM confines; see its fields
      + fsGroup given the volumes, and all processes
      . fsGroupChangePolicy how fast, not what
      + runAsGroup beside `runAsUser`
      + runAsNonRoot
      + runAsUser
      . seLinuxChangePolicy
      - seLinuxOptions the guest has no SELinux
      . seccompProfile the VM confines; see its fields
      + supplementalGroups
      - supplementalGroupsPolicy [Merge] the image's groups count
      - sysctls the guest's kernel is as it is
      - windowsOptions only Linux runs
      SecurityContext
      + allowPrivilegeEscalation `false`: no program gives privileges
      . appArmorProfile the VM confines; see its fields
      + capabilities
      + privileged all capabilities
      - procMount [Default] it is masked
      + readOnlyRootFilesystem
      + runAsGroup beside `runAsUser`
      + runAsNonRoot
      + runAsUser
      - seLinuxOptions the guest has no SELinux
      . seccompProfile the VM confines; see its fields
      - windowsOptions only Linux runs
      SeccompProfile
      - localhostProfile there are no profiles in the guest
      - type [RuntimeDefault, Unconfined] there are no profiles in the guest
      AppArmorProfile
      - localhostProfile there are no profiles in the guest
      - type [RuntimeDefault, Unconfined] there are no profiles in the guest
      Capabilities
      + add
      + drop
      Container
      + args
      + command
      + env
      + envFrom
      + image
      + imagePullPolicy
      + lifecycle
      + livenessProbe
      + name
      + ports
      + readinessProbe
      . resizePolicy nothing is resized
      + resources
      + restartPolicy of an init container `Always`: it is a sidecar
      - restartPolicyRules say it with `restartPolicy`
      + securityContext
      + startupProbe
      + stdin
      . stdinOnce `KubernetesNode` ends the input with who attaches; else it stays open
      - terminationMessagePath [/dev/termination-log] no file is read; see `terminationMessagePolicy`
      . terminationMessagePolicy `FallbackToLogsOnError`: the status has the output's end; `File`: it has none
      + tty
      - volumeDevices use `volumeMounts`
      + volumeMounts
      + workingDir
      ContainerPort
      + containerPort of a port with a name; else for information, a VM hides no ports
      - hostIP there is no host to listen on
      - hostPort [0] there is no host to listen on
      + name for probes and hooks
      . protocol
      EnvVar
      + name
      + value with `$(NAME)` and `$$`
      + valueFrom
      EnvVarSource
      + configMapKeyRef
      + fieldRef
      - fileKeyRef use `configMapKeyRef` or `secretKeyRef`
      + resourceFieldRef
      + secretKeyRef
      ObjectFieldSelector
      . apiVersion `v1`
      + fieldPath the guest puts in `status.podIP` and `status.podIPs`, not in a `subPathExpr`
      ResourceFieldSelector
      + containerName
      + divisor
      + resource of cpu, memory and ephemeral-storage, if the container has a limit
      ConfigMapKeySelector
      + key
      + name
      + optional
      SecretKeySelector
      + key
      + name
      + optional
      EnvFromSource
      + configMapRef
      + prefix
      + secretRef
      ConfigMapEnvSource
      + name
      + optional
      SecretEnvSource
      + name
      + optional
      ResourceRequirements
      - claims a VM has no devices to claim
      + limits cpu and memory; ephemeral-storage is bounded by the disks' size; others are refused
      + requests likewise, and on vSphere the VM's shares; ephemeral-storage is for the scheduler and the node
      Lifecycle
      + postStart
      + preStop
      + stopSignal
      LifecycleHandler
      + exec
      + httpGet
      + sleep
      - tcpSocket Kubernetes does nothing for it, either
      Probe
      + exec
      + failureThreshold
      + grpc
      + httpGet
      + initialDelaySeconds
      + periodSeconds
      + successThreshold
      + tcpSocket
      + terminationGracePeriodSeconds
      + timeoutSeconds
      ExecAction
      + command
      HTTPGetAction
      + host the guest's loopback address where not given
      + httpHeaders
      + path
      + port a number or a port's name
      - protocol HTTP/1.1 it is
      + scheme
      HTTPHeader
      + name
      + value
      TCPSocketAction
      + host the guest's loopback address where not given
      + port a number or a port's name
      GRPCAction
      - mode without TLS it is
      + port
      + service
      SleepAction
      + seconds
      VolumeMount
      - bindMountOptions not supported
      + mountPath
      - mountPropagation [None] there is no host to propagate to
      + name
      + readOnly
      . recursiveReadOnly volumes have no mounts within
      + subPath
      + subPathExpr
      Volume
      - awsElasticBlockStore use a claim
      - azureDisk use a claim
      - azureFile use a claim
      - cephfs use a claim
      - cinder use a claim
      + configMap `KubernetesNode` follows its changes
      - csi use a claim
      + downwardAPI `KubernetesNode` follows its changes
      + emptyDir
      - ephemeral use a claim
      - fc use a claim
      - flexVolume use a claim
      - flocker use a claim
      - gcePersistentDisk use a claim
      - gitRepo use an init container
      - glusterfs use a claim
      - hostPath a VM does not see the host's files
      - image use an init container
      - iscsi use a claim
      + name
      - nfs use a claim
      + persistentVolumeClaim a volume of the virtual container host
      - photonPersistentDisk use a claim
      - portworxVolume use a claim
      + projected `KubernetesNode` follows its changes
      - quobyte use a claim
      - rbd use a claim
      - scaleIO use a claim
      + secret `KubernetesNode` follows its changes
      - storageos use a claim
      - vsphereVolume use a claim
      EmptyDirVolumeSource
      + medium none or `Memory`
      - mode it is 0777
      + sizeLimit how large the disk is; 16Mi at least
      ConfigMapVolumeSource
      + defaultMode
      - defaultUser root owns them
      + items
      + name
      + optional
      SecretVolumeSource
      + defaultMode
      - defaultUser root owns them
      + items
      + optional
      + secretName
      KeyToPath
      + key
      + mode
      + path
      - user root owns them
      DownwardAPIVolumeSource
      + defaultMode
      - defaultUser root owns them
      + items
      DownwardAPIVolumeFile
      + fieldRef
      + mode
      + path
      + resourceFieldRef
      - user root owns them
      ProjectedVolumeSource
      + defaultMode
      - defaultUser root owns them
      + sources
      VolumeProjection
      - clusterTrustBundle use a ConfigMap
      + configMap
      + downwardAPI
      - podCertificate use a Secret
      + secret
      + serviceAccountToken if the sources have tokens; `KubernetesNode` renews it
      ConfigMapProjection
      + items
      + name
      + optional
      SecretProjection
      + items
      + name
      + optional
      DownwardAPIProjection
      + items
      ServiceAccountTokenProjection
      + audience
      + expirationSeconds
      + path
      - user root owns them
      PersistentVolumeClaimVolumeSource
      + claimName
      + readOnly
      HostAlias
      + hostnames
      + ip
      PodDNSConfig
      + nameservers
      + options
      + searches
      PodDNSConfigOption
      + name
      + value
      """;

  private FieldLines() {}
}
