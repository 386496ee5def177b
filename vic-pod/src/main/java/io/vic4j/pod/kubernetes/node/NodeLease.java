package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sign of life of a node: a lease, renewed every 10 seconds and good for 40, as the kubelet's.
 *
 * <p>Source: Kubernetes, "Leases", section "Node heartbeats". Used by one thread.
 */
final class NodeLease {
  static final String NAMESPACE = "kube-node-lease";
  static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final Duration GOOD_FOR = Duration.ofSeconds(40);

  private final KubernetesClient client;
  private final String nodeName;
  private final Supplier<Optional<Node>> node;
  private final InstantSource time;
  private @Nullable Lease last;

  /**
   * A lease to be.
   *
   * @param node the node, as far as it is registered: who owns the lease
   */
  NodeLease(
      KubernetesClient client, String nodeName, Supplier<Optional<Node>> node, InstantSource time) {
    this.client = client;
    this.nodeName = nodeName;
    this.node = node;
    this.time = time;
  }

  /** Renews it; makes it, if it is not there. */
  void renew() {
    @Nullable Lease known = last;
    if (known == null) {
      known = lease().get();
    }
    try {
      last = known == null ? create() : client.resource(renewed(known)).update();
    } catch (KubernetesClientException e) {
      last = null; // It is looked at anew.
      if (!ApiErrors.isConflict(e) && !ApiErrors.isNotFound(e)) {
        throw e;
      }
      @Nullable Lease now = lease().get();
      last = now == null ? create() : client.resource(renewed(now)).update();
    }
  }

  private Resource<Lease> lease() {
    return client.leases().inNamespace(NAMESPACE).withName(nodeName);
  }

  private Lease create() {
    Lease lease =
        new LeaseBuilder()
            .withNewMetadata()
            .withName(nodeName)
            .withNamespace(NAMESPACE)
            .endMetadata()
            .withNewSpec()
            .endSpec()
            .build();
    return client.resource(renewed(lease)).create();
  }

  private Lease renewed(Lease lease) {
    LeaseBuilder renewed =
        new LeaseBuilder(lease)
            .editSpec()
            .withHolderIdentity(nodeName)
            .withLeaseDurationSeconds((int) GOOD_FOR.toSeconds())
            .withRenewTime(time.instant().atZone(ZoneOffset.UTC))
            .endSpec();
    if (lease.getMetadata().getOwnerReferences().isEmpty()) {
      node.get()
          .ifPresent(
              owner ->
                  renewed
                      .editMetadata()
                      .withOwnerReferences(
                          List.of(
                              new OwnerReferenceBuilder()
                                  .withApiVersion("v1")
                                  .withKind("Node")
                                  .withName(nodeName)
                                  .withUid(owner.getMetadata().getUid())
                                  .build()))
                      .endMetadata());
    }
    return renewed.build();
  }
}
