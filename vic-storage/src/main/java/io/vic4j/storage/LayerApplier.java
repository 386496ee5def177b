package io.vic4j.storage;

import io.vic4j.storage.LayerException.Reason;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4LimitException;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.ext4.Ext4Xattrs;
import io.vic4j.storage.ext4.FileContent;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarException;
import io.vic4j.storage.tar.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts layers into a file system, entry by entry, as their tars come.
 *
 * <p>A later entry of one name wins: whatever is no directory replaces what was there, a tree with
 * all that is in it; a directory replaces what was no directory, and else only gives it its
 * attributes. Missing parents are made, owned by root and with the time 1970. Hard links name what
 * is in the same layer, where its directories are found as {@link LayerTree#directory} finds them.
 */
final class LayerApplier {
  private static final Logger log = LoggerFactory.getLogger(LayerApplier.class);

  private final Ext4Writer fs;
  private final LayerTree tree;
  private final LayerBudget budget;
  private long entries;

  /**
   * Begins with an empty file system.
   *
   * @param overlaid whether the file system is to be laid over others, so that whiteouts are kept
   */
  LayerApplier(Ext4Writer fs, boolean overlaid, LayerBudget budget) {
    this.fs = fs;
    this.budget = budget;
    this.tree = new LayerTree(fs, overlaid, budget);
  }

  /** How many entries all layers had so far. */
  long entries() {
    return entries;
  }

  /** Applies one layer over those that were applied before it. */
  void apply(InputStream layer) throws IOException {
    tree.beginLayer();
    TarReader tar = new TarReader(layer);
    budget.current(null);
    while (tar.next()) {
      TarEntry entry = tar.entry();
      budget.current(entry.name());
      budget.countEntry(entry.name());
      entries++;
      try {
        apply(tar, entry);
      } catch (Ext4LimitException e) {
        throw translate(e, entry.name());
      }
    }
    budget.current(null);
  }

  /** Ends the last layer. */
  void finish() {
    tree.finish();
  }

  /** Tells which directories have no entry of their own; after {@link #finish}. */
  void listImplied(ImpliedList list) {
    tree.listImplied(list);
  }

  /** Whether the root has no entry of its own. */
  boolean isRootImplied() {
    return tree.isRootImplied();
  }

  /** The error of this module for a tar that cannot be read on. */
  static LayerException translate(TarException e) {
    Reason reason =
        switch (e.reason()) {
          case TRUNCATED -> Reason.TRUNCATED;
          case MALFORMED -> Reason.MALFORMED;
        };
    return new LayerException(
        reason,
        e.entry().map(ByteString::toString).orElse(null),
        "layer is damaged: " + e.getMessage(),
        e);
  }

  /** The error of this module for an entry that ext4 cannot keep. */
  static LayerException translate(Ext4LimitException e, ByteString entry) {
    boolean full = e.limit() == Ext4LimitException.Limit.FILE_SYSTEM_SIZE;
    return new LayerException(
        full ? Reason.LIMIT_EXCEEDED : Reason.UNSUPPORTED_ENTRY,
        entry.toString(),
        "entry '" + entry + "' cannot be kept: " + e.getMessage(),
        e);
  }

  private void apply(TarReader tar, TarEntry entry) throws IOException {
    EntryPath path = EntryPath.of(entry.name(), "entry", entry.name(), budget.limits());
    Optional<Whiteout> whiteout = Whiteout.of(path);
    if (whiteout.isPresent()) {
      apply(path, whiteout.get());
    } else if (path.isRoot()) {
      if (entry.type() != TarEntry.Type.DIRECTORY) {
        throw failure(Reason.MALFORMED, entry, "is the root, but no directory", null);
      }
      tree.setAttributes(fs.root(), attributesOf(entry));
    } else {
      make(tar, entry, path);
    }
  }

  private void apply(EntryPath path, Whiteout whiteout) {
    switch (whiteout.kind()) {
      case NAME -> tree.whiteout(tree.directory(path.parents(), path.text()), whiteout.hidden());
      case OPAQUE -> {
        if (path.parents().isEmpty()) {
          log.warn("a layer hides all layers below it, which overlayfs does not do for the root");
        }
        tree.makeOpaque(tree.directory(path.parents(), path.text()));
      }
      case METADATA -> log.debug("left out what only aufs reads: '{}'", path.text());
    }
  }

  private void make(TarReader tar, TarEntry entry, EntryPath path) throws IOException {
    if (entry.type() == TarEntry.Type.OTHER) {
      throw failure(
          Reason.UNSUPPORTED_ENTRY,
          entry,
          "is of type '"
              + ByteString.of(String.valueOf(entry.typeFlag()))
              + "', which no file system has",
          null);
    }
    int parent = tree.directory(path.parents(), path.text());
    byte[] name = path.name().toByteArray();
    switch (entry.type()) {
      case DIRECTORY -> tree.makeDirectory(parent, path.name(), attributesOf(entry));
      case HARD_LINK -> link(entry, parent, path.name());
      case FILE -> {
        budget.countContent(entry.name(), entry.sizeBytes());
        Ext4Attributes attributes = attributesOf(entry);
        tree.clear(parent, path.name());
        tree.setOwn(fs.beginFile(parent, name, attributes));
        FileContent content = new FileContent(fs);
        tar.copyContent(content);
        content.end(entry.sizeBytes());
      }
      case SYMBOLIC_LINK -> {
        Ext4Attributes attributes = attributesOf(entry).withPermissions(0777);
        tree.clear(parent, path.name());
        ByteString target = entry.linkTarget().orElseThrow();
        tree.setOwnSymlink(fs.makeSymlink(parent, name, target.toByteArray(), attributes), target);
      }
      default -> {
        Ext4Attributes attributes = attributesOf(entry);
        tree.clear(parent, path.name());
        tree.setOwn(
            fs.makeDevice(
                parent,
                name,
                typeOf(entry),
                number(entry, entry.deviceMajor()),
                number(entry, entry.deviceMinor()),
                attributes));
      }
    }
  }

  private void link(TarEntry entry, int parent, ByteString name) {
    ByteString target = entry.linkTarget().orElseThrow();
    EntryPath path = EntryPath.of(target, "hard link target", entry.name(), budget.limits());
    OptionalInt node = path.isRoot() ? OptionalInt.of(fs.root()) : find(path, entry);
    if (node.isEmpty()) {
      throw missingTarget(entry);
    }
    if (tree.isDirectory(node.getAsInt())) {
      throw failure(
          Reason.MALFORMED, entry, "is a hard link to a directory, '" + target + "'", null);
    }
    OptionalInt there = tree.find(parent, name);
    if (there.equals(node)) {
      return; // A name of it already, or a link to itself, which tars do contain.
    }
    if (there.isPresent()) {
      tree.clear(parent, name);
      if (find(path, entry).isEmpty()) {
        throw missingTarget(entry); // It was in the tree that this link replaces.
      }
    }
    fs.link(parent, name.toByteArray(), node.getAsInt());
  }

  private OptionalInt find(EntryPath path, TarEntry entry) {
    OptionalInt directory = tree.findDirectory(path.parents(), entry.name());
    if (directory.isEmpty()) {
      return directory;
    }
    OptionalInt node = tree.find(directory.getAsInt(), path.name());
    return node.isPresent() && tree.isOwn(node.getAsInt()) ? node : OptionalInt.empty();
  }

  private static LayerException missingTarget(TarEntry entry) {
    return failure(
        Reason.MISSING_LINK_TARGET,
        entry,
        "is a hard link to '"
            + entry.linkTarget().orElseThrow()
            + "', which the layer does not have",
        null);
  }

  private static Ext4FileType typeOf(TarEntry entry) {
    return switch (entry.type()) {
      case CHARACTER_DEVICE -> Ext4FileType.CHARACTER_DEVICE;
      case BLOCK_DEVICE -> Ext4FileType.BLOCK_DEVICE;
      case FIFO -> Ext4FileType.FIFO;
      default -> throw new IllegalArgumentException("not a special file: " + entry);
    };
  }

  private static int number(TarEntry entry, long number) {
    if (number < 0 || number > Integer.MAX_VALUE) {
      throw failure(Reason.UNSUPPORTED_ENTRY, entry, "has the device number " + number, null);
    }
    return (int) number;
  }

  private static Ext4Attributes attributesOf(TarEntry entry) {
    Instant modified = entry.modified();
    return new Ext4Attributes(
        entry.mode(),
        entry.uid(),
        entry.gid(),
        modified,
        entry.accessed().orElse(modified),
        entry.changed().orElse(modified),
        modified,
        xattrsOf(entry));
  }

  private static Ext4Xattrs xattrsOf(TarEntry entry) {
    Ext4Xattrs xattrs = Ext4Xattrs.none();
    for (ByteString key : entry.xattrs().keySet()) {
      String name = new String(key.toByteArray(), StandardCharsets.UTF_8);
      if (Ext4Xattrs.canKeep(name) && !name.startsWith(LayerTree.OVERLAY_XATTRS)) {
        xattrs = xattrs.with(name, entry.xattrs().get(key).toByteArray());
      } else {
        // Such as com.apple.provenance: Linux refuses them on every file system, so unpackers do.
        // And what a layer has to say to overlayfs, it says by whiteouts.
        log.warn("left out extended attribute '{}' of '{}'", name, entry.name());
      }
    }
    return xattrs;
  }

  private static LayerException failure(
      Reason reason, TarEntry entry, String message, @Nullable Throwable cause) {
    return new LayerException(
        reason, entry.name().toString(), "entry '" + entry.name() + "' " + message, cause);
  }
}
