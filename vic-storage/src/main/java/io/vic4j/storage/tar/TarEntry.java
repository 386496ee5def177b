package io.vic4j.storage.tar;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a tar archive says of one file, apart from its content; whichever of the formats it was said
 * in. Immutable.
 */
public final class TarEntry {
  /** What an entry is. */
  public enum Type {
    /** A file with content, sparse or not. */
    FILE,
    /** A further name of an entry before it, which {@link #linkTarget} names. */
    HARD_LINK,
    /** A symbolic link to {@link #linkTarget}. */
    SYMBOLIC_LINK,
    /** A character device. */
    CHARACTER_DEVICE,
    /** A block device. */
    BLOCK_DEVICE,
    /** A directory. */
    DIRECTORY,
    /** A named pipe. */
    FIFO,
    /** Something else, known by its {@link #typeFlag} only, such as a volume label. */
    OTHER
  }

  private static final int MODE_BITS = 07777;

  private final ByteString name;
  private final Type type;
  private final char typeFlag;
  private final int mode;
  private final long uid;
  private final long gid;
  private final long sizeBytes;
  private final Instant modified;
  private final @Nullable Instant accessed;
  private final @Nullable Instant changed;
  private final @Nullable ByteString linkTarget;
  private final long deviceMajor;
  private final long deviceMinor;
  private final SortedMap<ByteString, ByteString> xattrs;

  private TarEntry(Builder builder) {
    this.name = builder.name;
    this.type = builder.type;
    this.typeFlag = builder.typeFlag;
    this.mode = builder.mode;
    this.uid = builder.uid;
    this.gid = builder.gid;
    this.sizeBytes = builder.sizeBytes;
    this.modified = builder.modified;
    this.accessed = builder.accessed;
    this.changed = builder.changed;
    this.linkTarget = builder.linkTarget;
    this.deviceMajor = builder.deviceMajor;
    this.deviceMinor = builder.deviceMinor;
    this.xattrs =
        builder.xattrs.isEmpty()
            ? Collections.emptySortedMap()
            : Collections.unmodifiableSortedMap(new TreeMap<>(builder.xattrs));
  }

  /** An entry that belongs to root, has no permissions, no content and the time 1970. */
  public static Builder builder(Type type, ByteString name) {
    return new Builder(type, name);
  }

  /** An entry that belongs to root, has no permissions, no content and the time 1970. */
  public static Builder builder(Type type, String name) {
    return new Builder(type, ByteString.of(name));
  }

  /** A builder that begins with this entry. */
  public Builder toBuilder() {
    Builder builder = new Builder(type, name);
    builder.typeFlag = typeFlag;
    builder.mode = mode;
    builder.uid = uid;
    builder.gid = gid;
    builder.sizeBytes = sizeBytes;
    builder.modified = modified;
    builder.accessed = accessed;
    builder.changed = changed;
    builder.linkTarget = linkTarget;
    builder.deviceMajor = deviceMajor;
    builder.deviceMinor = deviceMinor;
    builder.xattrs.putAll(xattrs);
    return builder;
  }

  /** The path as the archive has it: it may begin with {@code ./}, hold {@code ..}, end in a /. */
  public ByteString name() {
    return name;
  }

  /** What it is. */
  public Type type() {
    return type;
  }

  /** The byte by which the archive tells the type; {@code '0'} for a file. */
  public char typeFlag() {
    return typeFlag;
  }

  /** The permission bits with set-user-ID, set-group-ID and sticky: 0 to 07777. */
  public int mode() {
    return mode;
  }

  /** The number of the user it belongs to. */
  public long uid() {
    return uid;
  }

  /** The number of the group it belongs to. */
  public long gid() {
    return gid;
  }

  /** How long a file's content is, holes included; 0 for all that is not a file. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** When its content was last changed. */
  public Instant modified() {
    return modified;
  }

  /** When it was last read, if the archive says so. */
  public Optional<Instant> accessed() {
    return Optional.ofNullable(accessed);
  }

  /** When it was last changed in whatever way, if the archive says so. */
  public Optional<Instant> changed() {
    return Optional.ofNullable(changed);
  }

  /** What a hard link or a symbolic link names; empty for all else. */
  public Optional<ByteString> linkTarget() {
    return Optional.ofNullable(linkTarget);
  }

  /** The major number of a device; 0 for all else. */
  public long deviceMajor() {
    return deviceMajor;
  }

  /** The minor number of a device; 0 for all else. */
  public long deviceMinor() {
    return deviceMinor;
  }

  /** Extended attributes by their full name, such as {@code user.note}, sorted. */
  public SortedMap<ByteString, ByteString> xattrs() {
    return xattrs;
  }

  @Override
  public String toString() {
    return type
        + " '"
        + name
        + "'"
        + (linkTarget == null ? "" : " -> '" + linkTarget + "'")
        + (type == Type.FILE ? " of " + sizeBytes + " bytes" : "");
  }

  /** Puts a {@link TarEntry} together. */
  public static final class Builder {
    private final ByteString name;
    private final Type type;
    private char typeFlag;
    private int mode;
    private long uid;
    private long gid;
    private long sizeBytes;
    private Instant modified = Instant.EPOCH;
    private @Nullable Instant accessed;
    private @Nullable Instant changed;
    private @Nullable ByteString linkTarget;
    private long deviceMajor;
    private long deviceMinor;
    private final Map<ByteString, ByteString> xattrs = new TreeMap<>();

    private Builder(Type type, ByteString name) {
      this.type = type;
      this.name = name;
      this.typeFlag = TypeFlags.flagOf(type);
    }

    /** For {@link Type#OTHER}, which the reader alone makes. */
    Builder typeFlag(char typeFlag) {
      this.typeFlag = typeFlag;
      return this;
    }

    /** The permission bits; all above 07777 are dropped. */
    public Builder mode(int mode) {
      this.mode = mode & MODE_BITS;
      return this;
    }

    /** The user and the group it belongs to. */
    public Builder owner(long uid, long gid) {
      this.uid = uid;
      this.gid = gid;
      return this;
    }

    /** How long a file's content is. */
    public Builder sizeBytes(long sizeBytes) {
      this.sizeBytes = sizeBytes;
      return this;
    }

    /** When its content was last changed. */
    public Builder modified(Instant modified) {
      this.modified = modified;
      return this;
    }

    /** When it was last read. */
    public Builder accessed(Instant accessed) {
      this.accessed = accessed;
      return this;
    }

    /** When it was last changed in whatever way. */
    public Builder changed(Instant changed) {
      this.changed = changed;
      return this;
    }

    /** What a link names. */
    public Builder linkTarget(ByteString linkTarget) {
      this.linkTarget = linkTarget;
      return this;
    }

    /** The numbers of a device. */
    public Builder device(long major, long minor) {
      this.deviceMajor = major;
      this.deviceMinor = minor;
      return this;
    }

    /** One more extended attribute, or another value for one. */
    public Builder xattr(ByteString name, ByteString value) {
      xattrs.put(name, value);
      return this;
    }

    /**
     * The entry.
     *
     * @throws IllegalArgumentException if the parts do not fit together, such as a size of a
     *     directory or a link without target
     */
    public TarEntry build() {
      require(!name.isEmpty(), "has no name");
      require(sizeBytes >= 0, "has a negative size: " + sizeBytes);
      require(sizeBytes == 0 || type == Type.FILE || type == Type.OTHER, "cannot have content");
      boolean link = type == Type.HARD_LINK || type == Type.SYMBOLIC_LINK;
      require(link == (linkTarget != null), link ? "has no link target" : "is no link");
      return new TarEntry(this);
    }

    private void require(boolean holds, String otherwise) {
      if (!holds) {
        throw new IllegalArgumentException(type + " '" + name + "' " + otherwise);
      }
    }
  }
}
