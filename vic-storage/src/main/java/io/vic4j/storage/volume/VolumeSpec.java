package io.vic4j.storage.volume;

import io.vic4j.core.InvalidArgumentException;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A volume to be. Immutable.
 *
 * <pre>{@code
 * VolumeSpec.builder("data").sizeBytes(10L << 30).label("tier", "db").build()
 * }</pre>
 */
public final class VolumeSpec {
  // As Docker names volumes; long enough for the 64 digits of anonymous ones.
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,79}");

  private final @Nullable String name;
  private final @Nullable Long sizeBytes;
  private final SortedMap<String, String> labels;

  private VolumeSpec(Builder builder) {
    this.name = builder.name;
    this.sizeBytes = builder.sizeBytes;
    this.labels = Collections.unmodifiableSortedMap(new TreeMap<>(builder.labels));
  }

  /** A volume of this name: a letter or digit, then up to 79 of these and {@code _ . -}. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** A volume to which the store gives a name. */
  public static Builder anonymous() {
    return new Builder(null);
  }

  /**
   * Refuses what cannot be the name of a volume.
   *
   * @throws InvalidArgumentException if this cannot
   */
  public static void checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new InvalidArgumentException(
          "'" + name + "' is not a volume's name (want 1 to 80 letters, digits, _ . -)");
    }
  }

  /** Its name; empty if it is anonymous. */
  public Optional<String> name() {
    return Optional.ofNullable(name);
  }

  /** How large it is to be; the store's default where empty. */
  public OptionalLong sizeBytes() {
    return sizeBytes == null ? OptionalLong.empty() : OptionalLong.of(sizeBytes);
  }

  /** What its users note on it, sorted by key. */
  public SortedMap<String, String> labels() {
    return labels;
  }

  @Override
  public String toString() {
    return "VolumeSpec[" + (name == null ? "anonymous" : name) + "]";
  }

  /** Describes a volume. For use by one thread. */
  public static final class Builder {
    private final @Nullable String name;
    private @Nullable Long sizeBytes;
    private final Map<String, String> labels = new TreeMap<>();

    private Builder(@Nullable String name) {
      this.name = name;
    }

    /**
     * How large it is to be, 16 MiB to 8 TiB; rounded up to whole blocks of 4 KiB. What is never
     * written takes no space.
     */
    public Builder sizeBytes(long sizeBytes) {
      this.sizeBytes = sizeBytes;
      return this;
    }

    /** Notes something on it. */
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
     * The specification. The size is looked at when the volume is made.
     *
     * @throws InvalidArgumentException if the name is not one of a volume, or a label has no key
     */
    public VolumeSpec build() {
      if (name != null) {
        checkName(name);
      }
      if (labels.containsKey("")) {
        throw new InvalidArgumentException("a label of a volume needs a key");
      }
      return new VolumeSpec(this);
    }
  }
}
