package io.vic4j.image.layout;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where in a tar each file is, found in one pass over its headers; then each can be read without
 * the others. Later entries of a name win, links are followed. Thread-safe.
 */
final class TarIndex {
  /** An archive of images has a few entries for each layer, not as many as a file system. */
  private static final int MAX_ENTRIES = 100_000;

  private static final int MAX_LINKS = 8;

  private final Path file;
  private final Map<String, Content> files;
  private final Map<String, String> links;

  private TarIndex(Path file, Map<String, Content> files, Map<String, String> links) {
    this.file = file;
    this.files = Map.copyOf(files);
    this.links = Map.copyOf(links);
  }

  /** A part of the tar. */
  record Content(long position, long sizeBytes) {}

  static TarIndex of(Path file) {
    Map<String, Content> files = new HashMap<>();
    Map<String, String> links = new HashMap<>();
    try (InputStream in = Files.newInputStream(file)) {
      TarReader tar = new TarReader(in);
      while (tar.next()) {
        TarEntry entry = tar.entry();
        String name = normalize(entry.name().toString());
        files.remove(name);
        links.remove(name);
        switch (entry.type()) {
          case FILE -> files.put(name, new Content(tar.contentPosition(), entry.sizeBytes()));
          case HARD_LINK -> links.put(name, normalize(target(entry)));
          case SYMBOLIC_LINK -> links.put(name, normalize(parent(name) + target(entry)));
          default -> {}
        }
        if (files.size() + links.size() > MAX_ENTRIES) {
          throw new InvalidArgumentException(
              "'" + file + "' has more than " + MAX_ENTRIES + " entries; that is no image archive");
        }
      }
      return new TarIndex(file, files, links);
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private static String target(TarEntry entry) {
    return entry.linkTarget().map(Object::toString).orElse("");
  }

  private static String parent(String name) {
    return name.substring(0, name.lastIndexOf('/') + 1);
  }

  /** The name without {@code .} and {@code ..}, which never leads above the archive's root. */
  private static String normalize(String name) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : List.of(name.split("/", -1))) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }

  /** Where the content of this name is, links followed. */
  Optional<Content> find(String name) {
    String at = normalize(name);
    for (int i = 0; i < MAX_LINKS; i++) {
      Content content = files.get(at);
      String target = links.get(at);
      if (content != null || target == null) {
        return Optional.ofNullable(content);
      }
      at = target;
    }
    return Optional.empty();
  }

  /** Reads a part; by a channel of its own, for an interrupted reader's channel closes. */
  InputStream open(Content content) {
    try {
      FileChannel channel = FileChannel.open(file);
      try {
        channel.position(content.position);
        return new FileBlob(
            file.toString(),
            new BoundedStream(Channels.newInputStream(channel), content.sizeBytes));
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /** Reads a small part whole. */
  byte[] read(String name, Content content, int maxBytes) {
    if (content.sizeBytes > maxBytes) {
      throw new InvalidArgumentException(
          "'" + name + "' in '" + file + "' is larger than " + maxBytes + " bytes");
    }
    try (InputStream in = open(content)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private static RuntimeException failed(Path file, IOException e) {
    return e instanceof NoSuchFileException
        ? new NotFoundException("file", file.toString(), "file not found: " + file, e)
        : new UnavailableException("'" + file + "' cannot be read: " + e.getMessage(), e);
  }
}
