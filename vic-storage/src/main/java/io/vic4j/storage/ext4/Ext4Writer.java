package io.vic4j.storage.ext4;

import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import io.vic4j.storage.ext4.NodeTable.Content;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Writes one ext4 file system in one pass: the content of files goes to the disk as it comes, in
 * its order; inodes, directories and bitmaps follow in {@link #finish}.
 *
 * <pre>{@code
 * try (DatastoreWriter disk = datastore.create(path);
 *     Ext4Writer writer = Ext4Writer.create(disk, Ext4Options.builder(uuid).build())) {
 *   int etc = writer.makeDirectory(writer.root(), name("etc"), attributes);
 *   writer.beginFile(etc, name("motd"), attributes);
 *   writer.write(text, 0, text.length);
 *   writer.endFile();
 *   writer.finish();
 *   disk.commit();
 * }
 * }</pre>
 *
 * <p>Nodes are named by handles. A handle is valid until its node's last name is removed; then
 * another node may get it. Names are bytes; arrays that are given are not kept. The result depends
 * on nothing but the options and the calls: same calls, same bytes. There is no {@code lost+found}:
 * e2fsck makes one when it needs it, and nobody else wants to see it.
 *
 * <p>All methods that make something throw {@link Ext4LimitException} for what ext4 cannot keep,
 * {@link OutOfSpaceException} if a file system of a fixed size is full, {@link
 * IllegalArgumentException} for a handle that is not what it should be or a name that is in use,
 * {@link IllegalStateException} if a file is begun and not ended, or the reverse, and what the
 * {@link DatastoreWriter} throws. After a failure of the disk the writer can only be closed; a
 * refused argument changes nothing.
 *
 * <p>Not thread-safe. Closing without {@link #finish} abandons the work; the caller owns the {@link
 * DatastoreWriter}, commits and closes it.
 */
public final class Ext4Writer implements AutoCloseable {
  /*
   * On the disk, from its start:
   *
   *   superblock, room for group descriptors          the head, with backups if the size is fixed
   *   bitmaps, inode tables, journal                  here if the size is fixed
   *   content of files, in the order of the calls
   *   directories, blocks of extended attributes      written by finish()
   *   bitmaps, inode tables                           here if the size is not fixed
   *
   * Until finish(), inodes and names are columns of numbers in memory, about 45 and 28 bytes each
   * with the name's own. What is written is never read back, and, but for the head, written in
   * the order of addresses.
   */
  private static final int MAX_TARGET_BYTES = Layout.BLOCK_BYTES - 1;
  private static final int MAX_FAST_TARGET_BYTES = Layout.Inode.BLOCK_AREA_BYTES - 1;

  private enum State {
    OPEN,
    IN_FILE,
    ENDED
  }

  private final DatastoreWriter out;
  private final Ext4Options options;
  private final Geometry geometry;
  private final MetadataChecksum checksum;
  private final BlockStream stream;
  private final BlockAllocator allocator;
  private final NodeTable nodes = new NodeTable();
  private final ByteArena arena = new ByteArena();
  private final NameTable names;
  private final XattrTable xattrs = new XattrTable();
  private final ContentTable contentTable = new ContentTable();
  private final ContentWriter contents;
  private final FileTree tree;

  /** Where bitmaps and inode tables are, if that is known before the end. */
  private final @Nullable Groups fixedGroups;

  private State state = State.OPEN;

  private Ext4Writer(DatastoreWriter out, Ext4Options options) {
    this.out = out;
    this.options = options;
    geometry = new Geometry(options);
    checksum = new MetadataChecksum(options.uuid());
    stream = new BlockStream(out);
    allocator = new BlockAllocator(geometry);
    names = new NameTable(arena, options.hashSeed().hashCode());
    contents = new ContentWriter(allocator, stream, nodes, contentTable, checksum);
    tree = new FileTree(nodes, names, xattrs, contents);
    fixedGroups =
        geometry.fixed() ? Groups.ofFixedSize(geometry, allocator, options.bytesPerInode()) : null;
    tree.addRoot(Ext4Attributes.of(0755, 0, 0, options.created()));
    if (options.journalBytes() > 0) {
      writeJournal();
    }
  }

  /**
   * Begins a file system with an empty root directory (0755, owned by 0:0).
   *
   * @throws OutOfSpaceException if its own structures need more than its fixed size
   */
  public static Ext4Writer create(DatastoreWriter out, Ext4Options options) {
    return new Ext4Writer(out, options);
  }

  private void writeJournal() {
    int journal = nodes.init(Layout.Inode.JOURNAL, Ext4FileType.FILE);
    nodes.setAttributes(journal, Ext4Attributes.of(0600, 0, 0, options.created()), 0);
    nodes.addLinks(journal, 1);
    contents.begin(journal);
    contents.reserve(options.journalBytes());
    long first = contents.firstBlock();
    contents.end();
    long blocks = ContentWriter.blocks(options.journalBytes());
    stream.seek(first);
    stream.put(JournalSuperblock.encode(options.uuid(), blocks), 0, Layout.BLOCK_BYTES);
  }

  /** The root directory. */
  public int root() {
    return Layout.Inode.ROOT;
  }

  /** The node that has this name in a directory. */
  public OptionalInt find(int directory, byte[] name) {
    int node = tree.find(directory, name);
    return node == 0 ? OptionalInt.empty() : OptionalInt.of(node);
  }

  /** The names in a directory, in the order of their (unsigned) bytes. */
  public List<byte[]> names(int directory) {
    return tree.names(directory);
  }

  /** What a node is. */
  public Ext4FileType type(int node) {
    return tree.type(node);
  }

  /** A node's attributes as they were last set. */
  public Ext4Attributes attributes(int node) {
    return tree.attributes(node);
  }

  /** Sets a node's attributes, all of them. */
  public void setAttributes(int node, Ext4Attributes attributes) {
    require(State.OPEN);
    tree.setAttributes(node, attributes);
  }

  /** Makes an empty directory. */
  public int makeDirectory(int parent, byte[] name, Ext4Attributes attributes) {
    return add(parent, name, Ext4FileType.DIRECTORY, attributes);
  }

  /** Begins a file; its content follows by {@link #write}, {@link #writeHole}, {@link #endFile}. */
  public int beginFile(int parent, byte[] name, Ext4Attributes attributes) {
    int node = add(parent, name, Ext4FileType.FILE, attributes);
    contents.begin(node);
    state = State.IN_FILE;
    return node;
  }

  /** Appends to the file that was begun. */
  public void write(byte[] buffer, int offset, int length) {
    require(State.IN_FILE);
    Objects.checkFromIndexSize(offset, length, buffer.length);
    contents.write(buffer, offset, length);
  }

  /** Appends zeros to the file that was begun, which take no space where whole blocks are zero. */
  public void writeHole(long length) {
    require(State.IN_FILE);
    if (length < 0) {
      throw new IllegalArgumentException("a hole of " + length + " bytes");
    }
    contents.skip(length);
  }

  /** Ends the file that was begun. */
  public void endFile() {
    require(State.IN_FILE);
    contents.end();
    state = State.OPEN;
  }

  /** Makes a symbolic link; the target is not looked at. */
  public int makeSymlink(int parent, byte[] name, byte[] target, Ext4Attributes attributes) {
    if (target.length == 0 || target.length > MAX_TARGET_BYTES) {
      throw new Ext4LimitException(
          Limit.SYMLINK_TARGET,
          "the target of a symbolic link has 1 to 4095 bytes, not " + target.length);
    }
    for (byte b : target) {
      if (b == 0) {
        throw new Ext4LimitException(
            Limit.SYMLINK_TARGET, "the target of a symbolic link has no NUL");
      }
    }
    int node = add(parent, name, Ext4FileType.SYMLINK, attributes);
    if (target.length <= MAX_FAST_TARGET_BYTES) {
      int place = arena.addShort(target, target.length);
      nodes.setContent(node, Content.TARGET, place, target.length);
    } else {
      contents.begin(node);
      contents.write(target, 0, target.length);
      contents.end();
    }
    return node;
  }

  /**
   * Makes a device, FIFO or socket.
   *
   * @param major of a device; 0 for a FIFO or socket
   * @param minor of a device; 0 for a FIFO or socket
   */
  public int makeDevice(
      int parent, byte[] name, Ext4FileType type, int major, int minor, Ext4Attributes attributes) {
    int number = DeviceNumber.of(major, minor);
    switch (type) {
      case CHARACTER_DEVICE, BLOCK_DEVICE -> {}
      case FIFO, SOCKET -> {
        if (number != 0) {
          throw new IllegalArgumentException(
              "a " + type + " has no number: " + major + ":" + minor);
        }
      }
      default -> throw new IllegalArgumentException("a " + type + " is no device");
    }
    int node = add(parent, name, type, attributes);
    nodes.setData(node, number);
    return node;
  }

  /** Gives a node that is not a directory one more name. */
  public void link(int parent, byte[] name, int node) {
    require(State.OPEN);
    tree.link(parent, name, node);
  }

  /**
   * Removes a name; with its last name, the node and its content go. A directory goes with all that
   * is in it.
   *
   * @throws IllegalArgumentException if there is no such name
   */
  public void remove(int parent, byte[] name) {
    require(State.OPEN);
    tree.remove(parent, name);
  }

  private int add(int parent, byte[] name, Ext4FileType type, Ext4Attributes attributes) {
    require(State.OPEN);
    tree.requireNew(parent, name);
    if (fixedGroups != null && nodes.nextNumber() > fixedGroups.inodes()) {
      throw new OutOfSpaceException(
          "the file system has no inode left of "
              + fixedGroups.inodes()
              + ": make it larger or lower its bytes per inode",
          null);
    }
    return tree.add(parent, name, type, attributes);
  }

  /** Writes all that is left. The image is complete then; the caller commits it. */
  public Ext4Summary finish() {
    require(State.OPEN);
    state = State.ENDED;
    new DirectoryWriter(nodes, names, arena, new NameHash(options.hashSeed()), contents, checksum)
        .writeAll(root());
    xattrs.writeBlocks(allocator, stream, checksum);
    Groups groups =
        fixedGroups != null ? fixedGroups : Groups.ofContent(geometry, allocator, nodes.end() - 1L);
    InodeEncoder encoder = new InodeEncoder(nodes, contentTable, contents, xattrs, arena, checksum);
    Ext4Summary summary =
        new MetadataWriter(geometry, groups, allocator, stream, nodes, encoder, checksum)
            .write(options);
    out.setSize(summary.sizeBytes());
    return summary;
  }

  /** Ends the use of this writer; without {@link #finish} what was written is no file system. */
  @Override
  public void close() {
    state = State.ENDED;
  }

  private void require(State wanted) {
    if (state != wanted) {
      throw new IllegalStateException(
          switch (state) {
            case OPEN -> "no file is begun";
            case IN_FILE -> "a file is begun: end it first";
            case ENDED -> "the file system is finished or given up";
          });
    }
  }
}
