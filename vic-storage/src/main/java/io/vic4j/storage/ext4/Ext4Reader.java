package io.vic4j.storage.ext4;

import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.storage.ext4.Layout.Inode;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarContent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;

/**
 * Reads an ext2, ext3 or ext4 file system, whoever wrote it, from an image that is not changed and
 * needs no mount.
 *
 * <p>A file system that was not unmounted is read as it would be after a mount: its journal is
 * replayed in memory.
 *
 * <p>Images may come from anywhere. What is read is checked, by checksums too where the file system
 * has them; {@link io.vic4j.core.CorruptException} names the inode that is wrong, and {@link
 * io.vic4j.core.UnsupportedException} the feature that is not read. All methods throw these two,
 * and what the image's {@link DatastoreReader} throws. A hostile image cannot make a method run
 * without end; but like a sparse file, a few blocks can claim to be a very large content.
 *
 * <p>Thread-safe as far as the image's reader is; each stream is one thread's. The caller closes
 * the image.
 *
 * <p>Source: kernel documentation, "ext4 Data Structures and Algorithms".
 */
public final class Ext4Reader {
  private static final int MAX_SYMLINK_BYTES = 4096;

  private final ImageSuperblock superblock;
  private final ImageBlocks blocks;
  private final ImageInodes inodes;
  private final XattrReader xattrs;

  private Ext4Reader(ImageSuperblock superblock, ImageBlocks blocks) {
    this.superblock = superblock;
    this.blocks = blocks;
    this.inodes = new ImageInodes(superblock, blocks);
    this.xattrs = new XattrReader(superblock, blocks);
  }

  /** Reads the file system that begins where the image begins. */
  public static Ext4Reader open(DatastoreReader image) {
    ImageSuperblock superblock = ImageSuperblock.read(image);
    ImageBlocks blocks = new ImageBlocks(image, superblock, Collections.emptyMap());
    if (superblock.isDirty()) {
      blocks = new ImageBlocks(image, superblock, JournalReplay.replay(superblock, blocks));
      superblock = reread(superblock, blocks);
    }
    return new Ext4Reader(superblock, blocks);
  }

  /** The superblock as the journal has it. */
  private static ImageSuperblock reread(ImageSuperblock before, ImageBlocks blocks) {
    ByteBuffer bytes = ByteBuffer.allocate(Layout.Superblock.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    int offset = Layout.Superblock.OFFSET;
    blocks.readInto(offset / before.blockBytes(), offset % before.blockBytes(), bytes);
    ImageSuperblock after = ImageSuperblock.parse(bytes);
    if (after.blocks() != before.blocks() || after.blockBytes() != before.blockBytes()) {
      throw Damage.unsupported("a size that was being changed when it was last in use");
    }
    return after;
  }

  /** The file system's identity. */
  public UUID uuid() {
    return superblock.uuid();
  }

  /** The volume label; empty if there is none. */
  public String label() {
    return superblock.label();
  }

  /** How much of the image the file system takes. */
  public long sizeBytes() {
    return superblock.blocks() * superblock.blockBytes();
  }

  /**
   * What another file system has to be like to take this one's place: of the same identity, label
   * and size, with a journal and a number of inodes as near to these as {@link Ext4Writer} can.
   *
   * @throws IllegalArgumentException if it is smaller than 1 MiB or larger than 16 TiB
   */
  public Ext4Options options() {
    long size = sizeBytes() / Layout.BLOCK_BYTES * Layout.BLOCK_BYTES;
    // Rounded up: what that takes from the inodes of a group, their rounding to blocks gives back.
    long bytesPerInode = (size + superblock.inodes() - 1) / superblock.inodes();
    return Ext4Options.builder(uuid())
        .label(label())
        .sizeBytes(size)
        .journalBytes(Ext4Options.journalBytes(journalBytes(), size))
        .bytesPerInode(Ext4Options.bytesPerInode(bytesPerInode))
        .build();
  }

  private long journalBytes() {
    boolean has = (superblock.compat() & Layout.Feature.COMPAT_HAS_JOURNAL) != 0;
    return has && superblock.journalInode() != 0
        ? inodes.read(superblock.journalInode()).sizeBytes()
        : 0;
  }

  /** The root directory. */
  public Ext4Node root() {
    Ext4Node root = node(Inode.ROOT);
    if (!root.isDirectory()) {
      throw Damage.of(Inode.ROOT, "is the root, but no directory");
    }
    return root;
  }

  /** The node that this inode number stands for; it must be in use. */
  public Ext4Node node(long number) {
    ImageInode inode = inodes.read(number);
    if (inode.links() == 0 || inode.mode() == 0) {
      throw Damage.of(number, "has a name, but is not in use");
    }
    Ext4FileType type = inode.type();
    boolean device = type == Ext4FileType.CHARACTER_DEVICE || type == Ext4FileType.BLOCK_DEVICE;
    long deviceNumber = device ? inode.device() : 0;
    return new Ext4Node(
        number,
        type,
        inode.attributes(xattrs.read(inode).xattrs()),
        inode.sizeBytes(),
        inode.links(),
        (int) (deviceNumber >>> 32),
        (int) deviceNumber);
  }

  /**
   * The names in a directory, in the order of their (unsigned) bytes, with the numbers of their
   * inodes.
   *
   * @throws IllegalArgumentException if it is no directory
   */
  public SortedMap<ByteString, Long> names(Ext4Node directory) {
    require(directory, Ext4FileType.DIRECTORY);
    ImageInode inode = inodes.read(directory.inode());
    return DirectoryReader.read(superblock, blocks, inode, xattrs.read(inode).inlineData());
  }

  /**
   * The names in a directory, in the order of their (unsigned) bytes; without {@code .} and {@code
   * ..}.
   *
   * @throws IllegalArgumentException if it is no directory
   */
  public List<ByteString> list(Ext4Node directory) {
    return List.copyOf(names(directory).keySet());
  }

  /**
   * What has this name in a directory.
   *
   * @throws IllegalArgumentException if it is no directory
   */
  public Optional<Ext4Node> find(Ext4Node directory, ByteString name) {
    return Optional.ofNullable(names(directory).get(name)).map(this::node);
  }

  /**
   * What is at this path below the root: names joined by {@code /}. Symbolic links are not
   * followed; the empty path is the root.
   */
  public Optional<Ext4Node> find(String path) {
    Optional<Ext4Node> found = Optional.of(root());
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty()) {
        found = found.filter(Ext4Node::isDirectory).flatMap(at -> find(at, ByteString.of(name)));
      }
    }
    return found;
  }

  /**
   * Reads a file from its start; holes read as zeros.
   *
   * @throws IllegalArgumentException if it is no file
   */
  public InputStream read(Ext4Node file) {
    require(file, Ext4FileType.FILE);
    ImageInode inode = inodes.read(file.inode());
    return inode.hasFlag(Inode.FLAG_INLINE_DATA)
        ? new ByteArrayInputStream(inlineContent(inode))
        : new Ext4FileStream(map(inode), blocks, inode.sizeBytes());
  }

  /**
   * Reads a file from its start, and hands on what is not in a hole.
   *
   * @throws IllegalArgumentException if it is no file
   * @throws IOException what the target throws
   */
  public void copyContent(Ext4Node file, TarContent target) throws IOException {
    require(file, Ext4FileType.FILE);
    ImageInode inode = inodes.read(file.inode());
    if (!inode.hasFlag(Inode.FLAG_INLINE_DATA)) {
      new Ext4FileStream(map(inode), blocks, inode.sizeBytes()).copyData(target);
    } else if (inode.sizeBytes() > 0) {
      target.accept(0, ByteBuffer.wrap(inlineContent(inode)));
    }
  }

  private FileMap map(ImageInode inode) {
    return FileMap.of(inode, blocks, superblock.hasChecksums());
  }

  private byte[] inlineContent(ImageInode inode) {
    long size = inode.sizeBytes();
    byte[] more = xattrs.read(inode).inlineData();
    int inInode = Inode.BLOCK_AREA_BYTES;
    if (size > inInode + more.length) {
      throw Damage.of(
          inode.number(),
          "has " + size + " bytes, but only " + (inInode + more.length) + " of them");
    }
    byte[] content = new byte[(int) size];
    inode.block().get(content, 0, Math.min(content.length, inInode));
    if (content.length > inInode) {
      System.arraycopy(more, 0, content, inInode, content.length - inInode);
    }
    return content;
  }

  /**
   * The target of a symbolic link.
   *
   * @throws IllegalArgumentException if it is no symbolic link
   */
  public ByteString target(Ext4Node symlink) {
    require(symlink, Ext4FileType.SYMLINK);
    ImageInode inode = inodes.read(symlink.inode());
    long size = inode.sizeBytes();
    if (size == 0 || size > MAX_SYMLINK_BYTES) {
      throw Damage.of(inode.number(), "is a symbolic link of " + size + " bytes");
    }
    byte[] target;
    if (inode.hasFlag(Inode.FLAG_INLINE_DATA)) {
      target = inlineContent(inode);
    } else if (size < Inode.BLOCK_AREA_BYTES && !inode.hasFlag(Inode.FLAG_EXTENTS)) {
      target = new byte[(int) size];
      inode.block().get(target);
    } else {
      target = new byte[(int) size];
      Ext4FileStream content = new Ext4FileStream(map(inode), blocks, size);
      int length = 0;
      while (length < target.length) {
        length += content.read(target, length, target.length - length);
      }
    }
    for (byte value : target) {
      if (value == 0) {
        throw Damage.of(inode.number(), "is a symbolic link with a NUL in its target");
      }
    }
    return ByteString.of(target);
  }

  private static void require(Ext4Node node, Ext4FileType type) {
    if (node.type() != type) {
      throw new IllegalArgumentException(
          "inode " + node.inode() + " is a " + node.type() + ", not a " + type);
    }
  }

  /**
   * Goes through all of it: each directory before what is in it, names in the order of their
   * (unsigned) bytes. The root comes first, with the empty path.
   *
   * @throws IOException what the visitor throws
   */
  public void walk(Ext4Visitor visitor) throws IOException {
    walk(root(), visitor);
  }

  /**
   * Goes through a directory and all below it, as {@link #walk(Ext4Visitor)} through all; paths
   * begin in the directory, whose own path is empty.
   *
   * @throws IllegalArgumentException if it is no directory
   * @throws IOException what the visitor throws
   */
  public void walk(Ext4Node directory, Ext4Visitor visitor) throws IOException {
    require(directory, Ext4FileType.DIRECTORY);
    new Ext4Walk(this, directory, this::node, visitor).run();
  }

  /**
   * Writes all of it as a tar archive: the same file system makes the same bytes.
   *
   * <p>Names have no {@code ./} before them; the root is {@code ./}. Further names of a file are
   * hard links to its first. Holes are written as zeros, for not all that read layers know sparse
   * files (OCI image specification, "Image Layer Filesystem Changeset"). Times are those of the
   * content's last change. Sockets have no place in an archive.
   *
   * @return the paths of the sockets, which were left out
   * @throws IOException what the stream throws; the stream is not closed
   */
  public List<ByteString> toTar(OutputStream out) throws IOException {
    return new TarExport(this, out).run();
  }

  @Override
  public String toString() {
    return "Ext4Reader[" + uuid() + "]";
  }
}
