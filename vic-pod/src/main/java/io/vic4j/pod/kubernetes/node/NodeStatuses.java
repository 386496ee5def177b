package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.ContainerImage;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.NodeStatusBuilder;
import io.fabric8.kubernetes.api.model.NodeSystemInfo;
import io.fabric8.kubernetes.api.model.NodeSystemInfoBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Says what a node has and how it is in Kubernetes' words: a pure function of its settings, of what
 * was measured, and of what it said before.
 *
 * <p>Source: Kubernetes, "Node Status"; the reasons are the kubelet's.
 */
final class NodeStatuses {
  private final NodeSettings settings;

  NodeStatuses(NodeSettings settings) {
    this.settings = settings;
  }

  /** The status, where this was the one before. */
  NodeStatus status(
      NodeStatus before, NodeFacts facts, Optional<List<ContainerImage>> images, Instant now) {
    NodeStatusBuilder status =
        new NodeStatusBuilder(before)
            .withAddresses(addresses())
            .withConditions(conditions(before.getConditions(), facts, now))
            .withNodeInfo(info())
            .withCapacity(capacity(before.getCapacity(), facts))
            .withAllocatable(allocatable(before.getAllocatable(), facts))
            .withImages(images.orElseGet(before::getImages));
    settings
        .kubeletPort()
        .ifPresent(
            port ->
                status.withNewDaemonEndpoints().withNewKubeletEndpoint(port).endDaemonEndpoints());
    return status.build();
  }

  /** Whether they say the same, whenever they were measured. */
  static boolean saySame(NodeStatus one, NodeStatus other) {
    return undated(one).equals(undated(other));
  }

  private static NodeStatus undated(NodeStatus status) {
    List<NodeCondition> conditions = new ArrayList<>();
    for (NodeCondition condition : status.getConditions()) {
      conditions.add(new NodeConditionBuilder(condition).withLastHeartbeatTime("").build());
    }
    return new NodeStatusBuilder(status).withConditions(conditions).build();
  }

  private List<NodeAddress> addresses() {
    List<NodeAddress> addresses = new ArrayList<>();
    settings.addresses().forEach(it -> addresses.add(new NodeAddress(it, "InternalIP")));
    addresses.add(new NodeAddress(settings.name(), "Hostname"));
    return addresses;
  }

  private NodeSystemInfo info() {
    String id =
        UUID.nameUUIDFromBytes(("vic4j/" + settings.name()).getBytes(StandardCharsets.UTF_8))
            .toString();
    return new NodeSystemInfoBuilder()
        .withArchitecture("amd64")
        .withOperatingSystem("linux")
        .withKubeletVersion(settings.kubeletVersion())
        .withKubeProxyVersion("")
        .withOsImage(settings.osImage())
        .withKernelVersion(settings.kernelVersion())
        .withContainerRuntimeVersion("vic4j://1")
        .withMachineID(id)
        .withSystemUUID(id)
        .withBootID(id)
        .build();
  }

  private Map<String, Quantity> capacity(Map<String, Quantity> before, NodeFacts facts) {
    return resources(before, facts, facts.cpuMillis(), facts.memoryBytes());
  }

  private Map<String, Quantity> allocatable(Map<String, Quantity> before, NodeFacts facts) {
    return resources(before, facts, facts.allocatableCpuMillis(), facts.allocatableMemoryBytes());
  }

  /** What is not known now stays as it was. */
  private Map<String, Quantity> resources(
      Map<String, Quantity> before, NodeFacts facts, OptionalLong cpu, OptionalLong memory) {
    Map<String, Quantity> resources = new HashMap<>(before);
    cpu.ifPresent(millis -> resources.put("cpu", cpu(millis)));
    memory.ifPresent(bytes -> resources.put("memory", new Quantity(Long.toString(bytes))));
    facts
        .pods(settings.maxPods())
        .ifPresent(pods -> resources.put("pods", new Quantity(Integer.toString(pods))));
    facts
        .storageBytes()
        .ifPresent(bytes -> resources.put("ephemeral-storage", new Quantity(Long.toString(bytes))));
    return resources;
  }

  private static Quantity cpu(long millis) {
    return millis % 1000 == 0
        ? new Quantity(Long.toString(millis / 1000))
        : new Quantity(millis + "m");
  }

  private static List<NodeCondition> conditions(
      List<NodeCondition> before, NodeFacts facts, Instant now) {
    List<NodeCondition> conditions = new ArrayList<>();
    conditions.add(
        facts.isMemoryLow()
            ? condition("MemoryPressure", true, "KubeletHasInsufficientMemory", "memory runs out")
            : condition(
                "MemoryPressure",
                false,
                "KubeletHasSufficientMemory",
                "the hypervisor has sufficient memory available"));
    conditions.add(
        facts.isDiskLow()
            ? condition("DiskPressure", true, "KubeletHasDiskPressure", "the datastore runs full")
            : condition(
                "DiskPressure",
                false,
                "KubeletHasNoDiskPressure",
                "the datastore has sufficient space available"));
    conditions.add(
        condition(
            "PIDPressure", false, "KubeletHasSufficientPID", "each pod's VM has PIDs of its own"));
    conditions.add(
        facts.networkProblem().isEmpty()
            ? condition(
                "NetworkUnavailable", false, "HypervisorNetwork", "the hypervisor has the networks")
            : condition("NetworkUnavailable", true, "HypervisorNetwork", facts.networkProblem()));
    conditions.add(
        facts.isReady()
            ? condition("Ready", true, "KubeletReady", "the hypervisor answers")
            : condition("Ready", false, "HypervisorUnavailable", facts.trouble()));
    String at = now.truncatedTo(ChronoUnit.SECONDS).toString();
    for (NodeCondition condition : conditions) {
      condition.setLastHeartbeatTime(at);
      condition.setLastTransitionTime(
          before.stream()
              .filter(it -> it.getType().equals(condition.getType()))
              .filter(it -> it.getStatus().equals(condition.getStatus()))
              .map(NodeCondition::getLastTransitionTime)
              .findFirst()
              .orElse(at));
    }
    for (NodeCondition other : before) {
      if (conditions.stream().noneMatch(it -> it.getType().equals(other.getType()))) {
        conditions.add(other); // Somebody else's.
      }
    }
    return conditions;
  }

  private static NodeCondition condition(
      String type, boolean holds, String reason, String message) {
    return new NodeConditionBuilder()
        .withType(type)
        .withStatus(holds ? "True" : "False")
        .withReason(reason)
        .withMessage(message)
        .build();
  }
}
