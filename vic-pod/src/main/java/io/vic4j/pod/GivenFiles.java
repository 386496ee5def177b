package io.vic4j.pod;

import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.storage.FileDisks;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The files that a pod is given, as its guest gets them: on a disk at first, later as a tar. */
final class GivenFiles {
  private final PodSpec pod;

  GivenFiles(PodSpec pod) {
    this.pod = pod;
  }

  /** The names of the volumes of files. */
  List<String> volumes() {
    return volumes(pod).stream().map(PodVolume.Files::name).toList();
  }

  private static List<PodVolume.Files> volumes(PodSpec pod) {
    return pod.volumes().stream()
        .filter(PodVolume.Files.class::isInstance)
        .map(PodVolume.Files.class::cast)
        .toList();
  }

  /** What is on the disk, a folder for each volume. */
  List<FileDisks.Entry> entries() {
    List<FileDisks.Entry> entries = new ArrayList<>();
    for (PodVolume.Files volume : volumes(pod)) {
      volume.files().forEach(file -> entries.add(entry(volume.name(), volume.name() + "/", file)));
    }
    return entries;
  }

  /** Files of one of the volumes, instead of those on the disk. */
  InputStream tar(String volume, List<PodFile> files, Instant modified) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(out);
    try {
      for (PodFile file : files) {
        FileDisks.Entry entry = entry(volume, "", file);
        byte[] content = new byte[entry.content().remaining()];
        entry.content().duplicate().get(content);
        tar.put(
            TarEntry.builder(TarEntry.Type.FILE, entry.path())
                .mode(entry.mode())
                .owner(0, entry.gid())
                .sizeBytes(content.length)
                .modified(modified)
                .build());
        tar.write(content);
      }
      tar.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ByteArrayInputStream(out.toByteArray());
  }

  private FileDisks.Entry entry(String volume, String folder, PodFile file) {
    ByteBuffer content =
        file.content()
            .orElseThrow(
                () ->
                    new InvalidSpecException(
                        "volumes[" + volume + "]",
                        "what is in file '"
                            + file.path()
                            + "' is not given; a pod that was asked for does not tell it"));
    // Root owns them; the group, where there is one, may read what root may.
    int mode = pod.fsGroup().isPresent() ? file.mode() | (file.mode() & 0400) >> 3 : file.mode();
    return new FileDisks.Entry(folder + file.path(), content, mode, pod.fsGroup().orElse(0));
  }
}
