package io.vic4j.testkit;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.CopiedFiles;
import io.vic4j.image.Bytes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.overlay.FileStatus;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarException;
import io.vic4j.storage.tar.TarReader;
import io.vic4j.storage.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The root file system of a session of an in-memory guest: what its disks hold, and over it what
 * was copied in, until the power is gone. Not thread-safe.
 */
final class MemoryFiles {
  private record Held(TarEntry entry, Bytes content) {}

  /** What was copied out. */
  record Copy(CopiedFiles.Stat stat, Bytes tar) {}

  private static final int MAX_LINKS = 40; // path_resolution(7)

  private final Supplier<OverlayFiles> disks;
  private final SortedMap<String, Held> written = new TreeMap<>();

  /** Files over what the disks hold; each view of them is closed after use. */
  MemoryFiles(Supplier<OverlayFiles> disks) {
    this.disks = disks;
  }

  /**
   * Unpacks a tar.
   *
   * @throws NotFoundException if the folder is not there
   * @throws InvalidArgumentException if it is no tar
   */
  void copyIn(String folder, byte[] tar) {
    String parent = normalized(folder);
    if (!parent.isEmpty() && !isThere(parent)) {
      throw new NotFoundException("folder", folder);
    }
    SortedMap<String, Held> fresh = new TreeMap<>();
    read(tar, held -> fresh.put(normalized(parent + "/" + held.entry().name()), held));
    written.putAll(fresh);
  }

  /**
   * A file or folder.
   *
   * @throws NotFoundException if there is none
   */
  Copy copyOut(String path, boolean followLink) {
    String target = normalized(path);
    CopiedFiles.Stat stat = stat(target);
    for (int i = 0; followLink && !stat.linkTarget().isEmpty() && i < MAX_LINKS; i++) {
      String link = stat.linkTarget();
      String folder = target.substring(0, target.lastIndexOf('/'));
      target = normalized(link.startsWith("/") ? link : folder + "/" + link);
      stat = stat(target);
    }
    return new Copy(stat, new Bytes(tar(target)));
  }

  private static String normalized(String path) {
    TreeMap<Integer, String> parts = new TreeMap<>();
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        parts.pollLastEntry();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.put(parts.isEmpty() ? 0 : parts.lastKey() + 1, part);
      }
    }
    return parts.isEmpty() ? "" : "/" + String.join("/", parts.values());
  }

  private boolean isThere(String path) {
    return written.containsKey(path) || onDisk(path).isPresent();
  }

  private Optional<FileStatus> onDisk(String path) {
    try (OverlayFiles files = disks.get()) {
      return files.find(path.isEmpty() ? "/" : path);
    }
  }

  private CopiedFiles.Stat stat(String path) {
    String name = path.isEmpty() ? "/" : path.substring(path.lastIndexOf('/') + 1);
    Held held = written.get(path);
    if (held != null) {
      TarEntry entry = held.entry();
      return new CopiedFiles.Stat(
          name,
          format(entry.type()) | (entry.mode() & 07777),
          held.content().size(),
          entry.modified(),
          entry.linkTarget().map(ByteString::toString).orElse(""));
    }
    FileStatus status = onDisk(path).orElseThrow(() -> new NotFoundException("file", path));
    return new CopiedFiles.Stat(
        name,
        status.type().formatBits() | status.attributes().permissions(),
        status.sizeBytes(),
        status.attributes().modified(),
        status.linkTarget().map(ByteString::toString).orElse(""));
  }

  private static int format(TarEntry.Type type) {
    return switch (type) {
      case DIRECTORY -> Ext4FileType.DIRECTORY.formatBits();
      case SYMBOLIC_LINK -> Ext4FileType.SYMLINK.formatBits();
      default -> Ext4FileType.FILE.formatBits();
    };
  }

  private byte[] tar(String path) {
    String parent = path.isEmpty() ? "" : path.substring(0, path.lastIndexOf('/'));
    SortedMap<String, Held> all = new TreeMap<>();
    if (onDisk(path).isPresent()) {
      read(onDiskTar(path), held -> all.put(normalized(parent + "/" + held.entry().name()), held));
    }
    written.forEach(
        (name, held) -> {
          if (name.equals(path) || name.startsWith(path + "/")) {
            all.put(name, held);
          }
        });
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      TarWriter tar = new TarWriter(out);
      for (var one : all.entrySet()) {
        String name = one.getKey().substring(parent.length()).substring(1);
        tar.put(renamed(one.getValue().entry(), name));
        tar.write(one.getValue().content().toArray());
      }
      tar.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static TarEntry renamed(TarEntry entry, String name) {
    TarEntry.Builder builder =
        TarEntry.builder(entry.type(), name)
            .mode(entry.mode())
            .owner(entry.uid(), entry.gid())
            .sizeBytes(entry.sizeBytes())
            .modified(entry.modified());
    entry.linkTarget().ifPresent(builder::linkTarget);
    entry.xattrs().forEach(builder::xattr);
    return builder.build();
  }

  private byte[] onDiskTar(String path) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OverlayFiles files = disks.get()) {
      var unused = files.copyOut(path.isEmpty() ? "/" : path, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private interface Taker {
    void take(Held held);
  }

  private static void read(byte[] tar, Taker taker) {
    try {
      TarReader reader = new TarReader(new ByteArrayInputStream(tar));
      while (reader.next()) {
        taker.take(new Held(reader.entry(), new Bytes(reader.contentStream().readAllBytes())));
      }
    } catch (TarException e) {
      throw new InvalidArgumentException("this is no tar: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
