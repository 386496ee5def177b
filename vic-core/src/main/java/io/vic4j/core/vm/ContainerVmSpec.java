package io.vic4j.core.vm;

import io.vic4j.core.datastore.DatastorePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a container VM is to be: its hardware, its disks, and the sessions that run in it. Kept with
 * the VM, so that it can be read back by any process at any time. Immutable.
 */
public final class ContainerVmSpec {
  /** Memory comes in multiples of this, as vSphere wants it. */
  public static final MemorySize MEMORY_UNIT = MemorySize.ofMebibytes(4);

  private final String name;
  private final SortedMap<String, String> labels;
  private final int cpus;
  private final MemorySize memory;
  private final @Nullable DatastorePath bootstrapIso;
  private final List<DiskAttachment> disks;
  private final List<SessionSpec> sessions;
  private final List<NetworkAttachment> networks;
  private final @Nullable String hostname;
  private final @Nullable String domain;
  private final boolean powerOffWhenDone;
  private final List<HostEntry> hosts;
  private final List<String> searches;
  private final List<String> nameservers;
  private final List<String> resolverOptions;
  private final List<MemoryVolume> memoryVolumes;
  private final @Nullable Duration deadline;

  private ContainerVmSpec(String name, Builder builder) {
    this.name = name;
    this.labels = Collections.unmodifiableSortedMap(new TreeMap<>(builder.labels));
    this.cpus = builder.cpus;
    this.memory = builder.memory;
    this.bootstrapIso = builder.bootstrapIso;
    this.disks = List.copyOf(builder.disks);
    this.sessions = List.copyOf(builder.sessions);
    this.networks = List.copyOf(builder.networks);
    this.hostname = builder.hostname;
    this.domain = builder.domain;
    this.powerOffWhenDone = builder.powerOffWhenDone;
    this.hosts = List.copyOf(builder.hosts);
    this.searches = List.copyOf(builder.searches);
    this.nameservers = List.copyOf(builder.nameservers);
    this.resolverOptions = List.copyOf(builder.resolverOptions);
    this.memoryVolumes = List.copyOf(builder.memoryVolumes);
    this.deadline = builder.deadline;
  }

  /**
   * A VM to be described.
   *
   * @param name what people call it: a letter or digit, then up to 79 of these and {@code _ . -};
   *     unique within its virtual container host
   */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** A builder that has all that this has. */
  public Builder toBuilder() {
    return copyTo(new Builder(name));
  }

  private Builder copyTo(Builder builder) {
    builder.labels(labels).cpus(cpus).memory(memory).powerOffWhenDone(powerOffWhenDone);
    builder.bootstrapIso = bootstrapIso;
    builder.hostname = hostname;
    builder.domain = domain;
    disks.forEach(builder::disk);
    sessions.forEach(builder::session);
    networks.forEach(builder::network);
    hosts.forEach(builder::host);
    searches.forEach(builder::search);
    nameservers.forEach(builder::nameserver);
    resolverOptions.forEach(builder::resolverOption);
    memoryVolumes.forEach(builder::memoryVolume);
    builder.deadline = deadline;
    return builder;
  }

  /**
   * The same under another name.
   *
   * @throws InvalidSpecException if it is not a VM's name
   */
  ContainerVmSpec named(String other) {
    return copyTo(new Builder(other)).build();
  }

  /** The same with other labels: those of {@code changes}, of which empty ones are taken away. */
  ContainerVmSpec relabelled(Map<String, String> changes) {
    Builder builder = copyTo(new Builder(name));
    changes.forEach(
        (key, value) -> {
          if (key.isEmpty()) {
            throw new InvalidSpecException("labels", "a label needs a key");
          }
          if (value.isEmpty()) {
            builder.labels.remove(key);
          } else {
            builder.labels.put(key, value);
          }
        });
    return new ContainerVmSpec(name, builder);
  }

  /** The same, called as the hypervisor shows it, whatever somebody has made of the name there. */
  ContainerVmSpec shownAs(String shown) {
    return new ContainerVmSpec(shown, copyTo(new Builder(name)));
  }

  /** What people call it. */
  public String name() {
    return name;
  }

  /** What its users noted on it, sorted by key. The VM does not see it. */
  public SortedMap<String, String> labels() {
    return labels;
  }

  /** How many virtual processors it has. 1 unless told otherwise. */
  public int cpus() {
    return cpus;
  }

  /** How much memory it has. 512 MiB unless told otherwise. */
  public MemorySize memory() {
    return memory;
  }

  /** The ISO that it boots from; the hypervisor's own, where none is given. */
  public Optional<DatastorePath> bootstrapIso() {
    return Optional.ofNullable(bootstrapIso);
  }

  /** Its disks. */
  public List<DiskAttachment> disks() {
    return disks;
  }

  /** What runs in it; at least one. The first is the main one: its end is the VM's. */
  public List<SessionSpec> sessions() {
    return sessions;
  }

  /** Its network adapters. */
  public List<NetworkAttachment> networks() {
    return networks;
  }

  /** What it calls itself; the first twelve digits of its ID where none is given. */
  public Optional<String> hostname() {
    return Optional.ofNullable(hostname);
  }

  /** What its full name has after its hostname; where empty, its hostname is all. */
  public Optional<String> domain() {
    return Optional.ofNullable(domain);
  }

  /** Whether it powers itself off when its last session is over. Yes unless told otherwise. */
  public boolean powerOffWhenDone() {
    return powerOffWhenDone;
  }

  /** What its {@code /etc/hosts} says beside what it is called itself. */
  public List<HostEntry> hosts() {
    return hosts;
  }

  /**
   * The domains in which it looks for names that have no dots; those of its networks where empty.
   */
  public List<String> searches() {
    return searches;
  }

  /** Whom it asks for names: IP addresses; those of its networks where empty. */
  public List<String> nameservers() {
    return nameservers;
  }

  /** What its {@code /etc/resolv.conf} says as options, such as {@code ndots:5}. */
  public List<String> resolverOptions() {
    return resolverOptions;
  }

  /** Its volumes in memory. */
  public List<MemoryVolume> memoryVolumes() {
    return memoryVolumes;
  }

  /**
   * How long it may run, from each power-on: then the guest ends all sessions and powers off. For
   * ever where empty.
   */
  public Optional<Duration> deadline() {
    return Optional.ofNullable(deadline);
  }

  private List<Object> fields() {
    return List.of(
        name,
        labels,
        cpus,
        memory,
        bootstrapIso(),
        disks,
        sessions,
        networks,
        hostname(),
        domain(),
        powerOffWhenDone,
        hosts,
        searches,
        nameservers,
        resolverOptions,
        memoryVolumes,
        deadline());
  }

  /** Equal in all fields. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ContainerVmSpec that && fields().equals(that.fields());
  }

  @Override
  public int hashCode() {
    return fields().hashCode();
  }

  /** Its name, its size and its sessions. */
  @Override
  public String toString() {
    return "ContainerVmSpec[" + name + ", " + cpus + " cpus, " + memory + ", " + sessions + "]";
  }

  /** Describes a container VM. For use by one thread. */
  public static final class Builder {
    final String name;
    final Map<String, String> labels = new TreeMap<>();
    int cpus = 1;
    MemorySize memory = MemorySize.ofMebibytes(512);
    @Nullable DatastorePath bootstrapIso;
    final List<DiskAttachment> disks = new ArrayList<>();
    final List<SessionSpec> sessions = new ArrayList<>();
    final List<NetworkAttachment> networks = new ArrayList<>();
    @Nullable String hostname;
    @Nullable String domain;
    boolean powerOffWhenDone = true;
    final List<HostEntry> hosts = new ArrayList<>();
    final List<String> searches = new ArrayList<>();
    final List<String> nameservers = new ArrayList<>();
    final List<String> resolverOptions = new ArrayList<>();
    final List<MemoryVolume> memoryVolumes = new ArrayList<>();
    @Nullable Duration deadline;

    private Builder(String name) {
      this.name = name;
    }

    /** Notes something on the VM. */
    public Builder label(String key, String value) {
      labels.put(key, value);
      return this;
    }

    /** Notes all of these on the VM. */
    public Builder labels(Map<String, String> more) {
      labels.putAll(more);
      return this;
    }

    /** How many virtual processors: 1 to 128. */
    public Builder cpus(int cpus) {
      this.cpus = cpus;
      return this;
    }

    /** How much memory: a multiple of {@link #MEMORY_UNIT}. */
    public Builder memory(MemorySize memory) {
      this.memory = memory;
      return this;
    }

    /** The ISO to boot from, in the datastore of the disks. */
    public Builder bootstrapIso(DatastorePath iso) {
      this.bootstrapIso = iso;
      return this;
    }

    /** Adds a disk. */
    public Builder disk(DiskAttachment disk) {
      disks.add(disk);
      return this;
    }

    /** Adds a session. */
    public Builder session(SessionSpec session) {
      sessions.add(session);
      return this;
    }

    /** Has this session in the place of the one of its name. */
    public Builder replaceSession(SessionSpec session) {
      sessions.replaceAll(it -> it.name().equals(session.name()) ? session : it);
      return this;
    }

    /** Adds a network adapter. */
    public Builder network(NetworkAttachment network) {
      networks.add(network);
      return this;
    }

    /** What it calls itself: a DNS label. */
    public Builder hostname(String hostname) {
      this.hostname = hostname;
      return this;
    }

    /** The domain that its hostname is in: its {@code /etc/hosts} has the full name first then. */
    public Builder domain(String domain) {
      this.domain = domain;
      return this;
    }

    /** Whether it powers itself off when its last session is over. */
    public Builder powerOffWhenDone(boolean powerOff) {
      this.powerOffWhenDone = powerOff;
      return this;
    }

    /** Adds a line to its {@code /etc/hosts}. */
    public Builder host(HostEntry entry) {
      hosts.add(entry);
      return this;
    }

    /** Adds a domain in which it looks for names. */
    public Builder search(String domain) {
      searches.add(domain);
      return this;
    }

    /** Adds whom it asks for names, instead of those that its networks name. */
    public Builder nameserver(String address) {
      nameservers.add(address);
      return this;
    }

    /** Adds an option to its {@code /etc/resolv.conf}. */
    public Builder resolverOption(String option) {
      resolverOptions.add(option);
      return this;
    }

    /** Adds a volume in memory. */
    public Builder memoryVolume(MemoryVolume volume) {
      memoryVolumes.add(volume);
      return this;
    }

    /** How long it may run: whole milliseconds, more than none. */
    public Builder deadline(Duration deadline) {
      this.deadline = deadline;
      return this;
    }

    /**
     * The specification.
     *
     * @throws TooManyDisksException if a VM has fewer slots than there are disks
     * @throws InvalidSpecException if a field is wrong; it names the first one
     */
    public ContainerVmSpec build() {
      return buildShownAs(name);
    }

    /** The specification, called as the hypervisor shows it; see {@link #shownAs}. */
    ContainerVmSpec buildShownAs(String shown) {
      SpecRules.check(this);
      return new ContainerVmSpec(shown, this);
    }
  }
}
