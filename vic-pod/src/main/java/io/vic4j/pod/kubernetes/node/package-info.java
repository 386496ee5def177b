/**
 * A virtual kubelet: {@link io.vic4j.pod.kubernetes.node.KubernetesNode} joins a cluster as a node,
 * and runs the pods that are bound to it on a virtual container host; {@link
 * io.vic4j.pod.kubernetes.node.NodeProbe} measures what such a node has, and needs no cluster.
 *
 * <p>Needs {@code io.fabric8:kubernetes-client} and one of its HTTP clients, which this library
 * names as optional dependencies.
 */
@NullMarked
package io.vic4j.pod.kubernetes.node;

import org.jspecify.annotations.NullMarked;
