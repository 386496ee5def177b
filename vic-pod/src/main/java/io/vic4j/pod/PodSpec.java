package io.vic4j.pod;

import io.vic4j.core.vm.HostEntry;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionLifecycle;
import io.vic4j.core.vm.SessionRole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A pod to be: its name, and the containers that share its VM. Immutable.
 *
 * <pre>{@code
 * PodSpec.builder("web")
 *     .container(ContainerSpec.builder("registry.example/app:1.2").name("app").build())
 *     .container(ContainerSpec.builder("registry.example/log:3").name("log").build())
 *     .build()
 * }</pre>
 */
public final class PodSpec {
  /** How long containers have to end well, unless told otherwise: as in Kubernetes, 30 seconds. */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(30);

  private final PodKey key;
  private final @Nullable String uid;
  private final SortedMap<String, String> labels;
  private final SortedMap<String, String> annotations;
  private final List<ContainerSpec> containers;
  private final List<ContainerSpec> initContainers;
  private final List<PodVolume> volumes;
  private final List<HostEntry> hosts;
  private final Resolver resolver;
  private final @Nullable Duration activeDeadline;
  private final @Nullable Long fsGroup;
  private final @Nullable String hostname;
  private final @Nullable String domain;
  private final RestartPolicy restartPolicy;
  private final Duration terminationGrace;
  private final @Nullable Integer cpus;
  private final @Nullable MemorySize memory;

  private PodSpec(Builder builder) {
    this.key = builder.key;
    this.uid = builder.uid;
    this.labels = Collections.unmodifiableSortedMap(new TreeMap<>(builder.labels));
    this.annotations = Collections.unmodifiableSortedMap(new TreeMap<>(builder.annotations));
    this.containers = List.copyOf(builder.containers);
    this.initContainers = List.copyOf(builder.initContainers);
    this.volumes = List.copyOf(builder.volumes);
    this.hosts = List.copyOf(builder.hosts);
    this.resolver = builder.resolver;
    this.activeDeadline = builder.activeDeadline;
    this.fsGroup = builder.fsGroup;
    this.hostname = builder.hostname;
    this.domain = builder.domain;
    this.restartPolicy = builder.restartPolicy;
    this.terminationGrace = builder.terminationGrace;
    this.cpus = builder.cpus;
    this.memory = builder.memory;
  }

  /** A pod of this key. */
  public static Builder builder(PodKey key) {
    return new Builder(key);
  }

  /** A pod of this name in the default namespace. */
  public static Builder builder(String name) {
    return builder(PodKey.of(name));
  }

  /** A builder that has all that this has. */
  public Builder toBuilder() {
    Builder builder = new Builder(key);
    builder.uid = uid;
    builder.labels.putAll(labels);
    builder.annotations.putAll(annotations);
    builder.containers.addAll(containers);
    builder.initContainers.addAll(initContainers);
    builder.volumes.addAll(volumes);
    builder.hosts.addAll(hosts);
    builder.resolver = resolver;
    builder.activeDeadline = activeDeadline;
    builder.fsGroup = fsGroup;
    builder.hostname = hostname;
    builder.domain = domain;
    builder.restartPolicy = restartPolicy;
    builder.terminationGrace = terminationGrace;
    builder.cpus = cpus;
    builder.memory = memory;
    return builder;
  }

  /** The same, with what of another may be changed; {@link PodLifecycle#update} says what. */
  PodSpec updatedBy(PodSpec other) {
    Builder builder =
        toBuilder()
            .replaceLabels(other.labels)
            .replaceAnnotations(other.annotations)
            .terminationGrace(other.terminationGrace);
    if (other.activeDeadline != null) {
      builder.activeDeadline(other.activeDeadline);
    }
    for (ContainerSpec container : other.allContainers()) {
      allContainers().stream()
          .filter(own -> own.name().equals(container.name()))
          .forEach(own -> builder.replaceContainer(own.withImageOf(container)));
    }
    return builder.build();
  }

  /** What it is found by. */
  public PodKey key() {
    return key;
  }

  /** Its UID, where its creator gives one, as Kubernetes does; else it gets a new one. */
  public Optional<String> uid() {
    return Optional.ofNullable(uid);
  }

  /** What its users select it by, sorted by key. */
  public SortedMap<String, String> labels() {
    return labels;
  }

  /** What its users note on it, sorted by key. */
  public SortedMap<String, String> annotations() {
    return annotations;
  }

  /** What runs in it; at least one. Each has a name of its own. */
  public List<ContainerSpec> containers() {
    return containers;
  }

  /**
   * What runs before them, one after the other, in order: each of role {@link SessionRole#INIT} or
   * {@link SessionRole#SIDECAR}.
   */
  public List<ContainerSpec> initContainers() {
    return initContainers;
  }

  /** All its containers: those that prepare, then those that work. */
  public List<ContainerSpec> allContainers() {
    if (initContainers.isEmpty()) {
      return containers;
    }
    List<ContainerSpec> all = new ArrayList<>(initContainers);
    all.addAll(containers);
    return List.copyOf(all);
  }

  /** The volumes that its containers mount by name. */
  public List<PodVolume> volumes() {
    return volumes;
  }

  /** What its {@code /etc/hosts} says beside what it is called itself. */
  public List<HostEntry> hosts() {
    return hosts;
  }

  /** How it finds hosts by name. */
  public Resolver resolver() {
    return resolver;
  }

  /** How long it may run, from each start; then it fails with {@code DeadlineExceeded}. */
  public Optional<Duration> activeDeadline() {
    return Optional.ofNullable(activeDeadline);
  }

  /** The group that is given the pod's volumes, so that it may write them. */
  public OptionalLong fsGroup() {
    return fsGroup == null ? OptionalLong.empty() : OptionalLong.of(fsGroup);
  }

  /** What its VM calls itself; made from the pod's name where none is given. */
  public Optional<String> hostname() {
    return Optional.ofNullable(hostname);
  }

  /** What its VM's full name has after its hostname; where empty, its hostname is all. */
  public Optional<String> domain() {
    return Optional.ofNullable(domain);
  }

  /** What is done when a container ends by itself. {@link RestartPolicy#ALWAYS} by default. */
  public RestartPolicy restartPolicy() {
    return restartPolicy;
  }

  /** How long its containers have to end well when it is stopped. */
  public Duration terminationGrace() {
    return terminationGrace;
  }

  /**
   * How many processors its VM has. Where not given, what its containers want together or, if that
   * is more, one that prepares; at least one.
   */
  public OptionalInt cpus() {
    return cpus == null ? OptionalInt.empty() : OptionalInt.of(cpus);
  }

  /**
   * How much memory its VM has. Where not given, what its containers want together or, if that is
   * more, one that prepares, and some for the guest itself; 512 MiB if nobody says what he wants.
   */
  public Optional<MemorySize> memory() {
    return Optional.ofNullable(memory);
  }

  private List<Object> fields() {
    return List.of(
        key,
        uid(),
        labels,
        annotations,
        containers,
        initContainers,
        volumes,
        hosts,
        resolver,
        activeDeadline(),
        fsGroup(),
        hostname(),
        domain(),
        restartPolicy,
        terminationGrace,
        cpus(),
        memory());
  }

  /** Equal in all fields. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PodSpec that && fields().equals(that.fields());
  }

  @Override
  public int hashCode() {
    return fields().hashCode();
  }

  /** Its key and its containers. */
  @Override
  public String toString() {
    return "PodSpec[" + key + ", " + containers + "]";
  }

  /** Describes a pod. For use by one thread. */
  public static final class Builder {
    private final PodKey key;
    private @Nullable String uid;
    private final Map<String, String> labels = new TreeMap<>();
    private final Map<String, String> annotations = new TreeMap<>();
    private final List<ContainerSpec> containers = new ArrayList<>();
    private final List<ContainerSpec> initContainers = new ArrayList<>();
    private final List<PodVolume> volumes = new ArrayList<>();
    private final List<HostEntry> hosts = new ArrayList<>();
    private Resolver resolver = Resolver.DEFAULT;
    private @Nullable Duration activeDeadline;
    private @Nullable Long fsGroup;
    private @Nullable String hostname;
    private @Nullable String domain;
    private RestartPolicy restartPolicy = RestartPolicy.ALWAYS;
    private Duration terminationGrace = DEFAULT_GRACE;
    private @Nullable Integer cpus;
    private @Nullable MemorySize memory;

    private Builder(PodKey key) {
      this.key = key;
    }

    /** Its UID: what tells it from others that have its name before and after it; not blank. */
    public Builder uid(String uid) {
      this.uid = uid;
      return this;
    }

    /** Adds a label. */
    public Builder label(String key, String value) {
      labels.put(key, value);
      return this;
    }

    /** Adds labels. */
    public Builder labels(Map<String, String> more) {
      labels.putAll(more);
      return this;
    }

    /** Has this container instead of the one of its name. */
    public Builder replaceContainer(ContainerSpec container) {
      containers.replaceAll(it -> it.name().equals(container.name()) ? container : it);
      initContainers.replaceAll(it -> it.name().equals(container.name()) ? container : it);
      return this;
    }

    /** Has these labels instead of those that it had. */
    public Builder replaceLabels(Map<String, String> others) {
      labels.clear();
      return labels(others);
    }

    /** Has these annotations instead of those that it had. */
    public Builder replaceAnnotations(Map<String, String> others) {
      annotations.clear();
      return annotations(others);
    }

    /** Adds an annotation. */
    public Builder annotation(String key, String value) {
      annotations.put(key, value);
      return this;
    }

    /** Adds annotations. */
    public Builder annotations(Map<String, String> more) {
      annotations.putAll(more);
      return this;
    }

    /** Adds a container; it needs a name. */
    public Builder container(ContainerSpec container) {
      containers.add(container);
      return this;
    }

    /**
     * Adds a container that runs before the others, after those that were added so far; it needs a
     * name. Its role is {@link SessionRole#INIT}, unless it is {@link SessionRole#SIDECAR}.
     */
    public Builder initContainer(ContainerSpec container) {
      SessionLifecycle lifecycle = container.options().lifecycle();
      initContainers.add(
          lifecycle.role() == SessionRole.MAIN
              ? container.toBuilder().lifecycle(lifecycle.withRole(SessionRole.INIT)).build()
              : container);
      return this;
    }

    /** Adds a volume. */
    public Builder volume(PodVolume volume) {
      volumes.add(volume);
      return this;
    }

    /** Adds a line to its {@code /etc/hosts}. */
    public Builder host(HostEntry entry) {
      hosts.add(entry);
      return this;
    }

    /** How it finds hosts by name. */
    public Builder resolver(Resolver resolver) {
      this.resolver = resolver;
      return this;
    }

    /** How long it may run: whole milliseconds, more than none. */
    public Builder activeDeadline(Duration deadline) {
      this.activeDeadline = deadline;
      return this;
    }

    /** The group that is given the pod's volumes: its number. */
    public Builder fsGroup(long group) {
      this.fsGroup = group;
      return this;
    }

    /** What its VM calls itself: a DNS label. */
    public Builder hostname(String hostname) {
      this.hostname = hostname;
      return this;
    }

    /** The domain that its hostname is in: its {@code /etc/hosts} has the full name first then. */
    public Builder domain(String domain) {
      this.domain = domain;
      return this;
    }

    /** What is done when a container ends by itself. */
    public Builder restartPolicy(RestartPolicy policy) {
      this.restartPolicy = policy;
      return this;
    }

    /** How long its containers have to end well when it is stopped; not negative. */
    public Builder terminationGrace(Duration grace) {
      this.terminationGrace = grace;
      return this;
    }

    /** How many processors its VM has: one or more. */
    public Builder cpus(int cpus) {
      this.cpus = cpus;
      return this;
    }

    /** How much memory its VM has; it gets the next multiple of 4 MiB. */
    public Builder memory(MemorySize memory) {
      this.memory = memory;
      return this;
    }

    /**
     * The specification.
     *
     * @throws InvalidSpecException if a field is wrong; it names the first one
     */
    public PodSpec build() {
      if (uid != null && uid.isBlank()) {
        throw new InvalidSpecException("uid", "it is blank; leave it out to get a new one");
      }
      if (containers.isEmpty()) {
        throw new InvalidSpecException("containers", "a pod without a container has nothing to do");
      }
      if (terminationGrace.isNegative()) {
        throw new InvalidSpecException("terminationGrace", "it is negative");
      }
      if (cpus != null && cpus <= 0) {
        throw new InvalidSpecException("cpus", "a VM has 1 processor or more, not " + cpus);
      }
      Set<String> volumeNames = new HashSet<>();
      for (PodVolume volume : volumes) {
        if (!volumeNames.add(volume.name())) {
          throw new InvalidSpecException(
              "volumes[" + volume.name() + "]", "two volumes have this name");
        }
      }
      Set<String> names = new HashSet<>();
      for (int i = 0; i < containers.size(); i++) {
        checkContainer("containers", i, containers.get(i), names, volumeNames);
      }
      for (int i = 0; i < initContainers.size(); i++) {
        checkContainer("initContainers", i, initContainers.get(i), names, volumeNames);
      }
      return new PodSpec(this);
    }

    // Words are put together only for what is wrong: that takes much longer than to look.
    private static void checkContainer(
        String list, int index, ContainerSpec container, Set<String> names, Set<String> volumes) {
      String name = container.name().orElse("");
      boolean before = list.equals("initContainers");
      if (before == (container.options().lifecycle().role() == SessionRole.MAIN)) {
        throw wrong(
            list,
            index,
            name,
            "lifecycle.role",
            "what runs before the others is an init container");
      }
      for (ContainerMount mount : container.options().mounts()) {
        if (!volumes.contains(mount.volume())) {
          throw wrong(
              list, index, name, "mounts", "the pod has no volume '" + mount.volume() + "'");
        }
      }
      if (name.isEmpty()) {
        throw wrong(list, index, name, "name", "a container of a pod needs a name");
      }
      if (!names.add(name)) {
        throw wrong(list, index, name, "name", "two containers have this name");
      }
      if (container.hostname().isPresent()) {
        throw wrong(list, index, name, "hostname", "containers share the pod's; set it there");
      }
      if (!container.labels().isEmpty()) {
        throw wrong(list, index, name, "labels", "set them on the pod");
      }
    }

    private static InvalidSpecException wrong(
        String list, int index, String name, String field, String problem) {
      String container = name.isEmpty() ? String.valueOf(index) : name;
      return new InvalidSpecException(list + "[" + container + "]." + field, problem);
    }
  }
}
