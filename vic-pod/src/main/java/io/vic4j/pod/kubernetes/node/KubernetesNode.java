package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.vic4j.core.CancelledException;
import io.vic4j.core.TimeSource;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.vm.Subscription;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodListener;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.pod.kubernetes.KubernetesStatuses;
import io.vic4j.pod.kubernetes.PodSources;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;

/**
 * A virtual kubelet: a node of a Kubernetes cluster whose pods are VMs of a {@link
 * VirtualContainerHost}.
 *
 * <pre>{@code
 * try (KubernetesNode node =
 *     KubernetesNode.builder(client, host, "vic-1").address("10.0.0.7").start()) {
 *   node.awaitJoined(Duration.ofMinutes(1));
 *   ...
 * }
 * }</pre>
 *
 * <p><b>The node.</b> It registers a Node, or takes over one of its name, and keeps its status
 * true: what the hypervisor and the datastore have ({@link NodeProbe}), and the conditions Ready,
 * MemoryPressure and DiskPressure, measured every 10 seconds. Its images, the 50 largest, are
 * listed every 5 minutes. That it starts, is ready or not ready, events tell. A Lease in {@code
 * kube-node-lease} is its sign of life. Pods come here only if they tolerate its taint, {@code
 * virtual-kubelet.io/provider=vic:NoSchedule} unless told otherwise.
 *
 * <p><b>The pods.</b> Those that are bound to it are watched, and made on the host; what becomes of
 * their VMs is told by the hypervisor, and written to their statuses as it comes. Nothing of that
 * is asked for at intervals but the whole, every few minutes, in case something was missed. A pod
 * that cannot be had here, or asks for more than the node has left, is Failed, and says why; an
 * image that cannot be pulled is tried again after 10 seconds, then 20, up to 5 minutes. A pod that
 * is over keeps its VM, powered off, until the pod is deleted, so that its logs can be read. One
 * that is deleted gets its grace, its end is told, and then it goes from the hypervisor and from
 * the cluster.
 *
 * <p><b>Their files.</b> Volumes of ConfigMaps, Secrets, the pod's own labels and annotations, and
 * tokens follow what they are made of while the pod runs, as a kubelet has it: each object is asked
 * for about once a minute, whatever the number of pods, one that is {@code immutable} once, and a
 * token is renewed when four fifths of its life are over. Mounts with a {@code subPath} do not
 * follow. What cannot be had leaves the files as they are, is told by an event {@code FailedMount},
 * and is tried again.
 *
 * <p><b>The host is the node's alone.</b> Pods on it that are not bound to this node are ended and
 * removed, after the API server was asked once more. Other programs have hosts of other names.
 *
 * <p><b>What it may.</b> The rights of a kubelet suffice: of a user {@code system:node:NAME} in the
 * group {@code system:nodes}, with the authorizer Node and the admission plugin NodeRestriction,
 * under which a node gives itself no labels below {@code kubernetes.io} but those of kubelets. For
 * others, {@code kubernetes-role.yaml} beside this module's sources has all that it asks for.
 *
 * <p><b>Nothing is remembered here.</b> A program that begins anew finds all with the VMs and in
 * the cluster; nothing is started twice, and pods that run, run on meanwhile. Only one program is
 * the node of a name at a time.
 *
 * <p><b>Errors.</b> Requests that fail are tried again, later each time, and after what a
 * Retry-After says; statuses are written with optimistic concurrency, and one that was lost to
 * somebody else's is made again of what is then there. A pod that is over stays over. What goes
 * wrong with a pod is told by its status and its events, what goes wrong with the node by its
 * conditions and the log; nothing of that is thrown.
 *
 * <p><b>Threads.</b> Thread-safe. It has threads of its own, and ends them when it is closed; the
 * client and the host stay the caller's, and are to be closed later. Closing does not touch pods.
 *
 * <p>Sources: Kubernetes, "Nodes", "Leases", "Pod Lifecycle", "Images" and "Kubernetes API
 * Concepts".
 */
public final class KubernetesNode implements AutoCloseable {
  private final String name;
  private final TimeSource time;
  private final OwnParts parts = new OwnParts();
  private final NodeObject node;
  private final ClusterPods cluster;
  private final CompletableFuture<Void> synced;
  private final CompletableFuture<Void> registered = new CompletableFuture<>();
  private final OptionalInt kubeletPort;

  KubernetesNode(KubernetesNodeBuilder options) {
    this.name = options.name();
    try {
      if (options.timeSource().isPresent()) {
        this.time = options.timeSource().get();
      } else {
        ScheduledThreadPoolExecutor timer = OwnThreads.timer("vic-node-timer");
        parts.add(timer::shutdownNow);
        this.time = TimeSource.system(timer);
      }
      KubernetesClient client = options.client(parts);
      PodLifecycle pods = options.host().pods();
      PodQueue queue = parts.add(new PodQueue(time, options.workers(), "vic-node-pods"));
      List<Consumer<PodKey>> lookers = new CopyOnWriteArrayList<>(List.of(queue::add));
      this.cluster = new ClusterPods(client, name, key -> lookers.forEach(it -> it.accept(key)));
      this.kubeletPort =
          options.startKubelet(client, new NodeKubelet(cluster, pods), pods, time, parts);

      EventRecorder events = parts.add(new EventRecorder(client, name, time, options.ids()));
      ClusterSources sources = options.sources(client, time);
      FileFollower follower =
          parts.add(
              new FileFollower(
                  cluster,
                  pods,
                  translator(sources.patient()),
                  events,
                  options.filesInterval(),
                  time));
      lookers.add(follower::add);
      PodActions actions = parts.add(new PodActions(time, options.creations(), queue::add));
      NodeImages images = new NodeImages(options.host().images());
      this.node =
          new NodeObject(
              client,
              options.settings(kubeletPort),
              NodeProbe.of(options.host()),
              images,
              events,
              time);
      PodReconciler reconciler =
          new PodReconciler(
              cluster,
              pods,
              new PodAdmission(cluster, pods, node::current),
              new PodMaker(pods, translator(sources), options.pullSources(), events, follower),
              actions,
              KubernetesStatuses.of(sources, time),
              new StatusWriter(client),
              events,
              time);
      NodeLease lease = new NodeLease(client, name, node::current, time);
      Subscription changes = pods.watch(new Changes(lookers));
      parts.add(changes);
      parts
          .add(
              new Periodic(
                  "status of the node",
                  time,
                  NodeObject.INTERVAL,
                  Backoff.WORK,
                  () -> {
                    node.update();
                    registered.complete(null);
                  }))
          .start();
      parts
          .add(new Periodic("images", time, NodeImages.INTERVAL, Backoff.WORK, images::list))
          .start();
      parts
          .add(new Periodic("lease", time, NodeLease.INTERVAL, Backoff.LEASE, lease::renew))
          .start();
      Periodic resync =
          parts.add(
              new Periodic(
                  "resync", time, options.resync(), Backoff.WORK, () -> lookAtAll(pods, queue)));
      parts.add(cluster);
      this.synced =
          cluster
              .start()
              .thenRun(
                  () -> {
                    queue.start(reconciler);
                    resync.start();
                    follower.start();
                  });
    } catch (RuntimeException | Error e) {
      try (parts) {
        throw e;
      }
    }
  }

  private static KubernetesPods translator(PodSources sources) {
    return KubernetesPods.builder().sources(sources).build();
  }

  private void lookAtAll(PodLifecycle pods, PodQueue queue) {
    cluster.known().forEach(pod -> queue.add(ClusterPods.key(pod)));
    pods.list().forEach(pod -> queue.add(pod.key()));
  }

  /**
   * A node to be.
   *
   * @param client speaks to the cluster; stays the caller's, and may be shared
   * @param host what its pods run on; stays the caller's
   * @param name the node's
   */
  public static KubernetesNodeBuilder builder(
      KubernetesClient client, VirtualContainerHost host, String name) {
    return new KubernetesNodeBuilder(client, host, name);
  }

  /**
   * A node to be, with a client of its own.
   *
   * @param config how to speak to the cluster
   * @param host what its pods run on; stays the caller's
   * @param name the node's
   */
  public static KubernetesNodeBuilder builder(
      Config config, VirtualContainerHost host, String name) {
    return new KubernetesNodeBuilder(new KubernetesClientBuilder().withConfig(config), host, name);
  }

  /** What it is called. */
  public String name() {
    return name;
  }

  /** Where its kubelet's API listens; empty if it has none. */
  public OptionalInt kubeletPort() {
    return kubeletPort;
  }

  /** Whether the node is registered, and its pods are known. */
  public boolean hasJoined() {
    return registered.isDone() && synced.isDone() && !synced.isCompletedExceptionally();
  }

  /**
   * Waits until the node is registered, and its pods are known.
   *
   * @throws TimedOutException if that takes longer; the node tries on
   * @throws CancelledException if the thread is interrupted
   */
  public void awaitJoined(Duration timeout) {
    try {
      if (!time.await(CompletableFuture.allOf(registered, synced), timeout)) {
        throw new TimedOutException("node " + name + " has not joined its cluster", timeout);
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "wait for node " + name);
    }
  }

  /** Ends its threads. The pods run on; the cluster notes after 40 seconds that nobody is there. */
  @Override
  public void close() {
    parts.close();
  }

  /** Has pods looked at whose VMs have changed. */
  private record Changes(List<Consumer<PodKey>> lookers) implements PodListener {
    @Override
    public void changed(io.vic4j.pod.Pod pod) {
      lookers.forEach(it -> it.accept(pod.key()));
    }

    @Override
    public void removed(io.vic4j.pod.Pod pod) {
      changed(pod);
    }
  }
}
