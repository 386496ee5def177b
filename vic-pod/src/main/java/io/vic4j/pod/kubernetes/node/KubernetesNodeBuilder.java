package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.TimeSource;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.pod.kubernetes.PodSources;
import io.vic4j.pod.kubernetes.kubelet.KubeletServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Describes a {@link KubernetesNode}. For use by one thread. */
public final class KubernetesNodeBuilder {
  private static final int DEFAULT_PODS = 110; // The kubelet's maxPods.
  private static final int DEFAULT_WORKERS = 8;
  private static final int DEFAULT_CREATIONS = 16;
  private static final Duration DEFAULT_RESYNC = Duration.ofMinutes(5);
  private static final Duration DEFAULT_FILES_INTERVAL = Duration.ofMinutes(1); // As a kubelet.
  private static final int JITTER = 10;

  private final Supplier<KubernetesClient> client;
  private final boolean ownClient;
  private final VirtualContainerHost host;
  private final String name;
  private final Map<String, String> labels = new LinkedHashMap<>();
  private final List<String> addresses = new ArrayList<>();
  private final Set<String> runtimeClasses = new LinkedHashSet<>();
  private List<Taint> taints =
      List.of(
          new TaintBuilder()
              .withKey("virtual-kubelet.io/provider")
              .withValue("vic")
              .withEffect("NoSchedule")
              .build());
  private int maxPods = DEFAULT_PODS;
  private int workers = DEFAULT_WORKERS;
  private int creations = DEFAULT_CREATIONS;
  private Duration resync = DEFAULT_RESYNC;
  private Duration filesInterval = DEFAULT_FILES_INTERVAL;
  private String kubeletVersion = "v1.33.0-vic4j";
  private String osImage = "vic4j";
  private String kernelVersion = "";
  private ClaimVolumes claimVolumes = ClaimVolumes.byVolumeName();
  private IdSource ids = IdSource.random();
  private @Nullable String providerId;
  private PodSources.@Nullable Dns dns;
  private @Nullable PullSources pullSources;
  private @Nullable TimeSource timeSource;
  private @Nullable UnaryOperator<KubeletServer.Builder> kubelet;

  KubernetesNodeBuilder(KubernetesClient client, VirtualContainerHost host, String name) {
    this(() -> client, false, host, name);
  }

  KubernetesNodeBuilder(KubernetesClientBuilder client, VirtualContainerHost host, String name) {
    this(client::build, true, host, name);
  }

  private KubernetesNodeBuilder(
      Supplier<KubernetesClient> client,
      boolean ownClient,
      VirtualContainerHost host,
      String name) {
    this.client = client;
    this.ownClient = ownClient;
    this.host = host;
    this.name = name;
    labels.put("kubernetes.io/hostname", name);
    labels.put("kubernetes.io/os", "linux");
    labels.put("kubernetes.io/arch", "amd64");
    labels.put("type", "virtual-kubelet");
    labels.put("node.kubernetes.io/instance-type", "vic");
  }

  /** Adds a label to the Node, or gives one that it has anyhow another value. */
  public KubernetesNodeBuilder label(String key, String value) {
    labels.put(key, value);
    return this;
  }

  /**
   * Which pods do not come here; {@code virtual-kubelet.io/provider=vic:NoSchedule} unless set. For
   * a node that is not registered yet: the taints of one that is are its cluster's.
   */
  public KubernetesNodeBuilder taints(List<Taint> taints) {
    this.taints = List.copyOf(taints);
    return this;
  }

  /**
   * What the provider of the machine calls it, as {@code PROVIDER://ID}; nothing unless set. For a
   * node that is not registered yet: the cluster lets nobody change it later.
   */
  public KubernetesNodeBuilder providerId(String id) {
    if (id.isBlank()) {
      throw new InvalidArgumentException("a provider's ID of a node is not empty");
    }
    this.providerId = id;
    return this;
  }

  /**
   * Adds an IP address at which the API server finds the node; none unless added, and then logs and
   * commands cannot be had by {@code kubectl}.
   */
  public KubernetesNodeBuilder address(String ip) {
    addresses.add(ip);
    return this;
  }

  /** How many pods it takes at most; 110 unless set, as a kubelet. */
  public KubernetesNodeBuilder maxPods(int pods) {
    this.maxPods = positive(pods, "maxPods");
    return this;
  }

  /** How many pods are looked at side by side; 8 unless set. */
  public KubernetesNodeBuilder workers(int workers) {
    this.workers = positive(workers, "workers");
    return this;
  }

  /** How many pods are made side by side, their images pulled; 16 unless set. */
  public KubernetesNodeBuilder creations(int creations) {
    this.creations = positive(creations, "creations");
    return this;
  }

  /**
   * After which time all pods are looked at, in case something was missed; 5 minutes unless set.
   */
  public KubernetesNodeBuilder resync(Duration interval) {
    this.resync = positive(interval, "resync");
    return this;
  }

  /**
   * After which time the ConfigMaps, Secrets and tokens are looked at that pods have files of; a
   * minute unless set. A node takes up to a tenth longer, so that nodes that begin together do not
   * ask together.
   */
  public KubernetesNodeBuilder filesInterval(Duration interval) {
    this.filesInterval = positive(interval, "filesInterval");
    return this;
  }

  /** Which version of Kubernetes the node says it speaks. */
  public KubernetesNodeBuilder kubeletVersion(String version) {
    this.kubeletVersion = version;
    return this;
  }

  /** What the node says its guests are, for people. */
  public KubernetesNodeBuilder guest(String osImage, String kernelVersion) {
    this.osImage = osImage;
    this.kernelVersion = kernelVersion;
    return this;
  }

  /** How pods find services by name; unless set, by what the hypervisor's networks say. */
  public KubernetesNodeBuilder clusterDns(List<String> nameservers, String domain) {
    this.dns = new PodSources.Dns(nameservers, domain);
    return this;
  }

  /** Which volumes claims stand for; {@link ClaimVolumes#byVolumeName} unless set. */
  public KubernetesNodeBuilder claimVolumes(ClaimVolumes volumes) {
    this.claimVolumes = volumes;
    return this;
  }

  /** Adds a RuntimeClass that means this node: a name that pods may give. */
  public KubernetesNodeBuilder runtimeClass(String name) {
    runtimeClasses.add(name);
    return this;
  }

  /**
   * Opens registries with the {@code imagePullSecrets} of a pod; unless set, all images come from
   * the sources of the host.
   */
  public KubernetesNodeBuilder pullSources(PullSources sources) {
    this.pullSources = sources;
    return this;
  }

  /**
   * Serves the kubelet's API, and tells its port to the cluster; unless told so, there is none.
   * Whose a token is, and who may do what, the API server is asked, by TokenReviews and
   * SubjectAccessReviews, unless the setup says otherwise.
   *
   * @param setup says what is needed beside the pods: a certificate, the CA of clients
   */
  public KubernetesNodeBuilder kubelet(UnaryOperator<KubeletServer.Builder> setup) {
    this.kubelet = setup;
    return this;
  }

  /** What waits are measured by; the system's clock, with a thread of its own, unless set. */
  public KubernetesNodeBuilder timeSource(TimeSource time) {
    this.timeSource = time;
    return this;
  }

  /** Where names of events come from; random unless set. */
  public KubernetesNodeBuilder idSource(IdSource ids) {
    this.ids = ids;
    return this;
  }

  /**
   * Begins to be a node, in the background: whatever the cluster does not answer is tried again.
   *
   * @return the node, which the caller closes
   * @throws io.vic4j.core.UnavailableException if the kubelet's API cannot listen
   */
  public KubernetesNode start() {
    return new KubernetesNode(this);
  }

  private static int positive(int number, String what) {
    if (number < 1) {
      throw new InvalidArgumentException(what + " is 1 or more, not " + number);
    }
    return number;
  }

  private static Duration positive(Duration interval, String what) {
    if (interval.isZero() || interval.isNegative()) {
      throw new InvalidArgumentException(what + " takes some time, not " + interval);
    }
    return interval;
  }

  String name() {
    return name;
  }

  VirtualContainerHost host() {
    return host;
  }

  Optional<TimeSource> timeSource() {
    return Optional.ofNullable(timeSource);
  }

  IdSource ids() {
    return ids;
  }

  int workers() {
    return workers;
  }

  int creations() {
    return creations;
  }

  Duration resync() {
    return resync;
  }

  Duration filesInterval() {
    int random = Integer.parseUnsignedInt(ids.next().substring(0, 4), 16);
    return filesInterval.plus(filesInterval.multipliedBy(random).dividedBy(JITTER << 16));
  }

  Optional<PullSources> pullSources() {
    return Optional.ofNullable(pullSources);
  }

  KubernetesClient client(OwnParts parts) {
    KubernetesClient opened = client.get();
    return ownClient ? parts.add(opened) : opened;
  }

  ClusterSources sources(KubernetesClient opened, TimeSource time) {
    return new ClusterSources(
        opened,
        new PodSources.Node(name, addresses),
        Optional.ofNullable(dns),
        claimVolumes,
        runtimeClasses,
        time);
  }

  OptionalInt startKubelet(
      KubernetesClient opened,
      NodeKubelet node,
      PodLifecycle pods,
      TimeSource time,
      OwnParts parts) {
    if (kubelet == null) {
      return OptionalInt.empty();
    }
    ClusterReviews reviews = new ClusterReviews(opened, name, time);
    KubeletServer.Builder server =
        KubeletServer.builder(pods, node)
            .nodeName(name)
            .timeSource(time)
            .tokens(reviews)
            .authorizer(reviews);
    return OptionalInt.of(parts.add(kubelet.apply(server).start()).port());
  }

  NodeSettings settings(OptionalInt kubeletPort) {
    return new NodeSettings(
        name,
        Optional.ofNullable(providerId),
        Map.copyOf(labels),
        taints,
        List.copyOf(addresses),
        maxPods,
        kubeletPort,
        kubeletVersion,
        osImage,
        kernelVersion);
  }
}
