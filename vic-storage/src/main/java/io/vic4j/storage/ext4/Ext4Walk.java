package io.vic4j.storage.ext4;

import io.vic4j.core.CancelledException;
import io.vic4j.storage.tar.ByteString;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * One walk through a file system. Each directory may be met once: so a cycle is found, and the walk
 * ends.
 */
final class Ext4Walk {
  /**
   * Deeper trees than any program can name, which would take memory by the square of their depth.
   */
  private static final int MAX_PATH_BYTES = 64 << 10;

  private final Ext4Reader reader;
  private final Ext4Node top;
  private final LongFunction<Ext4Node> nodes;
  private final Ext4Visitor visitor;
  private final Set<Long> directories = new HashSet<>();
  private final Deque<Level> levels = new ArrayDeque<>();

  private record Level(ByteString path, Iterator<Map.Entry<ByteString, Long>> names) {}

  Ext4Walk(Ext4Reader reader, Ext4Node top, LongFunction<Ext4Node> nodes, Ext4Visitor visitor) {
    this.reader = reader;
    this.top = top;
    this.nodes = nodes;
    this.visitor = visitor;
  }

  void run() throws IOException {
    enter(ByteString.EMPTY, top);
    while (!levels.isEmpty()) {
      CancelledException.throwIfInterrupted("walk through an ext4 file system");
      Level level = levels.peek();
      if (!level.names.hasNext()) {
        levels.pop();
        continue;
      }
      Map.Entry<ByteString, Long> entry = level.names.next();
      ByteString path = join(level.path, entry.getKey());
      Ext4Node node = nodes.apply(entry.getValue());
      if (node.isDirectory()) {
        enter(path, node);
      } else {
        visitor.visit(path, node);
      }
    }
  }

  private void enter(ByteString path, Ext4Node directory) throws IOException {
    if (!directories.add(directory.inode())) {
      throw Damage.of(
          directory.inode(), "is a directory with two names, one of them '" + path + "'");
    }
    visitor.visit(path, directory);
    levels.push(new Level(path, reader.names(directory).entrySet().iterator()));
  }

  private static ByteString join(ByteString folder, ByteString name) {
    if (folder.isEmpty()) {
      return name;
    }
    byte[] joined = new byte[folder.size() + 1 + name.size()];
    if (joined.length > MAX_PATH_BYTES) {
      throw Damage.unsupported("a path of " + joined.length + " bytes");
    }
    System.arraycopy(folder.toByteArray(), 0, joined, 0, folder.size());
    joined[folder.size()] = '/';
    System.arraycopy(name.toByteArray(), 0, joined, folder.size() + 1, name.size());
    return ByteString.of(joined);
  }
}
