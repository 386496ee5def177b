package io.vic4j.core.datastore;

import io.vic4j.core.CancelledException;
import io.vic4j.core.VicException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the content of a new disk on this machine until it is whole, and then hands it on: the
 * writer of a {@link VirtualDisks#create}, for who adapts a datastore.
 *
 * <p>The content is in a temporary file with holes, and it is remembered, in stretches of 64 KiB,
 * what was written: 2 bytes of memory for each MiB of the disk. The file is gone when this is
 * closed and, as far as the system can help it, when the program ends in any other way.
 *
 * <p>For use by one thread at a time; the content that it hands on may be read by several.
 */
public final class DiskSpool implements DatastoreWriter {
  /** Takes the content of a disk. */
  @FunctionalInterface
  public interface Target {
    /**
     * Takes it in, whole or not at all.
     *
     * @param content what was written; it knows its holes, and can be read until this returns
     */
    void take(DatastoreReader content);
  }

  private static final Logger log = LoggerFactory.getLogger(DiskSpool.class);
  private static final String PREFIX = "vic-disk-";
  private static final String SUFFIX = ".raw";
  private static final int SECTOR_BYTES = 512;
  private static final int STRETCH_BYTES = 64 * 1024;

  /** vSphere's largest disk has 62 TiB. */
  private static final long MAX_BYTES = 64L << 40;

  private final Path file;
  private final FileChannel channel;
  private final Target target;
  private final boolean ofDisk;
  private final BitSet written = new BitSet();
  private long sizeBytes;
  private boolean committed;
  private boolean closed;

  private DiskSpool(Path file, FileChannel channel, Target target, boolean ofDisk) {
    this.file = file;
    this.channel = channel;
    this.target = target;
    this.ofDisk = ofDisk;
  }

  /**
   * Begins with no content, in the system's folder for temporary files.
   *
   * @param target gets the content by {@link #commit}, in the same thread; what it throws, that
   *     throws
   */
  public static DiskSpool begin(Target target) {
    return begin(() -> Files.createTempFile(PREFIX, SUFFIX), target, true);
  }

  /**
   * As {@link #begin(Target)}, but keeps its file elsewhere.
   *
   * @param folder a folder on this machine, which is there
   */
  public static DiskSpool begin(Path folder, Target target) {
    return begin(() -> Files.createTempFile(folder, PREFIX, SUFFIX), target, true);
  }

  /** As {@link #begin(Target)}, for a file that is no disk, and may have any length. */
  public static DiskSpool beginFile(Target target) {
    return begin(() -> Files.createTempFile(PREFIX, SUFFIX), target, false);
  }

  private interface Place {
    Path makeFile() throws IOException;
  }

  private static DiskSpool begin(Place place, Target target, boolean ofDisk) {
    try {
      Path file = place.makeFile();
      FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      return new DiskSpool(file, channel, target, ofDisk);
    } catch (IOException e) {
      throw LocalErrors.translate(e, "temporary file", "of a virtual disk");
    }
  }

  private VicException translate(IOException e) {
    return LocalErrors.translate(e, "temporary file", file.toString());
  }

  private void check(long position) {
    if (committed || closed) {
      throw new IllegalStateException("the disk is committed or closed");
    }
    if (position < 0 || position > MAX_BYTES) {
      throw new IllegalArgumentException("no place on a disk: " + position);
    }
    CancelledException.throwIfInterrupted("write of a virtual disk");
  }

  @Override
  public void write(long position, ByteBuffer source) {
    check(position);
    if (!source.hasRemaining()) {
      return;
    }
    long end;
    try {
      end = LocalChannels.write(channel, position, source);
    } catch (IOException e) {
      throw translate(e);
    }
    written.set((int) (position / STRETCH_BYTES), (int) ((end - 1) / STRETCH_BYTES) + 1);
    sizeBytes = Math.max(sizeBytes, end);
  }

  @Override
  public void setSize(long sizeBytes) {
    check(sizeBytes);
    try {
      LocalChannels.setSize(channel, sizeBytes);
    } catch (IOException e) {
      throw translate(e);
    }
    written.clear((int) ((sizeBytes + STRETCH_BYTES - 1) / STRETCH_BYTES), Integer.MAX_VALUE);
    this.sizeBytes = sizeBytes;
  }

  /** Hands the content on. The disk is committed when its target has taken it. */
  @Override
  public void commit() {
    check(0);
    if (ofDisk && (sizeBytes == 0 || sizeBytes % SECTOR_BYTES != 0)) {
      throw new IllegalStateException(
          "a disk of " + sizeBytes + " bytes: want a multiple of 512, more than 0");
    }
    try (Content content = new Content()) {
      target.take(content);
    }
    committed = true;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      channel.close();
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // Never hides the failure that led to it.
      log.warn("could not remove '{}'", file, e);
    }
  }

  /** What was written, while it is handed on. */
  private final class Content implements DatastoreReader {
    private volatile boolean ended;

    @Override
    public long sizeBytes() {
      return sizeBytes;
    }

    private void check(long position) {
      if (ended) {
        throw new IllegalStateException("the content of the disk was read to its end");
      }
      if (position < 0) {
        throw new IllegalArgumentException("negative position: " + position);
      }
    }

    @Override
    public int read(long position, ByteBuffer target) {
      check(position);
      CancelledException.throwIfInterrupted("read of a virtual disk");
      int total = 0;
      try {
        while (target.hasRemaining()) {
          int read = channel.read(target, position + total);
          if (read < 0) {
            break;
          }
          total += read;
        }
      } catch (IOException e) {
        throw translate(e);
      }
      return total;
    }

    @Override
    public long nextData(long position) {
      check(position);
      if (position >= sizeBytes) {
        return sizeBytes;
      }
      int stretch = written.nextSetBit((int) (position / STRETCH_BYTES));
      return stretch < 0
          ? sizeBytes
          : Math.min(sizeBytes, Math.max(position, (long) stretch * STRETCH_BYTES));
    }

    @Override
    public void close() {
      ended = true;
    }
  }
}
