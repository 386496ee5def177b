package io.vic4j.testkit.qemu;

import io.vic4j.core.CancelledException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that is no child of this program, which it survives.
 *
 * @param pid its number
 */
record DetachedProcess(long pid) {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long LAUNCH_SECONDS = 60;

  /**
   * Launches a program that goes on by itself when it is ready.
   *
   * @param pid the file where it writes its number
   * @param output a file for what it says
   * @throws IOException if it is not there, or refuses; with what it says
   */
  static DetachedProcess launch(List<String> command, Path pid, Path output) throws IOException {
    Process launcher;
    try {
      launcher =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException e) {
      throw new IOException(
          e.getMessage() + "; install " + command.get(0) + ", or name another program", e);
    }
    try {
      if (!launcher.waitFor(LAUNCH_SECONDS, TimeUnit.SECONDS)) {
        launcher.destroyForcibly();
        throw new IOException("it does not become ready");
      }
    } catch (InterruptedException e) {
      launcher.destroyForcibly();
      throw CancelledException.from(e, "start of QEMU");
    }
    if (launcher.exitValue() != 0) {
      throw new IOException(Files.readString(output).strip());
    }
    return new DetachedProcess(Long.parseLong(Files.readString(pid).strip()));
  }

  /** Ends it, if it is there. */
  void kill() {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  /**
   * Waits some time until it is gone. A process closes its sockets some moments before its disks,
   * which another one cannot open until then; and nobody but its parent can wait for a process.
   */
  void awaitGone() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (isThere() && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  private boolean isThere() {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return !stat.substring(stat.lastIndexOf(')') + 1).strip().startsWith("Z");
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Ends one that is written down, if it is still there: its number may be another's by now.
   *
   * @param pid the file with its number; nothing happens without it
   * @param mark a path that its command line has
   */
  static void kill(Path pid, Path mark) throws IOException {
    if (Files.exists(pid)) {
      DetachedProcess process = new DetachedProcess(Long.parseLong(Files.readString(pid).strip()));
      if (process.wasCalledWith(mark.toString())) {
        process.kill();
        process.awaitGone();
      }
    }
  }

  private boolean wasCalledWith(String words) throws IOException {
    Path commandLine = Path.of("/proc", Long.toString(pid), "cmdline");
    return Files.exists(commandLine) && Files.readString(commandLine).contains(words);
  }
}
