package io.vic4j.core.vm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One session: a process that the tether runs in a root file system of its own. A container VM has
 * one, a pod VM one for each container. Immutable.
 */
public final class SessionSpec {
  private final String name;
  private final List<UUID> layers;
  private final @Nullable UUID scratch;
  private final boolean readOnlyRoot;
  private final List<VolumeMount> mounts;
  private final List<String> argv;
  private final Map<String, String> env;
  private final String workingDirectory;
  private final String user;
  private final boolean tty;
  private final boolean stdin;
  private final Signal stopSignal;
  private final RestartPolicy restartPolicy;
  private final OptionalInt umask;
  private final List<ResourceLimit> rlimits;
  private final Optional<Set<String>> capabilities;
  private final boolean noNewPrivileges;
  private final List<String> groups;
  private final List<TmpfsMount> tmpfs;
  private final @Nullable HealthCheck healthCheck;
  private final SessionLifecycle lifecycle;
  private final SessionResources resources;

  private SessionSpec(Builder builder) {
    this.name = builder.name;
    this.layers = List.copyOf(builder.layers);
    this.scratch = builder.scratch;
    this.readOnlyRoot = builder.readOnlyRoot;
    this.mounts = List.copyOf(builder.mounts);
    this.argv = List.copyOf(builder.argv);
    this.env = Collections.unmodifiableMap(new LinkedHashMap<>(builder.env));
    this.workingDirectory = builder.workingDirectory;
    this.user = builder.user;
    this.tty = builder.tty;
    this.stdin = builder.stdin;
    this.stopSignal = builder.stopSignal;
    this.restartPolicy = builder.restartPolicy;
    this.umask = builder.umask;
    this.rlimits = List.copyOf(builder.rlimits);
    this.capabilities = Optional.ofNullable(builder.capabilities).map(Capabilities::sorted);
    this.noNewPrivileges = builder.noNewPrivileges;
    this.groups = List.copyOf(builder.groups);
    this.tmpfs = List.copyOf(builder.tmpfs);
    this.healthCheck = builder.healthCheck;
    this.lifecycle = builder.lifecycle;
    this.resources = builder.resources;
  }

  /**
   * A session to be described.
   *
   * @param name how the session is called within its VM, such as {@code main}: a letter or digit,
   *     then up to 62 of these and {@code _ . -}
   */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** A builder that has all that this has. */
  public Builder toBuilder() {
    Builder builder =
        new Builder(name)
            .layers(layers)
            .readOnlyRoot(readOnlyRoot)
            .argv(argv)
            .env(env)
            .workingDirectory(workingDirectory)
            .user(user)
            .tty(tty)
            .stdin(stdin)
            .stopSignal(stopSignal)
            .restartPolicy(restartPolicy)
            .noNewPrivileges(noNewPrivileges)
            .groups(groups);
    builder.scratch = scratch;
    mounts.forEach(builder::mount);
    builder.umask = umask;
    rlimits.forEach(builder::rlimit);
    capabilities.ifPresent(builder::capabilities);
    tmpfs.forEach(builder::tmpfs);
    builder.healthCheck = healthCheck;
    builder.lifecycle = lifecycle;
    builder.resources = resources;
    return builder;
  }

  /** How the session is called within its VM. */
  public String name() {
    return name;
  }

  /** The file systems of its root's layers, the lowest first. */
  public List<UUID> layers() {
    return layers;
  }

  /** The file system that its root's writes go to; none if it only reads. */
  public Optional<UUID> scratch() {
    return Optional.ofNullable(scratch);
  }

  /** Whether the process may only read its root. */
  public boolean readOnlyRoot() {
    return readOnlyRoot;
  }

  /** The volumes it sees, in the order in which they are mounted. */
  public List<VolumeMount> mounts() {
    return mounts;
  }

  /** The program and its arguments; may have {@link AddressMarks}. */
  public List<String> argv() {
    return argv;
  }

  /** Its environment, in order; values may have {@link AddressMarks}. */
  public Map<String, String> env() {
    return env;
  }

  /** Where it starts: absolute. {@code /} unless told otherwise. */
  public String workingDirectory() {
    return workingDirectory;
  }

  /**
   * Whom it runs as, as an image config says it: {@code user}, {@code uid}, {@code user:group} or
   * {@code uid:gid}, looked up in the image's own files. Empty for root.
   */
  public String user() {
    return user;
  }

  /** Whether it has a terminal. */
  public boolean tty() {
    return tty;
  }

  /** Whether its standard input is open. */
  public boolean stdin() {
    return stdin;
  }

  /** What asks it to end. {@link Signal#TERM} unless told otherwise. */
  public Signal stopSignal() {
    return stopSignal;
  }

  /** What the guest does when it ends by itself. {@link RestartPolicy#NEVER} by default. */
  public RestartPolicy restartPolicy() {
    return restartPolicy;
  }

  /** What permissions its files do not get. {@code 022} where empty. */
  public OptionalInt umask() {
    return umask;
  }

  /** What it may use of resources; as the guest's kernel has it for others. */
  public List<ResourceLimit> rlimits() {
    return rlimits;
  }

  /**
   * The capabilities that it and all that it runs can have, sorted; {@link Capabilities#DEFAULT}
   * where empty.
   */
  public Optional<Set<String>> capabilities() {
    return capabilities;
  }

  /** Whether no program that it runs gives it privileges, such as those with a setuid bit. */
  public boolean noNewPrivileges() {
    return noNewPrivileges;
  }

  /** Groups beside those of its user: names of the image's own files, or numbers. */
  public List<String> groups() {
    return groups;
  }

  /** The file systems in memory that it sees. */
  public List<TmpfsMount> tmpfs() {
    return tmpfs;
  }

  /** How the guest finds out whether it does its work. */
  public Optional<HealthCheck> healthCheck() {
    return Optional.ofNullable(healthCheck);
  }

  /** When it runs, and what the guest does about it. */
  public SessionLifecycle lifecycle() {
    return lifecycle;
  }

  /** What it may use of the VM; whatever there is unless told otherwise. */
  public SessionResources resources() {
    return resources;
  }

  private List<Object> fields() {
    return List.of(
        name,
        layers,
        scratch(),
        readOnlyRoot,
        mounts,
        argv,
        List.copyOf(env.entrySet()),
        workingDirectory,
        user,
        tty,
        stdin,
        stopSignal,
        restartPolicy,
        umask,
        rlimits,
        capabilities,
        noNewPrivileges,
        groups,
        tmpfs,
        healthCheck(),
        lifecycle,
        resources);
  }

  /** Equal in all fields, the order of the environment included. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SessionSpec that && fields().equals(that.fields());
  }

  @Override
  public int hashCode() {
    return fields().hashCode();
  }

  /** Its name and its program; no environment, which may hold secrets. */
  @Override
  public String toString() {
    return "SessionSpec[" + name + ": " + argv.get(0) + "]";
  }

  /** Describes a session. For use by one thread. */
  public static final class Builder {
    final String name;
    List<UUID> layers = List.of();
    @Nullable UUID scratch;
    boolean readOnlyRoot;
    final List<VolumeMount> mounts = new ArrayList<>();
    List<String> argv = List.of();
    final Map<String, String> env = new LinkedHashMap<>();
    String workingDirectory = "/";
    String user = "";
    boolean tty;
    boolean stdin;
    Signal stopSignal = Signal.TERM;
    RestartPolicy restartPolicy = RestartPolicy.NEVER;
    OptionalInt umask = OptionalInt.empty();
    final List<ResourceLimit> rlimits = new ArrayList<>();
    @Nullable Set<String> capabilities;
    boolean noNewPrivileges;
    List<String> groups = List.of();
    final List<TmpfsMount> tmpfs = new ArrayList<>();
    @Nullable HealthCheck healthCheck;
    SessionLifecycle lifecycle = SessionLifecycle.DEFAULT;
    SessionResources resources = SessionResources.UNLIMITED;

    private Builder(String name) {
      this.name = name;
    }

    /** The file systems of the root's layers, the lowest first. */
    public Builder layers(List<UUID> fileSystems) {
      this.layers = fileSystems;
      return this;
    }

    /** The file system that the root's writes go to. */
    public Builder scratch(UUID fileSystem) {
      this.scratch = fileSystem;
      return this;
    }

    /** Whether the process may only read its root; it needs no scratch disk then. */
    public Builder readOnlyRoot(boolean readOnly) {
      this.readOnlyRoot = readOnly;
      return this;
    }

    /** Adds a volume. */
    public Builder mount(VolumeMount mount) {
      mounts.add(mount);
      return this;
    }

    /** The program and its arguments; at least the program. */
    public Builder argv(List<String> argv) {
      this.argv = argv;
      return this;
    }

    /** The program and its arguments. */
    public Builder argv(String program, String... arguments) {
      List<String> all = new ArrayList<>(List.of(program));
      all.addAll(List.of(arguments));
      return argv(all);
    }

    /** Sets a variable of the environment; one that is there keeps its place. */
    public Builder env(String variable, String value) {
      env.put(variable, value);
      return this;
    }

    /** Sets variables of the environment, in the map's order. */
    public Builder env(Map<String, String> variables) {
      env.putAll(variables);
      return this;
    }

    /** Where the process starts; an absolute path. */
    public Builder workingDirectory(String directory) {
      this.workingDirectory = directory;
      return this;
    }

    /** Whom it runs as; see {@link SessionSpec#user}. */
    public Builder user(String user) {
      this.user = user;
      return this;
    }

    /** Whether it has a terminal. */
    public Builder tty(boolean tty) {
      this.tty = tty;
      return this;
    }

    /** Whether its standard input is open. */
    public Builder stdin(boolean stdin) {
      this.stdin = stdin;
      return this;
    }

    /** What asks it to end. */
    public Builder stopSignal(Signal signal) {
      this.stopSignal = signal;
      return this;
    }

    /** What the guest does when it ends by itself. */
    public Builder restartPolicy(RestartPolicy policy) {
      this.restartPolicy = policy;
      return this;
    }

    /** What permissions its files do not get: 0 to {@code 0777}. */
    public Builder umask(int umask) {
      this.umask = OptionalInt.of(umask);
      return this;
    }

    /** Limits what it may use of a resource; one limit for each. */
    public Builder rlimit(ResourceLimit limit) {
      rlimits.add(limit);
      return this;
    }

    /** The capabilities that it can have, such as {@code CAP_CHOWN}; none if empty. */
    public Builder capabilities(Set<String> names) {
      this.capabilities = names;
      return this;
    }

    /** Whether no program that it runs gives it privileges. */
    public Builder noNewPrivileges(boolean none) {
      this.noNewPrivileges = none;
      return this;
    }

    /** Groups beside those of its user. */
    public Builder groups(List<String> groups) {
      this.groups = groups;
      return this;
    }

    /** Adds a file system in memory. */
    public Builder tmpfs(TmpfsMount mount) {
      tmpfs.add(mount);
      return this;
    }

    /** When it runs, and what the guest does about it. */
    public Builder lifecycle(SessionLifecycle lifecycle) {
      this.lifecycle = lifecycle;
      return this;
    }

    /** What it may use of the VM. */
    public Builder resources(SessionResources resources) {
      this.resources = resources;
      return this;
    }

    /** How the guest finds out whether it does its work. */
    public Builder healthCheck(HealthCheck check) {
      this.healthCheck = check;
      return this;
    }

    /**
     * The session.
     *
     * @throws InvalidSpecException if a field is wrong; it names the first one
     */
    public SessionSpec build() {
      SessionRules.check(this);
      return new SessionSpec(this);
    }
  }
}
