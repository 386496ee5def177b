/**
 * Pods as Kubernetes has them: {@link io.vic4j.pod.kubernetes.KubernetesPods} makes of a v1 Pod
 * what this library makes a VM of, {@link io.vic4j.pod.kubernetes.KubernetesStatuses} says in
 * Kubernetes' words how that is, and {@link io.vic4j.pod.kubernetes.PodFields} tells what is
 * supported, field by field.
 *
 * <p>Signatures here name types of {@code io.fabric8:kubernetes-model-core}, which users of
 * Kubernetes have anyhow; no other package of this library does.
 */
@NullMarked
package io.vic4j.pod.kubernetes;

import org.jspecify.annotations.NullMarked;
