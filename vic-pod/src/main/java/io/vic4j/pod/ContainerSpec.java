package io.vic4j.pod;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.Signal;
import io.vic4j.image.Image;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A container to be: an image, and what is to be other than the image's config says. Made into a VM
 * of its own by {@link Containers}, or one of several in a {@link PodSpec}. Immutable.
 *
 * <pre>{@code
 * ContainerSpec.builder("registry.example/app:1.2").name("app-1").env("MODE", "fast").build()
 * }</pre>
 *
 * <p><b>What runs.</b> As with Docker and Kubernetes: {@link #command} replaces the image's
 * entrypoint and its cmd, {@link #args} the image's cmd alone. Variables of {@link #env} replace
 * those of the image; the others of the image stay. An image whose config has no {@code PATH} gets
 * Docker's.
 */
public final class ContainerSpec {
  private final @Nullable ImageReference reference;
  private final @Nullable Digest imageId;
  private final @Nullable String name;
  private final PullPolicy pullPolicy;
  private final List<String> command;
  private final List<String> args;
  private final Map<String, String> env;
  private final @Nullable String workingDirectory;
  private final @Nullable String user;
  private final boolean tty;
  private final boolean stdin;
  private final boolean readOnlyRoot;
  private final @Nullable Signal stopSignal;
  private final @Nullable RestartPolicy restartPolicy;
  private final @Nullable Integer cpus;
  private final @Nullable MemorySize memory;
  private final @Nullable String hostname;
  private final SortedMap<String, String> labels;
  private final List<ContainerVolume> volumes;
  private final ProcessOptions options;

  private ContainerSpec(Builder builder) {
    this.reference = builder.reference;
    this.imageId = builder.imageId;
    this.name = builder.name;
    this.pullPolicy = builder.pullPolicy;
    this.command = List.copyOf(builder.command);
    this.args = List.copyOf(builder.args);
    this.env = Collections.unmodifiableMap(new LinkedHashMap<>(builder.env));
    this.workingDirectory = builder.workingDirectory;
    this.user = builder.user;
    this.tty = builder.tty;
    this.stdin = builder.stdin;
    this.readOnlyRoot = builder.readOnlyRoot;
    this.stopSignal = builder.stopSignal;
    this.restartPolicy = builder.restartPolicy;
    this.cpus = builder.cpus;
    this.memory = builder.memory;
    this.hostname = builder.hostname;
    this.labels = Collections.unmodifiableSortedMap(new TreeMap<>(builder.labels));
    this.volumes = List.copyOf(builder.volumes);
    this.options = builder.options();
  }

  /** A container of the image that this reference names. */
  public static Builder builder(ImageReference image) {
    return new Builder(image, null);
  }

  /**
   * A container of the image that this reference names.
   *
   * @throws io.vic4j.core.InvalidArgumentException if it is no reference
   */
  public static Builder builder(String image) {
    return builder(ImageReference.parse(image));
  }

  /** A container of exactly this image, whatever its names stand for by now. It is not pulled. */
  public static Builder builder(Image image) {
    return ofImageId(image.id());
  }

  static Builder ofImageId(Digest imageId) {
    return new Builder(null, imageId);
  }

  /** A builder that has all that this has. */
  public Builder toBuilder() {
    Builder builder = new Builder(reference, imageId);
    builder.name = name;
    builder.pullPolicy = pullPolicy;
    builder.command = command;
    builder.args = args;
    builder.env.putAll(env);
    builder.workingDirectory = workingDirectory;
    builder.user = user;
    builder.tty = tty;
    builder.stdin = stdin;
    builder.readOnlyRoot = readOnlyRoot;
    builder.stopSignal = stopSignal;
    builder.restartPolicy = restartPolicy;
    builder.cpus = cpus;
    builder.memory = memory;
    builder.hostname = hostname;
    builder.labels.putAll(labels);
    builder.volumes.addAll(volumes);
    return builder.options(options);
  }

  /** The same, of the image of another. */
  ContainerSpec withImageOf(ContainerSpec other) {
    Builder builder = toBuilder();
    builder.reference = other.reference;
    builder.imageId = other.imageId;
    return builder.build();
  }

  /** The image, as people name it: a reference, or the digest that is its ID. */
  public String image() {
    return reference != null ? reference.toString() : String.valueOf(imageId);
  }

  /** The image's reference; empty if it is given by its ID. */
  public Optional<ImageReference> reference() {
    return Optional.ofNullable(reference);
  }

  /** The image's ID; empty if it is given by reference. */
  public Optional<Digest> imageId() {
    return Optional.ofNullable(imageId);
  }

  /** What people call it; {@link Containers} finds a name for one that has none. */
  public Optional<String> name() {
    return Optional.ofNullable(name);
  }

  /** When its image is pulled. {@link PullPolicy#IF_NOT_PRESENT} unless told otherwise. */
  public PullPolicy pullPolicy() {
    return pullPolicy;
  }

  /** The program and arguments instead of the image's entrypoint and cmd; empty to keep these. */
  public List<String> command() {
    return command;
  }

  /** The arguments instead of the image's cmd; empty to keep it, if there is no command. */
  public List<String> args() {
    return args;
  }

  /** Variables beside and instead of the image's, in order. */
  public Map<String, String> env() {
    return env;
  }

  /** Where it starts instead of where the image says. */
  public Optional<String> workingDirectory() {
    return Optional.ofNullable(workingDirectory);
  }

  /** Whom it runs as instead of whom the image says, in the image's notation. */
  public Optional<String> user() {
    return Optional.ofNullable(user);
  }

  /** Whether it has a terminal. */
  public boolean tty() {
    return tty;
  }

  /** Whether its standard input is open. */
  public boolean stdin() {
    return stdin;
  }

  /** Whether it may only read its root file system; it has no scratch disk then. */
  public boolean readOnlyRoot() {
    return readOnlyRoot;
  }

  /** What asks it to end instead of what the image says. */
  public Optional<Signal> stopSignal() {
    return Optional.ofNullable(stopSignal);
  }

  /** What is done when it ends by itself; where empty, the pod's policy, or nothing. */
  public Optional<RestartPolicy> restartPolicy() {
    return Optional.ofNullable(restartPolicy);
  }

  /** How many processors it wants. */
  public OptionalInt cpus() {
    return cpus == null ? OptionalInt.empty() : OptionalInt.of(cpus);
  }

  /** How much memory it wants. */
  public Optional<MemorySize> memory() {
    return Optional.ofNullable(memory);
  }

  /** What its VM calls itself. Not for a container of a pod, which has one name for all. */
  public Optional<String> hostname() {
    return Optional.ofNullable(hostname);
  }

  /** What its users note on it. Not for a container of a pod, which has labels itself. */
  public SortedMap<String, String> labels() {
    return labels;
  }

  /**
   * The volumes it wants, beside those that its image wants at other paths. Kept in the order
   * given, and mounted so that a volume within another comes after it.
   */
  public List<ContainerVolume> volumes() {
    return volumes;
  }

  /** What its process may do and sees beside its program. */
  public ProcessOptions options() {
    return options;
  }

  private List<Object> fields() {
    return List.of(
        image(),
        name(),
        pullPolicy,
        command,
        args,
        List.copyOf(env.entrySet()),
        workingDirectory(),
        user(),
        tty,
        stdin,
        readOnlyRoot,
        stopSignal(),
        restartPolicy(),
        cpus(),
        memory(),
        hostname(),
        labels,
        volumes,
        options);
  }

  /** Equal in all fields, the order of the environment included. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ContainerSpec that && fields().equals(that.fields());
  }

  @Override
  public int hashCode() {
    return fields().hashCode();
  }

  /** Its name and its image; no environment, which may hold secrets. */
  @Override
  public String toString() {
    return "ContainerSpec[" + (name == null ? "" : name + ": ") + image() + "]";
  }

  /** Describes a container. For use by one thread. */
  public static final class Builder extends OptionsBuilder<Builder> {
    private @Nullable ImageReference reference;
    private @Nullable Digest imageId;
    private @Nullable String name;
    private PullPolicy pullPolicy = PullPolicy.IF_NOT_PRESENT;
    private List<String> command = List.of();
    private List<String> args = List.of();
    private final Map<String, String> env = new LinkedHashMap<>();
    private @Nullable String workingDirectory;
    private @Nullable String user;
    private boolean tty;
    private boolean stdin;
    private boolean readOnlyRoot;
    private @Nullable Signal stopSignal;
    private @Nullable RestartPolicy restartPolicy;
    private @Nullable Integer cpus;
    private @Nullable MemorySize memory;
    private @Nullable String hostname;
    private final Map<String, String> labels = new TreeMap<>();
    private final List<ContainerVolume> volumes = new ArrayList<>();

    private Builder(@Nullable ImageReference reference, @Nullable Digest imageId) {
      this.reference = reference;
      this.imageId = imageId;
    }

    @Override
    Builder self() {
      return this;
    }

    /** Another image, which this reference names. */
    public Builder image(ImageReference image) {
      this.reference = image;
      this.imageId = null;
      return this;
    }

    /** What people call it. */
    public Builder name(String name) {
      this.name = name;
      return this;
    }

    /** When its image is pulled. */
    public Builder pullPolicy(PullPolicy policy) {
      this.pullPolicy = policy;
      return this;
    }

    /** The program and arguments instead of the image's entrypoint and cmd. */
    public Builder command(String... command) {
      return command(Arrays.asList(command));
    }

    /** The program and arguments instead of the image's entrypoint and cmd. */
    public Builder command(List<String> command) {
      this.command = command;
      return this;
    }

    /** The arguments instead of the image's cmd. */
    public Builder args(String... args) {
      return args(Arrays.asList(args));
    }

    /** The arguments instead of the image's cmd. */
    public Builder args(List<String> args) {
      this.args = args;
      return this;
    }

    /** Sets a variable of the environment. */
    public Builder env(String variable, String value) {
      env.put(variable, value);
      return this;
    }

    /** Sets variables of the environment, in the map's order. */
    public Builder env(Map<String, String> variables) {
      env.putAll(variables);
      return this;
    }

    /** Where it starts: an absolute path. */
    public Builder workingDirectory(String directory) {
      this.workingDirectory = directory;
      return this;
    }

    /**
     * Whom it runs as: {@code user}, {@code uid}, {@code user:group} or {@code uid:gid}; empty for
     * root.
     */
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

    /** Whether it may only read its root file system. */
    public Builder readOnlyRoot(boolean readOnly) {
      this.readOnlyRoot = readOnly;
      return this;
    }

    /** What asks it to end. */
    public Builder stopSignal(Signal signal) {
      this.stopSignal = signal;
      return this;
    }

    /** What is done when it ends by itself. */
    public Builder restartPolicy(RestartPolicy policy) {
      this.restartPolicy = policy;
      return this;
    }

    /** How many processors it wants: one or more. */
    public Builder cpus(int cpus) {
      this.cpus = cpus;
      return this;
    }

    /** How much memory it wants; its VM gets the next multiple of 4 MiB. */
    public Builder memory(MemorySize memory) {
      this.memory = memory;
      return this;
    }

    /** What its VM calls itself: a DNS label. */
    public Builder hostname(String hostname) {
      this.hostname = hostname;
      return this;
    }

    /** Notes something on it. Keys that begin with {@code io.vic4j.} are the library's own. */
    public Builder label(String key, String value) {
      labels.put(key, value);
      return this;
    }

    /** Notes all of these on it. */
    public Builder labels(Map<String, String> more) {
      labels.putAll(more);
      return this;
    }

    /**
     * Mounts a volume, to be read and written. As with Docker's {@code -v}, one that is not there
     * is made, with the host's default size.
     *
     * @param volume its name
     * @param path where in the container: absolute
     */
    public Builder volume(String volume, String path) {
      return volume(ContainerVolume.of(volume, path));
    }

    /** Mounts a volume, to be read only; else as {@link #volume(String, String)}. */
    public Builder readOnlyVolume(String volume, String path) {
      return volume(new ContainerVolume(Optional.of(volume), path, true));
    }

    /**
     * Mounts a volume that is made for this container, with the host's default size. {@link
     * Containers#removeWithVolumes} removes it with the container.
     */
    public Builder anonymousVolume(String path) {
      return volume(new ContainerVolume(Optional.empty(), path, false));
    }

    /** Mounts a volume. */
    public Builder volume(ContainerVolume volume) {
      volumes.add(volume);
      return this;
    }

    /**
     * The specification. What depends on the image, such as whether there is a program to run, is
     * checked when it is put to use.
     *
     * @throws InvalidSpecException if a field is wrong; it names the first one
     */
    public ContainerSpec build() {
      if (cpus != null && cpus < 1) {
        throw new InvalidSpecException(
            "cpus", "a container wants 1 processor or more, not " + cpus);
      }
      for (String key : labels.keySet()) {
        if (key.startsWith(Labels.PREFIX)) {
          throw new InvalidSpecException(
              "labels", "'" + key + "': keys that begin with io.vic4j. are the library's own");
        }
      }
      if (name != null && name.startsWith(VmNames.POD_PREFIX)) {
        throw new InvalidSpecException(
            "name", "'" + name + "': names that begin with pod_ are those of pods' VMs");
      }
      MountPaths.check(volumes, options());
      return new ContainerSpec(this);
    }
  }
}
