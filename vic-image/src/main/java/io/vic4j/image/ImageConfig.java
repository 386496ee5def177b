package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.Platform;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How an image is run, and what it is made of: the part of its config that machines act on.
 *
 * <p>Source: OCI image specification 1.1, image configuration; Docker image specification 1.2,
 * whose config is the same. Immutable.
 */
public final class ImageConfig {
  private final Platform platform;
  private final List<String> env;
  private final List<String> entrypoint;
  private final List<String> cmd;
  private final String workingDir;
  private final String user;
  private final Set<String> exposedPorts;
  private final Set<String> volumes;
  private final Map<String, String> labels;
  private final @Nullable String stopSignal;
  private final @Nullable Healthcheck healthcheck;
  private final @Nullable Instant created;
  private final @Nullable String author;
  private final List<Digest> diffIds;
  private final List<History> history;

  /**
   * One step of how the image was built.
   *
   * @param createdBy the command, for people; empty if unknown
   * @param comment a remark; empty if there is none
   * @param emptyLayer whether it changed no file, and so has no layer
   */
  public record History(String createdBy, String comment, boolean emptyLayer) {}

  /**
   * How it is found out whether a container of the image does its work; what is not given has
   * Docker's default. Source: Docker image specification 1.2, {@code Healthcheck}.
   *
   * @param test {@code NONE}; or {@code CMD} and a program with its arguments; or {@code CMD-SHELL}
   *     and a command line
   * @param interval how long between two runs, where given
   * @param timeout how long a run may take, where given
   * @param startPeriod how long failures do not count, where given
   * @param retries how many runs in a row must fail, where given
   */
  public record Healthcheck(
      List<String> test,
      Optional<Duration> interval,
      Optional<Duration> timeout,
      Optional<Duration> startPeriod,
      OptionalInt retries) {
    /** Copies the list. */
    public Healthcheck {
      test = List.copyOf(test);
    }
  }

  private ImageConfig(Builder builder) {
    this.platform = builder.platform;
    this.env = List.copyOf(builder.env);
    this.entrypoint = List.copyOf(builder.entrypoint);
    this.cmd = List.copyOf(builder.cmd);
    this.workingDir = builder.workingDir;
    this.user = builder.user;
    this.exposedPorts = Collections.unmodifiableSet(new TreeSet<>(builder.exposedPorts));
    this.volumes = Collections.unmodifiableSet(new TreeSet<>(builder.volumes));
    this.labels = Collections.unmodifiableMap(new LinkedHashMap<>(builder.labels));
    this.stopSignal = builder.stopSignal;
    this.healthcheck = builder.healthcheck;
    this.created = builder.created;
    this.author = builder.author;
    this.diffIds = List.copyOf(builder.diffIds);
    this.history = List.copyOf(builder.history);
  }

  /** A builder of a config that says nothing but {@code linux/amd64}. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Reads a config.
   *
   * @throws io.vic4j.core.InvalidArgumentException if it is not valid; the message names the field
   */
  public static ImageConfig parse(Bytes content) {
    return ConfigParser.parse(content.toArray());
  }

  /** What the image runs on. */
  public Platform platform() {
    return platform;
  }

  /** The environment, each as {@code NAME=value}. */
  public List<String> env() {
    return env;
  }

  /** The program that is run and its first arguments, before {@link #cmd}; may be empty. */
  public List<String> entrypoint() {
    return entrypoint;
  }

  /** The arguments of {@link #entrypoint}, or what is run if there is none; may be empty. */
  public List<String> cmd() {
    return cmd;
  }

  /** The working directory, absolute; {@code /} if the config names none. */
  public String workingDir() {
    return workingDir;
  }

  /** {@code user}, {@code uid}, {@code user:group} or {@code uid:gid}; empty for root. */
  public String user() {
    return user;
  }

  /** The ports it listens on, such as {@code 80/tcp}, sorted. */
  public Set<String> exposedPorts() {
    return exposedPorts;
  }

  /** The places where it keeps what should outlive it, sorted. */
  public Set<String> volumes() {
    return volumes;
  }

  /** Labels of the image, in the config's order. */
  public Map<String, String> labels() {
    return labels;
  }

  /** The signal that asks it to stop, such as {@code SIGTERM} or {@code 15}, where given. */
  public Optional<String> stopSignal() {
    return Optional.ofNullable(stopSignal);
  }

  /** How it is found out whether a container does its work, where given. */
  public Optional<Healthcheck> healthcheck() {
    return Optional.ofNullable(healthcheck);
  }

  /** When it was made, where given. */
  public Optional<Instant> created() {
    return Optional.ofNullable(created);
  }

  /** Who made it, where given. */
  public Optional<String> author() {
    return Optional.ofNullable(author);
  }

  /** The digests of the layers' uncompressed tars, lowest first. */
  public List<Digest> diffIds() {
    return diffIds;
  }

  /** How it was built, first step first. */
  public List<History> history() {
    return history;
  }

  private List<Object> fields() {
    return List.of(
        platform,
        env,
        entrypoint,
        cmd,
        workingDir,
        user,
        exposedPorts,
        volumes,
        labels,
        stopSignal(),
        healthcheck(),
        created(),
        author(),
        diffIds,
        history);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ImageConfig that && fields().equals(that.fields());
  }

  @Override
  public int hashCode() {
    return fields().hashCode();
  }

  @Override
  public String toString() {
    return "ImageConfig[" + platform + ", entrypoint=" + entrypoint + ", cmd=" + cmd + "]";
  }

  /** Puts an {@link ImageConfig} together. */
  public static final class Builder {
    private Platform platform = Platform.LINUX_AMD64;
    private List<String> env = new ArrayList<>();
    private List<String> entrypoint = List.of();
    private List<String> cmd = List.of();
    private String workingDir = "/";
    private String user = "";
    private Collection<String> exposedPorts = List.of();
    private Collection<String> volumes = List.of();
    private Map<String, String> labels = Map.of();
    private @Nullable String stopSignal;
    private @Nullable Healthcheck healthcheck;
    private @Nullable Instant created;
    private @Nullable String author;
    private List<Digest> diffIds = List.of();
    private List<History> history = List.of();

    private Builder() {}

    /** What the image runs on. */
    public Builder platform(Platform platform) {
      this.platform = platform;
      return this;
    }

    /** The environment, each as {@code NAME=value}. */
    public Builder env(List<String> env) {
      this.env = new ArrayList<>(env);
      return this;
    }

    /** One more variable of the environment. */
    public Builder env(String name, String value) {
      this.env.add(name + "=" + value);
      return this;
    }

    /** The program that is run and its first arguments. */
    public Builder entrypoint(String... entrypoint) {
      return entrypoint(List.of(entrypoint));
    }

    /** The program that is run and its first arguments. */
    public Builder entrypoint(List<String> entrypoint) {
      this.entrypoint = entrypoint;
      return this;
    }

    /** The arguments of the entrypoint, or what is run if there is none. */
    public Builder cmd(String... cmd) {
      return cmd(List.of(cmd));
    }

    /** The arguments of the entrypoint, or what is run if there is none. */
    public Builder cmd(List<String> cmd) {
      this.cmd = cmd;
      return this;
    }

    /** The working directory. */
    public Builder workingDir(String workingDir) {
      this.workingDir = workingDir;
      return this;
    }

    /** Who it runs as. */
    public Builder user(String user) {
      this.user = user;
      return this;
    }

    /** The ports it listens on. */
    public Builder exposedPorts(Collection<String> exposedPorts) {
      this.exposedPorts = exposedPorts;
      return this;
    }

    /** The places where it keeps what should outlive it. */
    public Builder volumes(Collection<String> volumes) {
      this.volumes = volumes;
      return this;
    }

    /** Labels. */
    public Builder labels(Map<String, String> labels) {
      this.labels = labels;
      return this;
    }

    /** The signal that asks it to stop. */
    public Builder stopSignal(String stopSignal) {
      this.stopSignal = stopSignal;
      return this;
    }

    /** How it is found out whether a container does its work. */
    public Builder healthcheck(Healthcheck healthcheck) {
      this.healthcheck = healthcheck;
      return this;
    }

    /** When it was made. */
    public Builder created(Instant created) {
      this.created = created;
      return this;
    }

    /** Who made it. */
    public Builder author(String author) {
      this.author = author;
      return this;
    }

    /** The digests of the layers' uncompressed tars, lowest first. */
    public Builder diffIds(List<Digest> diffIds) {
      this.diffIds = diffIds;
      return this;
    }

    /** How it was built. */
    public Builder history(List<History> history) {
      this.history = history;
      return this;
    }

    /** The config. */
    public ImageConfig build() {
      return new ImageConfig(this);
    }
  }
}
