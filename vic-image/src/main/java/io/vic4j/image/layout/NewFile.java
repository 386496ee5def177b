package io.vic4j.image.layout;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.DigestingInputStream;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.LongConsumer;

/** A file that appears at its place whole: it is written beside it, and moved. */
final class NewFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;

  private final Path target;
  private final Path temporary;

  private NewFile(Path target, Path temporary) {
    this.target = target;
    this.temporary = temporary;
  }

  static NewFile at(Path target) {
    try {
      Path folder = target.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      return new NewFile(target, Files.createTempFile(folder, ".new-", ""));
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  static RuntimeException failed(Path file, IOException e) {
    return e instanceof ClosedByInterruptException
        ? new CancelledException("cancelled: writing of '" + file + "'", e)
        : new UnavailableException("'" + file + "' cannot be written: " + e.getMessage(), e);
  }

  Path temporary() {
    return temporary;
  }

  void write(byte[] content) {
    try {
      Files.write(temporary, content);
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  /** Writes a blob, and makes sure that it is the one that it should be. */
  void write(String what, Descriptor blob, InputStream content, LongConsumer progress) {
    try (OutputStream out = Files.newOutputStream(temporary)) {
      copy(what, blob, content, out, progress);
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  private static void copy(
      String what, Descriptor blob, InputStream content, OutputStream out, LongConsumer progress)
      throws IOException {
    try (DigestingInputStream in = new DigestingInputStream(content, blob.digest().algorithm())) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        CancelledException.throwIfInterrupted("copy of", what);
        out.write(buffer, 0, read);
        progress.accept(read);
        if (in.count() > blob.sizeBytes()) {
          break;
        }
      }
      verify(what, blob, in);
    }
  }

  /** What was read must be the blob. */
  static void verify(String what, Descriptor blob, DigestingInputStream in) {
    if (in.count() != blob.sizeBytes()) {
      throw new CorruptException(
          what
              + " is corrupt: it has "
              + (in.count() > blob.sizeBytes() ? "more than " : in.count() + " instead of ")
              + blob.sizeBytes()
              + " bytes",
          null);
    }
    Digest actual = in.digest();
    if (!actual.equals(blob.digest())) {
      throw CorruptException.digestMismatch(what, blob.digest(), actual);
    }
  }

  /** Moves it to its place, in the place of what is there. */
  void publish() {
    try {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      throw failed(temporary, e);
    }
  }
}
