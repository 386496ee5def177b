/**
 * The HTTPS API of a kubelet over pods that are VMs: {@link
 * io.vic4j.pod.kubernetes.kubelet.KubeletServer} serves what a kube-apiserver and a metrics-server
 * ask a node for. Needs Netty's HTTP codec and handlers on the class path.
 */
@NullMarked
package io.vic4j.pod.kubernetes.kubelet;

import org.jspecify.annotations.NullMarked;
