package io.vic4j.testkit.integration;

import io.vic4j.core.ForeignTool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;

/** Loop and overlay mounts of this kernel, undone when closed. Needs root. */
final class Mounts implements AutoCloseable {
  private final Path folder;
  private final Deque<Path> mounted = new ArrayDeque<>();
  private int folders;

  /** Mounts below this folder; skips or fails the test where nothing can be mounted. */
  Mounts(Path folder) {
    this.folder = folder;
    if (ForeignTool.named("id").check("-u").text().strip().equals("0")) {
      return;
    }
    ForeignTool.missing("loop and overlay mounts need root");
  }

  /** An ext4 image, read-only. */
  Path loop(Path image) {
    Path at = newFolder();
    ForeignTool.named("mount").check("-t", "ext4", "-o", "loop,ro,noload", image, at);
    mounted.push(at);
    return at;
  }

  /** Folders joined as a VM's guest joins them, lowest first, read-only. */
  Path overlay(List<Path> layers) {
    Path at = newFolder();
    List<Path> uppermostFirst = new ArrayList<>(layers);
    Collections.reverse(uppermostFirst);
    String lower = uppermostFirst.stream().map(Path::toString).collect(Collectors.joining(":"));
    ForeignTool.named("mount").check("-t", "overlay", "overlay", "-o", "ro,lowerdir=" + lower, at);
    mounted.push(at);
    return at;
  }

  private Path newFolder() {
    try {
      // Short, for a mount's options have room for a page of text.
      return Files.createDirectory(folder.resolve("m" + folders++));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    while (!mounted.isEmpty()) {
      ForeignTool.named("umount").check(mounted.pop());
    }
  }
}
