package io.vic4j.core.datastore;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What the errors of a local file system are in this library's words; and the fsync of folders. */
final class LocalErrors {
  private LocalErrors() {}

  static VicException translate(IOException e, String kind, String name) {
    if (e instanceof NoSuchFileException) {
      return new NotFoundException(kind, name, kind + " not found: " + name, e);
    }
    if (e instanceof FileAlreadyExistsException) {
      return new AlreadyExistsException(kind, name, e);
    }
    if (e instanceof AccessDeniedException) {
      return new UnauthorizedException("no permission for " + kind + " '" + name + "'", e);
    }
    if (e instanceof ClosedByInterruptException) {
      return new CancelledException("cancelled: access to " + kind + " '" + name + "'", e);
    }
    String message = String.valueOf(e.getMessage());
    // The JDK gives ENOSPC and EDQUOT no class of their own, only strerror's text.
    if (message.contains("No space left on device") || message.contains("quota exceeded")) {
      return new OutOfSpaceException("no space left for " + kind + " '" + name + "'", e);
    }
    return new UnavailableException(kind + " '" + name + "' cannot be accessed: " + message, e);
  }

  /** Whether a file stands where the path needs a folder, so that nothing can be at its end. */
  static boolean isBelowFile(Path path) {
    for (Path above = path.getParent(); above != null; above = above.getParent()) {
      if (Files.exists(above, LinkOption.NOFOLLOW_LINKS)) {
        return !Files.isDirectory(above);
      }
    }
    return false;
  }

  /** Makes the entries of a folder durable: fsync of a file does not cover its name. */
  static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
