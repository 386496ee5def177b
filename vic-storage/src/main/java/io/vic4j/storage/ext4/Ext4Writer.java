package io.vic4j.storage.ext4;

import io.vic4j.core.datastore.DatastoreWriter;
import java.util.List;
import java.util.OptionalInt;

/**
 * Writes one ext4 file system in one pass: the content of files goes to the disk as it comes, in
 * its order; inodes, directories and bitmaps follow in {@link #finish}.
 *
 * <p>Nodes are named by handles. A handle is valid until its node's last name is removed. Names are
 * bytes; arrays that are given are not kept. The result depends on nothing but the options and the
 * calls: same calls, same bytes.
 *
 * <p>All methods that make something throw {@link Ext4LimitException} for what ext4 cannot keep,
 * {@link io.vic4j.core.OutOfSpaceException} if a file system of a fixed size is full, {@link
 * IllegalArgumentException} for a handle that is not what it should be or a name that is in use,
 * {@link IllegalStateException} between {@link #beginFile} and {@link #endFile}, and what the
 * {@link DatastoreWriter} throws. After a failure the writer can only be closed.
 *
 * <p>Not thread-safe. Closing without {@link #finish} abandons the work; the caller owns the {@link
 * DatastoreWriter}, commits and closes it.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Ext4Writer implements AutoCloseable {
  private Ext4Writer() {}

  /** Begins a file system with an empty root directory (0755, owned by 0:0). */
  public static Ext4Writer create(DatastoreWriter out, Ext4Options options) {
    throw new UnsupportedOperationException();
  }

  /** The root directory. */
  public int root() {
    return Layout.Inode.ROOT;
  }

  /** The node that has this name in a directory. */
  public OptionalInt find(int directory, byte[] name) {
    throw new UnsupportedOperationException();
  }

  /** The names in a directory, in the order of their (unsigned) bytes. */
  public List<byte[]> names(int directory) {
    throw new UnsupportedOperationException();
  }

  /** What a node is. */
  public Ext4FileType type(int node) {
    throw new UnsupportedOperationException();
  }

  /** A node's attributes as they were last set. */
  public Ext4Attributes attributes(int node) {
    throw new UnsupportedOperationException();
  }

  /** Sets a node's attributes, all of them. */
  public void setAttributes(int node, Ext4Attributes attributes) {
    throw new UnsupportedOperationException();
  }

  /** Makes an empty directory. */
  public int makeDirectory(int parent, byte[] name, Ext4Attributes attributes) {
    throw new UnsupportedOperationException();
  }

  /** Begins a file; its content follows by {@link #write}, {@link #writeHole}, {@link #endFile}. */
  public int beginFile(int parent, byte[] name, Ext4Attributes attributes) {
    throw new UnsupportedOperationException();
  }

  /** Appends to the file that was begun. */
  public void write(byte[] buffer, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  /** Appends zeros to the file that was begun, which take no space where whole blocks are zero. */
  public void writeHole(long length) {
    throw new UnsupportedOperationException();
  }

  /** Ends the file that was begun. */
  public void endFile() {
    throw new UnsupportedOperationException();
  }

  /** Makes a symbolic link; the target is not looked at. */
  public int makeSymlink(int parent, byte[] name, byte[] target, Ext4Attributes attributes) {
    throw new UnsupportedOperationException();
  }

  /**
   * Makes a device, FIFO or socket.
   *
   * @param major of a device; 0 for a FIFO or socket
   * @param minor of a device; 0 for a FIFO or socket
   */
  public int makeDevice(
      int parent, byte[] name, Ext4FileType type, int major, int minor, Ext4Attributes attributes) {
    throw new UnsupportedOperationException();
  }

  /** Gives a node that is not a directory one more name. */
  public void link(int parent, byte[] name, int node) {
    throw new UnsupportedOperationException();
  }

  /**
   * Removes a name; with its last name, the node and its content go. A directory goes with all that
   * is in it.
   *
   * @throws IllegalArgumentException if there is no such name
   */
  public void remove(int parent, byte[] name) {
    throw new UnsupportedOperationException();
  }

  /** Writes all that is left. The image is complete then; the caller commits it. */
  public Ext4Summary finish() {
    throw new UnsupportedOperationException();
  }

  /** Ends the use of this writer; without {@link #finish} what was written is no file system. */
  @Override
  public void close() {}
}
