package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Taint;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a node says of itself.
 *
 * @param name the node's
 * @param providerId what its provider calls it
 * @param labels beside those that all nodes have
 * @param taints which pods do not come here
 * @param addresses IP addresses, the first one first
 * @param maxPods how many pods it takes
 * @param kubeletPort where its API listens; empty if it has none
 * @param kubeletVersion which Kubernetes it speaks
 * @param osImage the guests' system, for people
 * @param kernelVersion the guests' kernel, for people
 */
record NodeSettings(
    String name,
    Optional<String> providerId,
    Map<String, String> labels,
    List<Taint> taints,
    List<String> addresses,
    int maxPods,
    OptionalInt kubeletPort,
    String kubeletVersion,
    String osImage,
    String kernelVersion) {}
