package io.vic4j.storage.ext4;

import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes what is in a file system as entries of a tar, one by one, as {@link Ext4Reader#toTar} does
 * for all of it. For one archive, and one thread.
 */
public final class Ext4TarEntries {
  private static final int BUFFER_BYTES = 64 << 10;

  private final Ext4Reader reader;
  private final TarWriter tar;
  private final Map<Long, ByteString> firstNames = new HashMap<>();
  private final byte[] buffer = new byte[BUFFER_BYTES];

  /** Entries for the nodes of this file system. */
  public Ext4TarEntries(Ext4Reader reader, TarWriter tar) {
    this.reader = reader;
    this.tar = tar;
  }

  /**
   * Writes one name. A file that was put under another name before becomes a hard link to it.
   *
   * @param path the names from the root down, joined by {@code /}; empty for the root
   * @param node what has this name; its extended attributes may be others than the file system's
   * @throws IllegalArgumentException if it is a socket, which no archive can hold
   * @throws IOException what the archive's stream throws
   */
  public void put(ByteString path, Ext4Node node) throws IOException {
    if (!node.isDirectory() && node.links() > 1 && node.type() != Ext4FileType.SOCKET) {
      ByteString first = firstNames.putIfAbsent(node.inode(), path);
      if (first != null) {
        tar.put(entry(TarEntry.Type.HARD_LINK, path, node).linkTarget(first).build());
        return;
      }
    }
    switch (node.type()) {
      case FILE -> putFile(path, node);
      case DIRECTORY -> putWithXattrs(entry(TarEntry.Type.DIRECTORY, folderName(path), node), node);
      case SYMLINK ->
          putWithXattrs(
              entry(TarEntry.Type.SYMBOLIC_LINK, path, node).linkTarget(reader.target(node)), node);
      case CHARACTER_DEVICE ->
          putWithXattrs(device(TarEntry.Type.CHARACTER_DEVICE, path, node), node);
      case BLOCK_DEVICE -> putWithXattrs(device(TarEntry.Type.BLOCK_DEVICE, path, node), node);
      case FIFO -> putWithXattrs(entry(TarEntry.Type.FIFO, path, node), node);
      case SOCKET -> throw new IllegalArgumentException("an archive cannot hold a socket: " + path);
    }
  }

  private static ByteString folderName(ByteString path) {
    if (path.isEmpty()) {
      return ByteString.of("./");
    }
    byte[] name = Arrays.copyOf(path.toByteArray(), path.size() + 1);
    name[path.size()] = '/';
    return ByteString.of(name);
  }

  private static TarEntry.Builder entry(TarEntry.Type type, ByteString name, Ext4Node node) {
    Ext4Attributes attributes = node.attributes();
    return TarEntry.builder(type, name)
        .mode(attributes.permissions())
        .owner(attributes.uid(), attributes.gid())
        .modified(attributes.modified());
  }

  private static TarEntry.Builder device(TarEntry.Type type, ByteString path, Ext4Node node) {
    return entry(type, path, node).device(node.deviceMajor(), node.deviceMinor());
  }

  private void putWithXattrs(TarEntry.Builder entry, Ext4Node node) throws IOException {
    node.attributes()
        .xattrs()
        .forEach((name, value) -> entry.xattr(ByteString.of(name), ByteString.of(value)));
    tar.put(entry.build());
  }

  private void putFile(ByteString path, Ext4Node node) throws IOException {
    putWithXattrs(entry(TarEntry.Type.FILE, path, node).sizeBytes(node.sizeBytes()), node);
    try (InputStream content = reader.read(node)) {
      for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
        tar.write(buffer, 0, read);
      }
    }
  }
}
