package io.vic4j.testkit;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastoreEntry.Kind;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreSpace;
import io.vic4j.core.datastore.DatastoreWriter;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A datastore in memory. Files are sparse: what was never written takes no memory, so that disks of
 * real sizes can be made in it. It may be given a capacity, past which it is full as a real one is.
 *
 * <p>Thread-safe.
 */
public final class MemoryDatastore implements Datastore {
  /** A file's pages, or a folder's nodes. */
  private static final class Node {
    final @Nullable Pages file;
    final Map<String, Node> children = new TreeMap<>();
    Instant modified;

    Node(@Nullable Pages file, Instant modified) {
      this.file = file;
      this.modified = modified;
    }
  }

  private final String name;
  private final InstantSource clock;
  private final long capacityBytes;
  private final AtomicLong usedBytes = new AtomicLong();
  private final Object lock = new Object();
  private final Node root;
  private final SharedPages sharedPages = new SharedPages();

  private MemoryDatastore(String name, InstantSource clock, long capacityBytes) {
    this.name = name;
    this.clock = clock;
    this.capacityBytes = capacityBytes;
    this.root = new Node(null, clock.instant());
  }

  /** An empty datastore that does not fill up; its files bear the system's time. */
  public static MemoryDatastore create() {
    return create(InstantSource.system());
  }

  /** An empty datastore that does not fill up; its files bear this clock's time. */
  public static MemoryDatastore create(InstantSource clock) {
    return new MemoryDatastore("memory", clock, Long.MAX_VALUE);
  }

  /**
   * An empty datastore that holds {@code capacityBytes}, counted in pages of 4 KiB that hold
   * something other than zeros.
   */
  public static MemoryDatastore create(InstantSource clock, long capacityBytes) {
    if (capacityBytes < 0) {
      throw new IllegalArgumentException("negative capacity: " + capacityBytes);
    }
    return new MemoryDatastore("memory", clock, capacityBytes);
  }

  /** How much of its capacity is taken. */
  public long usedBytes() {
    return usedBytes.get();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<DatastoreEntry> stat(DatastorePath path) {
    CancelledException.throwIfInterrupted("look at", path);
    synchronized (lock) {
      return Optional.ofNullable(node(path)).map(node -> entry(path, node));
    }
  }

  @Override
  public List<DatastoreEntry> list(DatastorePath folder) {
    CancelledException.throwIfInterrupted("list of", folder);
    synchronized (lock) {
      List<DatastoreEntry> entries = new ArrayList<>();
      Node node = node(folder);
      if (node != null) {
        node.children.forEach(
            (child, childNode) -> entries.add(entry(folder.resolve(child), childNode)));
      }
      return entries;
    }
  }

  @Override
  public DatastoreReader open(DatastorePath file) {
    CancelledException.throwIfInterrupted("read of", file);
    synchronized (lock) {
      Node node = node(file);
      if (node == null || node.file == null) {
        throw new NotFoundException("file", file.toString());
      }
      return new Reader(file, node.file);
    }
  }

  @Override
  public DatastoreWriter create(DatastorePath file) {
    CancelledException.throwIfInterrupted("write of", file);
    synchronized (lock) {
      if (file.isRoot()) {
        throw new AlreadyExistsException("folder", file.toString());
      }
      Node folder = folder(file.parent());
      if (folder.children.containsKey(file.name())) {
        throw new AlreadyExistsException("file", file.toString());
      }
      Node node = new Node(new Pages(new Account(), sharedPages), clock.instant());
      folder.children.put(file.name(), node);
      folder.modified = node.modified;
      return new Writer(file, node);
    }
  }

  @Override
  public void createFolder(DatastorePath folder) {
    CancelledException.throwIfInterrupted("making of", folder);
    synchronized (lock) {
      folder(folder);
    }
  }

  @Override
  public void move(DatastorePath from, DatastorePath to) {
    CancelledException.throwIfInterrupted("move of", from);
    if (to.startsWith(from)) {
      throw new IllegalArgumentException("cannot move '" + from + "' to '" + to + "' below it");
    }
    synchronized (lock) {
      Node source = node(from);
      if (source == null) {
        throw new NotFoundException("file", from.toString());
      }
      Node target = node(to);
      if (target != null
          && (source.file != null || target.file != null || !target.children.isEmpty())) {
        throw new AlreadyExistsException("file", to.toString());
      }
      Node folder = folder(to.parent());
      Node former = node(from.parent());
      if (former != null) {
        former.children.remove(from.name());
        former.modified = clock.instant();
      }
      folder.children.put(to.name(), source);
      folder.modified = clock.instant();
    }
  }

  @Override
  public void delete(DatastorePath path) {
    if (path.isRoot()) {
      throw new IllegalArgumentException("the root of a datastore cannot be deleted");
    }
    synchronized (lock) {
      Node folder = node(path.parent());
      Node gone = folder == null ? null : folder.children.remove(path.name());
      if (folder != null && gone != null) {
        folder.modified = clock.instant();
        release(gone);
      }
    }
  }

  /** How much it holds, if it was given a capacity. */
  @Override
  public Optional<DatastoreSpace> space() {
    CancelledException.throwIfInterrupted("look at the space of", name);
    return capacityBytes == Long.MAX_VALUE
        ? Optional.empty()
        : Optional.of(
            new DatastoreSpace(capacityBytes, Math.max(0, capacityBytes - usedBytes.get())));
  }

  private static void release(Node gone) {
    if (gone.file != null) {
      gone.file.release();
    }
    gone.children.values().forEach(MemoryDatastore::release);
  }

  private @Nullable Node node(DatastorePath path) {
    Node node = root;
    for (String part : path.names()) {
      node = node.children.get(part);
      if (node == null) {
        return null;
      }
    }
    return node;
  }

  private Node folder(DatastorePath path) {
    Node node = root;
    for (String part : path.names()) {
      Node child = node.children.get(part);
      if (child == null) {
        child = new Node(null, clock.instant());
        node.children.put(part, child);
      } else if (child.file != null) {
        throw new AlreadyExistsException("file", path.toString());
      }
      node = child;
    }
    return node;
  }

  private static DatastoreEntry entry(DatastorePath path, Node node) {
    return node.file == null
        ? new DatastoreEntry(path, Kind.FOLDER, 0, node.modified)
        : new DatastoreEntry(path, Kind.FILE, node.file.sizeBytes(), node.modified);
  }

  @Override
  public String toString() {
    return "MemoryDatastore[" + usedBytes + " bytes used]";
  }

  private final class Account implements Pages.Account {
    @Override
    public void take(long bytes) {
      if (usedBytes.addAndGet(bytes) > capacityBytes) {
        usedBytes.addAndGet(-bytes);
        throw new OutOfSpaceException(
            "no space left in " + name + ": it holds " + capacityBytes + " bytes", null);
      }
    }

    @Override
    public void giveBack(long bytes) {
      usedBytes.addAndGet(-bytes);
    }
  }

  private static final class Reader implements DatastoreReader {
    private final DatastorePath path;
    private final Pages file;
    private final long sizeBytes;

    Reader(DatastorePath path, Pages file) {
      this.path = path;
      this.file = file;
      this.sizeBytes = file.sizeBytes();
    }

    @Override
    public long sizeBytes() {
      return sizeBytes;
    }

    @Override
    public int read(long position, ByteBuffer target) {
      if (position < 0) {
        throw new IllegalArgumentException("negative position: " + position);
      }
      CancelledException.throwIfInterrupted("read of", path);
      return file.read(position, target);
    }

    @Override
    public long nextData(long position) {
      if (position < 0) {
        throw new IllegalArgumentException("negative position: " + position);
      }
      return Math.min(sizeBytes, file.nextData(position));
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }

  private final class Writer implements DatastoreWriter {
    private final DatastorePath path;
    private final Node node;
    private final Pages file;
    private boolean committed;
    private boolean closed;

    Writer(DatastorePath path, Node node) {
      this.path = path;
      this.node = node;
      this.file = Objects.requireNonNull(node.file);
    }

    private void check(long position) {
      if (committed || closed) {
        throw new IllegalStateException("'" + path + "' is committed or closed");
      }
      if (position < 0) {
        throw new IllegalArgumentException("negative position: " + position);
      }
      CancelledException.throwIfInterrupted("write of", path);
    }

    @Override
    public void write(long position, ByteBuffer source) {
      check(position);
      file.write(position, source);
      node.modified = clock.instant();
    }

    @Override
    public void setSize(long sizeBytes) {
      check(sizeBytes);
      file.setSize(sizeBytes);
      node.modified = clock.instant();
    }

    @Override
    public void commit() {
      check(0);
      committed = true;
      file.share();
    }

    @Override
    public void close() {
      if (closed) {
        return;
      }
      closed = true;
      if (!committed) {
        synchronized (lock) {
          // Another file may stand there by now, if somebody has deleted this one.
          Node folder = node(path.parent());
          if (folder != null && folder.children.remove(path.name(), node)) {
            folder.modified = clock.instant();
          }
          file.release();
        }
      }
    }
  }
}
