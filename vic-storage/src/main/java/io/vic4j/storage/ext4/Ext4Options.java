package io.vic4j.storage.ext4;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * What a file system is to be like. Immutable.
 *
 * <p>By default it is as small as its content allows, read-only and without a journal, as a layer
 * disk wants it. With {@link Builder#sizeBytes} it has that size, free space and free inodes, and
 * may be written to.
 */
public final class Ext4Options {
  private static final long MIN_SIZE_BYTES = 1 << 20;
  private static final long MAX_SIZE_BYTES = (1L << 44) - Layout.BLOCK_BYTES;
  private static final long DEFAULT_SIZE_LIMIT_BYTES = 1L << 40;
  private static final long MAX_INODES = 1 << 30;
  private static final long MIN_JOURNAL_BYTES = 1024L * Layout.BLOCK_BYTES;
  private static final long MAX_BYTES_PER_INODE = 1 << 26;

  private final UUID uuid;
  private final UUID hashSeed;
  private final String label;
  private final Instant created;
  private final OptionalLong sizeBytes;
  private final long sizeLimitBytes;
  private final long journalBytes;
  private final long bytesPerInode;

  private Ext4Options(Builder builder) {
    this.uuid = builder.uuid;
    this.hashSeed = builder.hashSeed;
    this.label = builder.label;
    this.created = builder.created;
    this.sizeBytes = builder.sizeBytes;
    this.sizeLimitBytes = builder.sizeLimitBytes;
    this.journalBytes = builder.journalBytes;
    this.bytesPerInode = builder.bytesPerInode;
  }

  /** A builder for a file system with this UUID, which also seeds the hashes of names. */
  public static Builder builder(UUID uuid) {
    return new Builder(uuid);
  }

  /** The file system's identity: what {@code blkid} shows and what mounts name. */
  public UUID uuid() {
    return uuid;
  }

  /** The seed of the hashes of names in large directories. */
  public UUID hashSeed() {
    return hashSeed;
  }

  /** The volume label, up to 16 bytes. */
  public String label() {
    return label;
  }

  /** When the file system was made, and the times of what nobody gave times to. */
  public Instant created() {
    return created;
  }

  /** The fixed size; empty if the file system is as small as its content allows. */
  public OptionalLong sizeBytes() {
    return sizeBytes;
  }

  /** How large a file system without a fixed size may grow. */
  public long sizeLimitBytes() {
    return sizeLimitBytes;
  }

  /** The size of the journal, 0 for none. */
  public long journalBytes() {
    return journalBytes;
  }

  /** With a fixed size, how many bytes of it there are for each inode. */
  public long bytesPerInode() {
    return bytesPerInode;
  }

  /** The size of a journal closest to a wanted one that a file system of this size can have. */
  static long journalBytes(long wanted, long sizeBytes) {
    long most = sizeBytes / 2 / Layout.BLOCK_BYTES * Layout.BLOCK_BYTES;
    long whole = Math.max(MIN_JOURNAL_BYTES, wanted / Layout.BLOCK_BYTES * Layout.BLOCK_BYTES);
    return wanted == 0 || most < MIN_JOURNAL_BYTES ? 0 : Math.min(most, whole);
  }

  /** The closest number that is one of bytes per inode. */
  static long bytesPerInode(long wanted) {
    return Math.max(Layout.BLOCK_BYTES, Math.min(MAX_BYTES_PER_INODE, wanted));
  }

  /** Builds {@link Ext4Options}. */
  public static final class Builder {
    private final UUID uuid;
    private UUID hashSeed;
    private String label = "";
    private Instant created = Instant.EPOCH;
    private OptionalLong sizeBytes = OptionalLong.empty();
    private long sizeLimitBytes = DEFAULT_SIZE_LIMIT_BYTES;
    private long journalBytes;
    private long bytesPerInode = 16 * 1024;

    private Builder(UUID uuid) {
      this.uuid = uuid;
      this.hashSeed = uuid;
    }

    /** The seed of the hashes of names; the UUID by default. */
    public Builder hashSeed(UUID hashSeed) {
      this.hashSeed = hashSeed;
      return this;
    }

    /** The volume label, up to 16 bytes of UTF-8; empty by default. */
    public Builder label(String label) {
      this.label = label;
      return this;
    }

    /** When the file system was made; 1970-01-01T00:00:00Z by default, never the clock's time. */
    public Builder created(Instant created) {
      this.created = created;
      return this;
    }

    /** A fixed size, in whole blocks of 4 KiB, 1 MiB to 16 TiB: for what is written to later. */
    public Builder sizeBytes(long sizeBytes) {
      this.sizeBytes = OptionalLong.of(sizeBytes);
      return this;
    }

    /**
     * How large the file system may grow where the size is not fixed, up to 16 TiB; 1 TiB by
     * default. Each TiB costs 256 KiB of address space.
     */
    public Builder sizeLimitBytes(long sizeLimitBytes) {
      this.sizeLimitBytes = sizeLimitBytes;
      return this;
    }

    /**
     * The size of a journal, 0 for none (the default) or at least 4 MiB in whole blocks of 4 KiB.
     * With a journal, a file system that was not unmounted mends itself. Needs a fixed size.
     */
    public Builder journalBytes(long journalBytes) {
      this.journalBytes = journalBytes;
      return this;
    }

    /**
     * With a fixed size, how many bytes of it there are for each inode, 4 KiB to 64 MiB; 16 KiB by
     * default. There are at most 2^30 inodes.
     */
    public Builder bytesPerInode(long bytesPerInode) {
      this.bytesPerInode = bytesPerInode;
      return this;
    }

    /**
     * The options.
     *
     * @throws IllegalArgumentException if one is out of its range
     * @throws Ext4LimitException if the time is one that ext4 cannot keep
     */
    public Ext4Options build() {
      require(
          label.getBytes(StandardCharsets.UTF_8).length <= 16,
          "label '" + label + "' is longer than 16 bytes");
      InodeTime.check(created);
      sizeBytes.ifPresent(size -> requireSize("size", size));
      requireSize("size limit", sizeLimitBytes);
      require(
          journalBytes == 0 || journalBytes >= MIN_JOURNAL_BYTES,
          "a journal of " + journalBytes + " bytes is too small: want 4 MiB or more");
      require(
          journalBytes % Layout.BLOCK_BYTES == 0,
          "a journal of " + journalBytes + " bytes is no whole number of 4 KiB blocks");
      require(
          journalBytes == 0 || journalBytes <= sizeBytes.orElse(0) / 2,
          "a journal of " + journalBytes + " bytes needs a fixed size of at least twice as much");
      require(
          bytesPerInode >= Layout.BLOCK_BYTES && bytesPerInode <= MAX_BYTES_PER_INODE,
          "one inode per " + bytesPerInode + " bytes: want 4 KiB to 64 MiB");
      require(
          sizeBytes.orElse(0) / bytesPerInode <= MAX_INODES,
          "one inode per " + bytesPerInode + " bytes makes more than 2^30 of them");
      return new Ext4Options(this);
    }

    private static void requireSize(String what, long bytes) {
      require(
          bytes >= MIN_SIZE_BYTES && bytes <= MAX_SIZE_BYTES && bytes % Layout.BLOCK_BYTES == 0,
          "a " + what + " of " + bytes + " bytes: want whole blocks of 4 KiB, 1 MiB to 16 TiB");
    }

    private static void require(boolean condition, String message) {
      if (!condition) {
        throw new IllegalArgumentException(message);
      }
    }
  }
}
