package io.vic4j.testkit.qemu;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The processes of QEMU. */
final class Processes {
  private Processes() {}

  /** That of a VM's folder, or of one that stands by. */
  static long pidOf(Path folder) {
    try {
      return new ObjectMapper()
          .readTree(folder.resolve("running.json").toFile())
          .path("pid")
          .longValue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static boolean runs(long pid) {
    return Files.exists(Path.of("/proc", Long.toString(pid), "exe"));
  }

  /** Those that were called with a word. */
  static List<Long> calledWith(String word) {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.map(ProcessHandle::pid)
          .filter(pid -> commandLine(pid).contains("qemu-system"))
          .filter(pid -> commandLine(pid).contains(word))
          .toList();
    }
  }

  private static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
    } catch (IOException e) {
      return ""; // It has ended.
    }
  }
}
