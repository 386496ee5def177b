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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The root file system of a session of an in-memory guest: what its disks hold, files that it was
 * given instead, and over it what was copied in, until the power is gone. Not thread-safe.
 */
final class MemoryFiles {
  private record Held(TarEntry entry, Bytes content) {}

  /** What was copied out. */
  record Copy(CopiedFiles.Stat stat, Bytes tar) {}

  private static final int MAX_LINKS = 40; // path_resolution(7)

  private static final Held FOLDER =
      new Held(
          TarEntry.builder(TarEntry.Type.DIRECTORY, "folder").mode(0755).build(),
          new Bytes(new byte[0]));

  private final Supplier<OverlayFiles> disks;
  private final Set<String> replaced = new HashSet<>();
  private final SortedMap<String, Held> given = new TreeMap<>();
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
   * Shows files at a place instead of what is on the disks there.
   *
   * @param part which file or folder of them; all where empty
   * @param tar as {@link #checkFiles} wants it
   */
  void show(String place, String part, byte[] tar) {
    String root = normalized(place);
    String from = normalized(part);
    given.keySet().removeIf(name -> isWithin(name, root));
    replaced.add(root);
    if (from.isEmpty()) {
      given.put(root, FOLDER);
    }
    read(
        tar,
        held -> {
          String name = normalized(held.entry().name().toString());
          if (isWithin(name, from)) {
            String target = root + name.substring(from.length());
            given.put(target, held);
            for (String parent = parent(target); isWithin(parent, root); parent = parent(parent)) {
              given.putIfAbsent(parent, FOLDER);
            }
          }
        });
  }

  /**
   * Checks that a tar has nothing but files and folders, each at a path of its own.
   *
   * @throws InvalidArgumentException if it is no such tar
   */
  static void checkFiles(byte[] tar) {
    Set<String> files = new HashSet<>();
    Set<String> folders = new HashSet<>();
    read(
        tar,
        held -> {
          TarEntry entry = held.entry();
          String name = normalized(entry.name().toString());
          boolean file = entry.type() == TarEntry.Type.FILE;
          if ((!file && entry.type() != TarEntry.Type.DIRECTORY) || name.startsWith("/..")) {
            throw new InvalidArgumentException("'" + entry.name() + "' is no file to be given");
          }
          (file ? files : folders).add(name);
          for (String parent = parent(name); !parent.isEmpty(); parent = parent(parent)) {
            folders.add(parent);
          }
        });
    files.retainAll(folders);
    if (!files.isEmpty()) {
      throw new InvalidArgumentException(files + ": a file and a folder at once");
    }
  }

  private static String parent(String path) {
    return path.isEmpty() ? "" : path.substring(0, path.lastIndexOf('/'));
  }

  private static boolean isWithin(String path, String folder) {
    return path.equals(folder) || path.startsWith(folder + "/");
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
    return held(path).isPresent() || onDisk(path).isPresent();
  }

  /** What was copied in, or given. */
  private Optional<Held> held(String path) {
    return Optional.ofNullable(written.get(path)).or(() -> Optional.ofNullable(given.get(path)));
  }

  private boolean isReplaced(String path) {
    return replaced.stream().anyMatch(root -> isWithin(path, root));
  }

  private Optional<FileStatus> onDisk(String path) {
    if (isReplaced(path)) {
      return Optional.empty();
    }
    try (OverlayFiles files = disks.get()) {
      return files.find(path.isEmpty() ? "/" : path);
    }
  }

  private CopiedFiles.Stat stat(String path) {
    String name = path.isEmpty() ? "/" : path.substring(path.lastIndexOf('/') + 1);
    Optional<Held> held = held(path);
    if (held.isPresent()) {
      TarEntry entry = held.get().entry();
      return new CopiedFiles.Stat(
          name,
          format(entry.type()) | (entry.mode() & 07777),
          held.get().content().size(),
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
    String parent = parent(path);
    SortedMap<String, Held> all = new TreeMap<>();
    if (onDisk(path).isPresent()) {
      read(onDiskTar(path), held -> all.put(normalized(parent + "/" + held.entry().name()), held));
      all.keySet().removeIf(this::isReplaced);
    }
    for (SortedMap<String, Held> over : List.of(given, written)) {
      over.forEach(
          (name, held) -> {
            if (isWithin(name, path)) {
              all.put(name, held);
            }
          });
    }
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
