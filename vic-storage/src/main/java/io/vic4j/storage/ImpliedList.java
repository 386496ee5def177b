package io.vic4j.storage;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.storage.tar.ByteString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes which directories of a disk are implied, as a tree of names that {@link ImpliedNames}
 * reads. The file comes into being with the first of them.
 */
final class ImpliedList implements AutoCloseable {
  /*
   * One line for each directory that is implied or has one below it, parents before children, in
   * the order of the names' bytes. So the file grows with the number of names, not of paths:
   *
   *   1 - deep        depth below the root; '+' if implied, '-' if not; name
   *   2 + a
   *   3 + b
   *
   * What is not printable ASCII in a name, and the backslash, is written as \xNN.
   */
  private static final int BUFFER_BYTES = 64 * 1024;

  private final Datastore datastore;
  private final DatastorePath file;
  private final List<ByteString> path = new ArrayList<>();
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
  private @Nullable DatastoreWriter writer;
  private long position;
  private int written;
  private long count;

  ImpliedList(Datastore datastore, DatastorePath file) {
    this.datastore = datastore;
    this.file = file;
  }

  /** Goes down into a directory. Of one directory, they come in the order of their names. */
  void enter(ByteString name, boolean implied) {
    path.add(name);
    if (implied) {
      count++;
      for (; written < path.size(); written++) {
        boolean last = written == path.size() - 1;
        line((written + 1) + (last ? " + " : " - ") + escape(path.get(written)) + "\n");
      }
    }
  }

  /** Goes up again. */
  void leave() {
    path.remove(path.size() - 1);
    written = Math.min(written, path.size());
  }

  /** How many are implied so far. */
  long count() {
    return count;
  }

  /** Makes the file stay, if there is one. */
  void commit() {
    if (writer != null) {
      flush(writer);
      writer.commit();
    }
  }

  @Override
  public void close() {
    if (writer != null) {
      writer.close();
    }
  }

  private void line(String line) {
    if (writer == null) {
      writer = datastore.create(file);
    }
    buffer.writeBytes(line.getBytes(StandardCharsets.US_ASCII));
    if (buffer.size() >= BUFFER_BYTES) {
      flush(writer);
    }
  }

  private void flush(DatastoreWriter to) {
    to.write(position, ByteBuffer.wrap(buffer.toByteArray()));
    position += buffer.size();
    buffer.reset();
  }

  private static String escape(ByteString name) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < name.size(); i++) {
      byte value = name.at(i);
      if (value > ' ' && value < 0x7f && value != '\\') {
        text.append((char) value);
      } else {
        text.append(String.format("\\x%02x", value));
      }
    }
    return text.toString();
  }
}
