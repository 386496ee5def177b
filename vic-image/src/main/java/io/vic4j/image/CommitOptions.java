package io.vic4j.image;

import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How an image that is made of another one differs from that, beside its new layer: what Docker
 * takes as {@code commit --author --message --change}. Immutable.
 *
 * <pre>{@code
 * CommitOptions.builder()
 *     .name("registry.example/app:patched").env("MODE", "slow").comment("as on the third day").build()
 * }</pre>
 */
public final class CommitOptions {
  /** No name, and no change. */
  public static final CommitOptions DEFAULT = builder().build();

  private final @Nullable ImageReference name;
  private final @Nullable String author;
  private final String comment;
  private final @Nullable String createdBy;
  private final Map<String, String> env;
  private final @Nullable List<String> entrypoint;
  private final @Nullable List<String> cmd;
  private final Map<String, String> labels;
  private final @Nullable String user;
  private final @Nullable String workingDir;
  private final SortedSet<String> exposedPorts;
  private final SortedSet<String> volumes;
  private final @Nullable String stopSignal;

  private CommitOptions(Builder builder) {
    this.name = builder.name;
    this.author = builder.author;
    this.comment = builder.comment;
    this.createdBy = builder.createdBy;
    this.env = Collections.unmodifiableMap(new LinkedHashMap<>(builder.env));
    this.entrypoint = builder.entrypoint;
    this.cmd = builder.cmd;
    this.labels = Collections.unmodifiableMap(new LinkedHashMap<>(builder.labels));
    this.user = builder.user;
    this.workingDir = builder.workingDir;
    this.exposedPorts = Collections.unmodifiableSortedSet(new TreeSet<>(builder.exposedPorts));
    this.volumes = Collections.unmodifiableSortedSet(new TreeSet<>(builder.volumes));
    this.stopSignal = builder.stopSignal;
  }

  /** Options to put together. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that has all that this has. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.name = name;
    builder.author = author;
    builder.comment = comment;
    builder.createdBy = createdBy;
    builder.env.putAll(env);
    builder.entrypoint = entrypoint;
    builder.cmd = cmd;
    builder.labels.putAll(labels);
    builder.user = user;
    builder.workingDir = workingDir;
    builder.exposedPorts.addAll(exposedPorts);
    builder.volumes.addAll(volumes);
    builder.stopSignal = stopSignal;
    return builder;
  }

  /** What the image is called; empty to keep it in the scope without a name. */
  public Optional<ImageReference> name() {
    return Optional.ofNullable(name);
  }

  /** Who made it; empty to leave what the image it is made of says. */
  public Optional<String> author() {
    return Optional.ofNullable(author);
  }

  /** A remark in its history; may be empty. */
  public String comment() {
    return comment;
  }

  /** The command in its history; empty for whatever made the changes. */
  public Optional<String> createdBy() {
    return Optional.ofNullable(createdBy);
  }

  /** Variables of its environment that are new or have new values. */
  public Map<String, String> env() {
    return env;
  }

  /** Its new entrypoint; empty to leave it. */
  public Optional<List<String>> entrypoint() {
    return Optional.ofNullable(entrypoint);
  }

  /** Its new cmd; empty to leave it. */
  public Optional<List<String>> cmd() {
    return Optional.ofNullable(cmd);
  }

  /** Labels that are new or have new values. */
  public Map<String, String> labels() {
    return labels;
  }

  /** Its new user; empty to leave it. */
  public Optional<String> user() {
    return Optional.ofNullable(user);
  }

  /** Its new working directory; empty to leave it. */
  public Optional<String> workingDir() {
    return Optional.ofNullable(workingDir);
  }

  /** Ports that it listens on beside those it did. */
  public SortedSet<String> exposedPorts() {
    return exposedPorts;
  }

  /** Places where it wants volumes beside those where it did. */
  public SortedSet<String> volumes() {
    return volumes;
  }

  /** Its new stop signal; empty to leave it. */
  public Optional<String> stopSignal() {
    return Optional.ofNullable(stopSignal);
  }

  /** Puts {@link CommitOptions} together. For use by one thread. */
  public static final class Builder {
    private @Nullable ImageReference name;
    private @Nullable String author;
    private String comment = "";
    private @Nullable String createdBy;
    private final Map<String, String> env = new LinkedHashMap<>();
    private @Nullable List<String> entrypoint;
    private @Nullable List<String> cmd;
    private final Map<String, String> labels = new LinkedHashMap<>();
    private @Nullable String user;
    private @Nullable String workingDir;
    private final SortedSet<String> exposedPorts = new TreeSet<>();
    private final SortedSet<String> volumes = new TreeSet<>();
    private @Nullable String stopSignal;

    private Builder() {}

    /** What the image is called; what was called so before is not any more. */
    public Builder name(ImageReference name) {
      this.name = name;
      return this;
    }

    /**
     * What the image is called.
     *
     * @throws InvalidArgumentException if it is no reference
     */
    public Builder name(String name) {
      return name(ImageReference.parse(name));
    }

    /** Who made it. */
    public Builder author(String author) {
      this.author = author;
      return this;
    }

    /** A remark in its history. */
    public Builder comment(String comment) {
      this.comment = comment;
      return this;
    }

    /** The command in its history; that of the container unless set. */
    public Builder createdBy(String command) {
      this.createdBy = command;
      return this;
    }

    /** Sets a variable of the environment. */
    public Builder env(String variable, String value) {
      env.put(variable, value);
      return this;
    }

    /** The program that is run and its first arguments. As in a Dockerfile, no cmd is left then. */
    public Builder entrypoint(String... words) {
      this.entrypoint = List.of(words);
      return this;
    }

    /** The arguments of the entrypoint, or what is run if there is none. */
    public Builder cmd(String... words) {
      this.cmd = List.of(words);
      return this;
    }

    /** Sets a label. */
    public Builder label(String key, String value) {
      labels.put(key, value);
      return this;
    }

    /** Who it runs as. */
    public Builder user(String user) {
      this.user = user;
      return this;
    }

    /** Where it starts: absolute. */
    public Builder workingDir(String directory) {
      this.workingDir = directory;
      return this;
    }

    /** One more port that it listens on, such as {@code 80/tcp}. */
    public Builder expose(String port) {
      exposedPorts.add(port);
      return this;
    }

    /** One more place where it wants a volume. */
    public Builder volume(String path) {
      volumes.add(path);
      return this;
    }

    /** What asks it to end, such as {@code SIGTERM}. */
    public Builder stopSignal(String signal) {
      this.stopSignal = signal;
      return this;
    }

    /**
     * The options.
     *
     * @throws InvalidArgumentException if a variable has no name or one with {@code =} in it, or
     *     the image is to be called by a digest
     */
    public CommitOptions build() {
      for (String variable : env.keySet()) {
        if (variable.isEmpty() || variable.indexOf('=') >= 0) {
          throw new InvalidArgumentException("'" + variable + "' is not a variable's name");
        }
      }
      if (name != null && name.digest().isPresent()) {
        throw new InvalidArgumentException(
            "an image to be cannot be called by a digest: " + name + "; give it a tag");
      }
      if (workingDir != null && !workingDir.startsWith("/")) {
        throw new InvalidArgumentException(
            "working directory '" + workingDir + "' is not absolute");
      }
      return new CommitOptions(this);
    }
  }
}
