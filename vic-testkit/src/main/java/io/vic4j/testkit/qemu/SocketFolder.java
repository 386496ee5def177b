package io.vic4j.testkit.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a process of QEMU has its sockets: their paths must be short, so that they are not in its
 * VM's folder.
 *
 * @param path the folder
 */
record SocketFolder(Path path) {
  private static final Logger log = LoggerFactory.getLogger(SocketFolder.class);
  private static final String PREFIX = "vic-qemu-";

  /** A new one. */
  static SocketFolder create() throws IOException {
    return new SocketFolder(Files.createTempDirectory(PREFIX));
  }

  /** By which it is controlled. */
  Path qmp() {
    return path.resolve("qmp");
  }

  /** On which its guest is told variables. */
  Path host() {
    return path.resolve("host");
  }

  /** For streams to its guest. */
  Path link() {
    return path.resolve("link");
  }

  /** On which its machine's state goes out or comes in. */
  Path state() {
    return path.resolve("state");
  }

  /** The file with its number. */
  Path pid() {
    return path.resolve("pid");
  }

  /** What it said when it was started. */
  Path output() {
    return path.resolve("output");
  }

  /** Starts the process that has its sockets here. */
  DetachedProcess launch(List<String> command) throws IOException {
    return DetachedProcess.launch(command, pid(), output());
  }

  /** Ends the process that has its sockets here, if there is one. */
  void kill() throws IOException {
    DetachedProcess.kill(pid(), path);
  }

  /** Deletes it, as far as that can be done. */
  void delete() {
    if (!path.getFileName().toString().startsWith(PREFIX)) {
      return; // It was read from a file, and is none of ours.
    }
    for (Path one : List.of(qmp(), host(), link(), state(), pid(), output(), path)) {
      try {
        Files.deleteIfExists(one);
      } catch (IOException e) {
        log.debug("cannot delete {}", one, e);
      }
    }
  }
}
