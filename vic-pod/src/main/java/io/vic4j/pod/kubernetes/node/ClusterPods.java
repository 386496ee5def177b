package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodListBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vic4j.pod.PodKey;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pods that the cluster has bound to a node: watched, and looked up. A watch that ends begins
 * again, and what was missed is found. Thread-safe.
 */
final class ClusterPods implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClusterPods.class);

  private final KubernetesClient client;
  private final String nodeName;
  private final SharedIndexInformer<Pod> informer;

  /**
   * Not watched yet.
   *
   * @param changed told of each pod that has come, changed or gone; must not wait
   */
  ClusterPods(KubernetesClient client, String nodeName, Consumer<PodKey> changed) {
    this.client = client;
    this.nodeName = nodeName;
    this.informer =
        client
            .pods()
            .inAnyNamespace()
            .withField("spec.nodeName", nodeName)
            .runnableInformer(0)
            .exceptionHandler(
                (started, failure) -> {
                  log.debug("the watch of the pods of {} begins again", nodeName, failure);
                  return true;
                })
            .addEventHandler(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(Pod pod) {
                    changed.accept(key(pod));
                  }

                  @Override
                  public void onUpdate(Pod before, Pod pod) {
                    changed.accept(key(pod));
                  }

                  @Override
                  public void onDelete(Pod pod, boolean finalStateUnknown) {
                    changed.accept(key(pod));
                  }
                });
  }

  static PodKey key(Pod pod) {
    return PodKey.of(pod.getMetadata().getNamespace(), pod.getMetadata().getName());
  }

  /** Begins the watch; done once all pods are known. */
  CompletableFuture<Void> start() {
    return informer.start().toCompletableFuture();
  }

  /** The pods as far as the watch has told. */
  List<Pod> known() {
    return informer.getStore().list();
  }

  /** The pod as the watch has told it last; empty if it is not bound to this node. */
  Optional<Pod> known(PodKey key) {
    return Optional.ofNullable(informer.getStore().getByKey(key.namespace() + "/" + key.name()))
        .filter(this::isBound);
  }

  /** The pod as it is now; empty if it is not bound to this node. */
  Optional<Pod> ask(PodKey key) {
    return Optional.ofNullable(
            client.pods().inNamespace(key.namespace()).withName(key.name()).get())
        .filter(this::isBound);
  }

  private boolean isBound(Pod pod) {
    return pod.getSpec() != null && nodeName.equals(pod.getSpec().getNodeName());
  }

  /** The pods as JSON of a {@code PodList}. */
  String json() {
    return Serialization.asJson(new PodListBuilder().withItems(known()).build());
  }

  /** Removes a pod that has ended, unless there is another one of its name. */
  void remove(Pod pod) {
    PodKey key = key(pod);
    String options =
        Serialization.asJson(
            new DeleteOptionsBuilder()
                .withGracePeriodSeconds(0L)
                .withNewPreconditions()
                .withUid(pod.getMetadata().getUid())
                .endPreconditions()
                .build());
    try {
      client.raw(
          "/api/v1/namespaces/" + key.namespace() + "/pods/" + key.name(), "DELETE", options);
    } catch (KubernetesClientException e) {
      if (!ApiErrors.isNotFound(e) && !ApiErrors.isConflict(e)) {
        throw e;
      }
      log.debug("pod {} is gone already", key, e);
    }
  }

  @Override
  public void close() {
    informer.stop();
  }
}
