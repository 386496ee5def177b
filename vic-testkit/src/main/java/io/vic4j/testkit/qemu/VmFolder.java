package io.vic4j.testkit.qemu;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of one VM.
 *
 * @param path the folder that they are in
 */
record VmFolder(Path path) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What is kept of the VM. */
  Path state() {
    return path.resolve("vm.json");
  }

  /** Where its process is, while it has one. */
  Path running() {
    return path.resolve("running.json");
  }

  /** The variables that its guest sees at its boot. */
  Path variables() {
    return path.resolve("variables.json");
  }

  /** The folder of nothing but what the guest writes, for it is watched. */
  Path guestFolder() {
    return path.resolve("guest");
  }

  /** What the guest writes: a line of JSON for each value. */
  Path guest() {
    return guestFolder().resolve("values");
  }

  Path console() {
    return path.resolve("console.log");
  }

  /** The folder of nothing but logs, for it is watched where one follows them. */
  Path logFolder() {
    return path.resolve("logs");
  }

  /** What the guest writes to its numberth log. */
  Path log(int number) {
    return logFolder().resolve(Integer.toString(number));
  }

  /** Writes a document; whoever reads it, after a crash too, finds the one before or this one. */
  static void replace(Path file, JsonNode document) {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.write(fresh, JSON.writeValueAsBytes(document));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UnavailableException("cannot write " + file, e);
    }
  }

  /** Lays out what the guest sees at its boot. */
  void writeVariables(Map<String, String> variables) {
    try {
      Files.write(variables(), JSON.writeValueAsBytes(variables));
    } catch (IOException e) {
      throw new UnavailableException("cannot write " + variables(), e);
    }
  }

  /** What the guest saw at its boot; nothing if that is not known. */
  Map<String, String> readVariables() {
    try {
      return JSON.readValue(variables().toFile(), new TypeReference<TreeMap<String, String>>() {});
    } catch (IOException e) {
      return Map.of(); // Then it is told all once more, which does no harm.
    }
  }

  /** What the guest wrote to a log, but for so many bytes. The caller closes it. */
  InputStream openLog(int number, long from) {
    if (!Files.exists(log(number))) {
      return InputStream.nullInputStream();
    }
    try {
      FileChannel content = FileChannel.open(log(number));
      try {
        return Channels.newInputStream(content.position(Math.min(from, content.size())));
      } catch (IOException e) {
        content.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + log(number), e);
    }
  }

  /**
   * Deletes all of it. What is kept of the VM goes first: a folder without that is none of ours.
   */
  void delete() {
    try {
      Files.deleteIfExists(state());
      try (Stream<Path> all = Files.walk(path)) {
        for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(one);
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("cannot delete " + path, e);
    }
  }
}
