package io.vic4j.storage;

/**
 * How much a layer may hold before it is taken for a bomb and refused with {@link
 * LayerException.Reason#LIMIT_EXCEEDED}. Immutable.
 */
public final class LayerLimits {
  /** What no honest image comes near: 256 GiB, 8 million entries, 1024 folders deep. */
  public static final LayerLimits DEFAULT = builder().build();

  private final long tarBytes;
  private final long entries;
  private final int pathDepth;

  private LayerLimits(Builder builder) {
    this.tarBytes = builder.tarBytes;
    this.entries = builder.entries;
    this.pathDepth = builder.pathDepth;
  }

  /** A builder that begins with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with these limits. */
  public Builder toBuilder() {
    return new Builder().tarBytes(tarBytes).entries(entries).pathDepth(pathDepth);
  }

  /**
   * How many bytes an uncompressed tar may have, and how many its files together, holes included.
   * For a disk of several layers, this and {@link #entries} hold for all of them together.
   */
  public long tarBytes() {
    return tarBytes;
  }

  /** How many entries a tar may have, parents that it leaves out included. */
  public long entries() {
    return entries;
  }

  /** How many names the path of an entry may have. */
  public int pathDepth() {
    return pathDepth;
  }

  @Override
  public String toString() {
    return "LayerLimits[tarBytes="
        + tarBytes
        + ", entries="
        + entries
        + ", pathDepth="
        + pathDepth
        + "]";
  }

  /** Puts {@link LayerLimits} together. */
  public static final class Builder {
    private long tarBytes = 256L << 30;
    private long entries = 8_000_000;
    private int pathDepth = 1024;

    private Builder() {}

    /** Sets {@link LayerLimits#tarBytes}; 256 GiB unless set. */
    public Builder tarBytes(long tarBytes) {
      this.tarBytes = positive("tarBytes", tarBytes);
      return this;
    }

    /** Sets {@link LayerLimits#entries}; 8 million unless set. */
    public Builder entries(long entries) {
      this.entries = positive("entries", entries);
      return this;
    }

    /** Sets {@link LayerLimits#pathDepth}; 1024 unless set. */
    public Builder pathDepth(int pathDepth) {
      this.pathDepth = (int) positive("pathDepth", pathDepth);
      return this;
    }

    private static long positive(String name, long value) {
      if (value <= 0) {
        throw new IllegalArgumentException(name + " must be positive: " + value);
      }
      return value;
    }

    /** The limits. */
    public LayerLimits build() {
      return new LayerLimits(this);
    }
  }
}
