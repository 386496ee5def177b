package io.vic4j.testkit.qemu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a guest has written, which QEMU appends to a file: lines of {@code {"key":…, "value":…}}. A
 * guest is not trusted: what is no such line, or not for guests to write, counts for nothing. Not
 * thread-safe.
 */
final class GuestValues {
  private static final Logger log = LoggerFactory.getLogger(GuestValues.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST_LINE_BYTES = 1 << 20;

  private final Path file;
  private long position;

  GuestValues(Path file, long position) {
    this.file = file;
    this.position = position;
  }

  /** How much was read. */
  long position() {
    return position;
  }

  /** Forgets all, for the machine is started anew. */
  void clear() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UnavailableException("cannot delete " + file, e);
    }
    position = 0;
  }

  /**
   * Puts what has come since into variables.
   *
   * @return whether any of them is another now
   */
  boolean readInto(Map<String, String> variables) {
    boolean changed = false;
    try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "r")) {
      if (content.length() < position) {
        position = 0; // A crash came between the deletion and the writing down of it.
      }
      byte[] block = new byte[LONGEST_LINE_BYTES];
      while (true) {
        content.seek(position);
        int read = content.read(block);
        int end = read;
        while (end > 0 && block[end - 1] != '\n') {
          end--;
        }
        if (end <= 0) {
          if (read < block.length) {
            return changed;
          }
          end = read; // No line of ours is so long.
        }
        for (String line : new String(block, 0, end, StandardCharsets.UTF_8).lines().toList()) {
          changed |= take(line, variables);
        }
        position += end;
      }
    } catch (java.io.FileNotFoundException e) {
      return changed; // It has not written anything.
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + file, e);
    }
  }

  private static boolean take(String line, Map<String, String> variables) {
    try {
      JsonNode node = JSON.readTree(line);
      String key = node.path("key").asText();
      JsonNode value = node.path("value");
      // As on vSphere, where guests write no other keys.
      if (key.startsWith("guestinfo.") && key.indexOf('/') < 0 && value.isTextual()) {
        return !value.textValue().equals(variables.put(key, value.textValue()));
      }
    } catch (JsonProcessingException e) {
      log.debug("a guest has written what is no value", e);
    }
    return false;
  }
}
