package io.vic4j.testkit.qemu;

import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** That a folder of VMs is one program's, as long as this is open and the program lives. */
final class Ownership implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Ownership.class);

  private final FileChannel file;

  private Ownership(FileChannel file) {
    this.file = file;
  }

  /**
   * Takes a folder, which is made if it is not there.
   *
   * @throws UnavailableException if it is another program's
   */
  static Ownership of(Path folder) {
    try {
      Files.createDirectories(folder);
      FileChannel file =
          FileChannel.open(
              folder.resolve("owner"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      Ownership ownership = new Ownership(file);
      if (!ownership.isTaken()) {
        ownership.close();
        throw new UnavailableException(
            "the VMs in " + folder + " are another program's; close that one first", null);
      }
      return ownership;
    } catch (IOException e) {
      throw new UnavailableException("cannot keep VMs in " + folder, e);
    }
  }

  private boolean isTaken() throws IOException {
    try {
      return file.tryLock() != null; // Closing the file gives it back.
    } catch (OverlappingFileLockException e) {
      return false; // Another hypervisor of this program has it.
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      log.debug("a lock that cannot be given back", e);
    }
  }
}
