package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.storage.tar.ByteString;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what {@link ImpliedList} wrote, one name at a time. Begins before the first.
 *
 * <p>Its methods throw {@link CorruptException} for a file that is not as it should be.
 */
final class ImpliedNames implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ImpliedNames.class);
  private static final int MAX_DEPTH_DIGITS = 9;
  private static final int MAX_NAME_BYTES = 255;

  private final StoredLayerDisk disk;
  private final InputStream in;
  private final List<ByteString> path = new ArrayList<>();
  private boolean implied;
  private boolean damaged;
  private long count;

  private ImpliedNames(StoredLayerDisk disk, InputStream in) {
    this.disk = disk;
    this.in = in;
  }

  /** The names of a disk; none if it has no implied directories. */
  static ImpliedNames of(Datastore datastore, StoredLayerDisk disk) {
    InputStream in =
        disk.impliedDirectories() == 0
            ? InputStream.nullInputStream()
            : new BufferedInputStream(datastore.read(disk.impliedPath()));
    return new ImpliedNames(disk, in);
  }

  /** Whose they are. */
  StoredLayerDisk disk() {
    return disk;
  }

  /** How deep below the root the current directory is; 0 before the first and after the last. */
  int depth() {
    return path.size();
  }

  /** The name of the current directory. */
  ByteString name() {
    return path.get(path.size() - 1);
  }

  /** Whether the current directory has this path: names joined by {@code /}. */
  boolean isAt(ByteString itsPath) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (ByteString each : path) {
      if (joined.size() > 0) {
        joined.write('/');
      }
      joined.writeBytes(each.toByteArray());
    }
    return !path.isEmpty() && ByteString.of(joined.toByteArray()).equals(itsPath);
  }

  /** Whether it is implied itself; else something below it is. */
  boolean isImplied() {
    return implied;
  }

  /** Goes on to the next. */
  void next() {
    try {
      int depth = readDepth();
      if (depth == 0) {
        path.clear();
        require(count == disk.impliedDirectories());
        return;
      }
      int sign = in.read();
      require(sign == '+' || sign == '-');
      require(in.read() == ' ');
      ByteString name = readName();
      require(depth <= path.size() + 1);
      boolean sibling = depth <= path.size();
      require(!sibling || path.get(depth - 1).compareTo(name) < 0);
      path.subList(depth - 1, path.size()).clear();
      path.add(name);
      implied = sign == '+';
      count += implied ? 1 : 0;
    } catch (IOException e) {
      throw new UnavailableException(
          "cannot read '" + disk.impliedPath() + "': " + e.getMessage(), e);
    }
  }

  /** Goes on to the next that is not deeper than this. */
  void skipBelow(int depth) {
    while (depth() > depth) {
      CancelledException.throwIfInterrupted("reading of '" + disk.impliedPath() + "'");
      next();
    }
  }

  private int readDepth() throws IOException {
    int depth = 0;
    for (int digits = 0; digits <= MAX_DEPTH_DIGITS; digits++) {
      int c = in.read();
      if (c < 0 && digits == 0) {
        return 0;
      } else if (c == ' ') {
        require(depth > 0);
        return depth;
      }
      require(c >= '0' && c <= '9');
      depth = depth * 10 + (c - '0');
    }
    throw damaged();
  }

  private ByteString readName() throws IOException {
    ByteArrayOutputStream name = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      require(c > ' ' && c < 0x7f && name.size() < MAX_NAME_BYTES);
      if (c == '\\') {
        require(in.read() == 'x');
        name.write(readHexDigit() << 4 | readHexDigit());
      } else {
        name.write(c);
      }
    }
    require(name.size() > 0);
    return ByteString.of(name.toByteArray());
  }

  private int readHexDigit() throws IOException {
    int digit = Character.digit(in.read(), 16);
    require(digit >= 0);
    return digit;
  }

  private void require(boolean valid) {
    if (!valid) {
      throw damaged();
    }
  }

  /** Whether the file was found to be not as it should be. */
  boolean isDamaged() {
    return damaged;
  }

  /** The error for a file that does not fit its disk. */
  CorruptException damaged() {
    damaged = true;
    return LayerDisks.damaged(
        disk.diffId(),
        disk.impliedPath(),
        "it is no list of implied directories, or another than it should be",
        null);
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      log.debug("could not close '{}' after reading", disk.impliedPath(), e);
    }
  }
}
