package io.vic4j.storage.overlay;

import io.vic4j.core.CancelledException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4LimitException;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.ext4.Ext4Xattrs;
import io.vic4j.storage.ext4.FileContent;
import io.vic4j.storage.overlay.DraftTree.Place;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarException;
import io.vic4j.storage.tar.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/**
 * Unpacks one tar below a folder, as the guest does in a machine that runs: see {@code copyin.go}.
 * Each name is looked up from that folder, which neither {@code ..} nor a link leaves.
 */
final class TarUnpacking {
  private static final int FOLDER_MODE = 0755;

  private final DraftTree tree;
  private final Place base;
  private final Instant now;

  TarUnpacking(DraftTree tree, Place base, Instant now) {
    this.tree = tree;
    this.base = base;
    this.now = now;
  }

  /** Reads a tar to its end, and what pads it. */
  void unpack(InputStream in) throws IOException {
    TarReader tar = new TarReader(in);
    try {
      while (tar.next()) {
        CancelledException.throwIfInterrupted("copy to", base);
        unpack(tar, tar.entry());
      }
    } catch (TarException e) {
      throw new InvalidArgumentException("the tar cannot be read: " + e.getMessage(), e);
    }
    long unused = in.transferTo(OutputStream.nullOutputStream());
  }

  private void unpack(TarReader tar, TarEntry entry) throws IOException {
    List<ByteString> names = PathWalk.clean(entry.name());
    if (names.isEmpty()) {
      return;
    }
    ByteString name = names.get(names.size() - 1);
    Place parent =
        tree.makeFolders(
            base,
            names.subList(0, names.size() - 1),
            (folder, missing) -> folder.make(missing, Ext4Attributes.of(FOLDER_MODE, 0, 0, now)));
    try {
      put(tar, entry, parent, name);
    } catch (Ext4LimitException e) {
      throw new InvalidArgumentException("'" + entry.name() + "': " + e.getMessage(), e);
    }
  }

  private void put(TarReader tar, TarEntry entry, Place parent, ByteString name)
      throws IOException {
    DraftFolder folder = parent.folder().orElseThrow();
    switch (entry.type()) {
      case DIRECTORY -> putFolder(entry, parent, folder, name);
      case HARD_LINK -> link(entry, parent, folder, name);
      case OTHER ->
          throw new InvalidArgumentException(
              "'%s' is of kind '%s', which no file system has"
                  .formatted(entry.name(), entry.typeFlag()));
      default -> {
        tree.requireWritable(tree.child(parent, name));
        tree.clear(parent, name);
        int unused = make(tar, entry, folder, name.toByteArray());
        if (entry.type() == TarEntry.Type.SYMBOLIC_LINK) {
          folder.leads(name, entry.linkTarget().orElseThrow());
        }
      }
    }
  }

  private void putFolder(TarEntry entry, Place parent, DraftFolder folder, ByteString name) {
    Place there = tree.child(parent, name);
    tree.requireWritable(there);
    Ext4Attributes attributes = attributes(entry);
    DraftFolder known =
        there
            .folder()
            .orElseGet(
                () -> {
                  if (there.node().isPresent()) {
                    tree.clear(parent, name);
                  }
                  return folder.make(name, attributes);
                });
    known.setAttributes(attributes);
  }

  private int make(TarReader tar, TarEntry entry, DraftFolder folder, byte[] name)
      throws IOException {
    int here = folder.begin();
    Ext4Writer fs = folder.disk().fs();
    Ext4Attributes attributes = attributes(entry);
    return switch (entry.type()) {
      case FILE -> {
        int file = fs.beginFile(here, name, attributes);
        FileContent content = new FileContent(fs);
        tar.copyContent(content);
        content.end(entry.sizeBytes());
        yield file;
      }
      case SYMBOLIC_LINK ->
          fs.makeSymlink(
              here,
              name,
              entry.linkTarget().orElseThrow().toByteArray(),
              attributes.withPermissions(0777));
      case CHARACTER_DEVICE -> device(entry, folder, here, name, Ext4FileType.CHARACTER_DEVICE);
      case BLOCK_DEVICE -> device(entry, folder, here, name, Ext4FileType.BLOCK_DEVICE);
      case FIFO -> fs.makeDevice(here, name, Ext4FileType.FIFO, 0, 0, attributes);
      default -> throw new IllegalArgumentException("nothing that is made: " + entry);
    };
  }

  private int device(TarEntry entry, DraftFolder folder, int here, byte[] name, Ext4FileType type) {
    long major = entry.deviceMajor();
    long minor = entry.deviceMinor();
    boolean whiteout = type == Ext4FileType.CHARACTER_DEVICE && major == 0 && minor == 0;
    if (whiteout && folder.disk().old().isLayer()) {
      throw new InvalidArgumentException(
          "'" + entry.name() + "' is a device 0:0, by which overlayfs hides files");
    }
    if (major < 0 || major > Integer.MAX_VALUE || minor < 0 || minor > Integer.MAX_VALUE) {
      throw new InvalidArgumentException(
          "'" + entry.name() + "' has the device number " + major + ":" + minor);
    }
    return folder
        .disk()
        .fs()
        .makeDevice(here, name, type, (int) major, (int) minor, attributes(entry));
  }

  private void link(TarEntry entry, Place parent, DraftFolder folder, ByteString name) {
    ByteString target = entry.linkTarget().orElseThrow();
    Place first = tree.find(base, PathWalk.clean(target), false);
    Place there = tree.child(parent, name);
    tree.requireWritable(there);
    DraftNode found =
        first.node().orElseThrow(() -> new NotFoundException("file", target.toString()));
    if (!(found instanceof DraftLeaf leaf) || found.disk() != folder.disk()) {
      throw new InvalidArgumentException(
          "'%s' cannot be a hard link to '%s': that is %s"
              .formatted(
                  entry.name(),
                  target,
                  found instanceof DraftLeaf ? "on another volume" : "a folder"));
    }
    if (!first.path().equals(there.path())) { // Else a link to itself, which tars do contain.
      tree.clear(parent, name);
      folder.link(name, leaf);
    }
  }

  private Ext4Attributes attributes(TarEntry entry) {
    return new Ext4Attributes(
        entry.mode(),
        entry.uid(),
        entry.gid(),
        entry.modified(),
        entry.modified(),
        now,
        now,
        xattrs(entry));
  }

  private static Ext4Xattrs xattrs(TarEntry entry) {
    Ext4Xattrs xattrs = Ext4Xattrs.none();
    for (ByteString key : entry.xattrs().keySet()) {
      String name = new String(key.toByteArray(), StandardCharsets.UTF_8);
      if (Ext4Xattrs.canKeep(name) && !OverlayMarks.isOwn(name)) {
        xattrs = xattrs.with(name, entry.xattrs().get(key).toByteArray());
      }
    }
    return xattrs;
  }
}
