package io.vic4j.storage.overlay;

import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.ext4.Ext4Xattrs;
import io.vic4j.storage.tar.ByteString;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A folder of a {@link DraftDisk}: what will be in it, and what is shown of it. It comes to be in
 * the new file system when it is first changed; one that is not is copied as it is.
 */
final class DraftFolder implements DraftNode {
  /** Null if it is in a root that has no disk to write on. */
  private final @Nullable DraftDisk disk;

  private final @Nullable DraftFolder parent;
  private final ByteString name;

  /** What it is copied from; null if it is new or comes from the layers. */
  private final @Nullable Source source;

  /** What the layers below the disk's own have at its place and overlayfs joins with it. */
  private final @Nullable MergedNode lower;

  private Ext4Attributes attributes;
  private OptionalInt node = OptionalInt.empty();
  private boolean changed;
  private @Nullable Instant modified;

  /** The names of the source that are still to be copied; null before somebody wants to know. */
  private @Nullable SortedSet<ByteString> left;

  /** What else is to be copied here. */
  private final SortedMap<ByteString, Source> added = new TreeMap<>();

  private final Map<ByteString, DraftFolder> folders = new HashMap<>();

  /** Where the symbolic links lead that were made here. */
  private final Map<ByteString, ByteString> links = new HashMap<>();

  DraftFolder(
      @Nullable DraftDisk disk,
      @Nullable DraftFolder parent,
      ByteString name,
      @Nullable Source source,
      @Nullable MergedNode lower,
      Ext4Attributes attributes) {
    this.disk = disk;
    this.parent = parent;
    this.name = name;
    this.source = source;
    this.lower = lower;
    this.attributes = attributes;
  }

  @Override
  public DraftDisk disk() {
    if (disk == null) {
      throw new IllegalStateException("'" + name + "' has no disk to be written to");
    }
    return disk;
  }

  @Override
  public Optional<ByteString> linkTarget() {
    return Optional.empty();
  }

  private SortedSet<ByteString> left() {
    SortedSet<ByteString> known = left;
    if (known == null) {
      known = source == null ? new TreeSet<>() : new TreeSet<>(source.names());
      left = known;
    }
    return known;
  }

  /** What has this name. */
  Optional<DraftNode> child(ByteString childName) {
    DraftNode folder = folders.get(childName);
    if (folder != null) {
      return Optional.of(folder);
    }
    OptionalInt leaf = written(childName);
    if (leaf.isPresent()) {
      return Optional.of(DraftLeaf.made(this, childName, leaf.getAsInt(), links.get(childName)));
    }
    Optional<Source> copied = sourceOf(childName);
    Optional<MergedNode> below = Optional.ofNullable(lower).flatMap(it -> it.child(childName));
    if (copied.isEmpty()) {
      return below.map(it -> below(childName, it));
    }
    Source child = copied.get();
    if (disk().isWhiteout(child)) {
      return Optional.empty();
    }
    disk().requireWhole(child);
    if (!child.node().isDirectory()) {
      return Optional.of(DraftLeaf.copied(this, childName, child, false));
    }
    MergedNode joined =
        OverlayMarks.isOpaque(child.node())
            ? null
            : below.filter(MergedNode::isDirectory).orElse(null);
    return Optional.of(folder(childName, child, joined, child.attributes()));
  }

  /** What was written of this name to the new file system. */
  private OptionalInt written(ByteString childName) {
    return node.isEmpty() ? node : disk().fs().find(node.getAsInt(), childName.toByteArray());
  }

  private Optional<Source> sourceOf(ByteString childName) {
    Source other = added.get(childName);
    if (other != null) {
      return Optional.of(other);
    }
    return source != null && left().contains(childName)
        ? source.child(childName)
        : Optional.empty();
  }

  private DraftNode below(ByteString childName, MergedNode found) {
    Source copied = Source.merged(found);
    return found.isDirectory()
        ? folder(childName, null, found, copied.attributes())
        : DraftLeaf.copied(this, childName, copied, true);
  }

  private DraftFolder folder(
      ByteString childName,
      @Nullable Source from,
      @Nullable MergedNode joined,
      Ext4Attributes given) {
    DraftFolder folder = new DraftFolder(disk, this, childName, from, joined, given);
    folders.put(childName, folder);
    return folder;
  }

  /** Whether nothing is shown in it. */
  boolean isEmpty() {
    Set<ByteString> names = new TreeSet<>(left());
    names.addAll(added.keySet());
    names.addAll(folders.keySet());
    if (node.isPresent()) {
      disk().fs().names(node.getAsInt()).forEach(it -> names.add(ByteString.of(it)));
    }
    if (lower != null) {
      names.addAll(lower.names());
    }
    return names.stream().noneMatch(it -> child(it).isPresent());
  }

  /** The node in the new file system, which is made if need be, as those above it are. */
  int node() {
    if (node.isEmpty()) {
      if (parent == null) {
        node = OptionalInt.of(disk().begin(attributes));
      } else {
        int above = parent.node();
        parent.left().remove(name);
        parent.added.remove(name);
        node = OptionalInt.of(disk().fs().makeDirectory(above, name.toByteArray(), attributes));
      }
      disk().entered(this);
    }
    return node.getAsInt();
  }

  /** Takes away what has this name, so that something else can have it. */
  void clear(ByteString childName) {
    left().remove(childName);
    added.remove(childName);
    links.remove(childName);
    DraftFolder folder = folders.remove(childName);
    if (folder != null) {
      disk().dropped(folder);
    }
    if (written(childName).isPresent()) {
      disk().fs().remove(node(), childName.toByteArray());
    }
  }

  /**
   * A new folder, where nothing is shown. It hides what the layers have of its name.
   *
   * @param given what it is given when it is first changed
   */
  DraftFolder plan(ByteString childName, Ext4Attributes given) {
    boolean hides =
        sourceOf(childName).filter(it -> disk().isWhiteout(it)).isPresent()
            || Optional.ofNullable(lower)
                .flatMap(it -> it.child(childName))
                .filter(MergedNode::isDirectory)
                .isPresent();
    return folder(childName, null, null, hides ? OverlayMarks.opaque(given) : given);
  }

  /** Makes a new folder, where nothing is shown. */
  DraftFolder make(ByteString childName, Ext4Attributes given) {
    changed = true;
    DraftFolder folder = plan(childName, given);
    int unused = folder.node();
    return folder;
  }

  /** The node in the new file system, for something that will be in it. */
  int begin() {
    changed = true;
    return node();
  }

  /** Says where a symbolic link leads that was made here. */
  void leads(ByteString childName, ByteString target) {
    links.put(childName, target);
  }

  /** Makes one more name of something that is no folder, of the same disk. */
  void link(ByteString childName, DraftLeaf leaf) {
    int here = begin();
    if (leaf.node().isPresent()) {
      disk().fs().link(here, childName.toByteArray(), leaf.node().getAsInt());
      leaf.linkTarget().ifPresent(it -> links.put(childName, it));
      return;
    }
    Source source = leaf.source();
    disk().copies().share(source);
    if (leaf.isBelow()) { // It comes up to the disk, under its own name as well.
      int unused = leaf.folder().node();
      leaf.folder().added.put(leaf.name(), source);
    }
    added.put(childName, source);
  }

  /** Has what is in another folder copied here, and takes its attributes. */
  void fill(Source other) {
    attributes = other.attributes();
    for (ByteString each : other.names()) {
      Optional<Source> child = other.child(each);
      if (child.isPresent()) {
        left().remove(each);
        added.put(each, child.get());
      }
    }
  }

  /** Gives it other attributes; extended ones are added to those that it has. */
  void setAttributes(Ext4Attributes given) {
    int here = node();
    Ext4Attributes old = disk().fs().attributes(here);
    attributes = withAll(given, old);
    disk().fs().setAttributes(here, attributes);
    modified = given.modified();
  }

  /** Writes what is to be copied into it, and its times. */
  void finish(Instant now) throws IOException {
    Ext4Writer fs = disk().fs();
    int here = node();
    for (ByteString each : left()) {
      if (source != null) {
        Optional<Source> child = source.child(each);
        if (child.isPresent()) {
          disk().copies().copy(child.get(), here, each);
        }
      }
    }
    for (Map.Entry<ByteString, Source> each : added.entrySet()) {
      disk().copies().copy(each.getValue(), here, each.getKey());
    }
    if (changed || modified != null) { // What was put into folders has changed their times.
      Instant time = modified == null ? now : modified;
      fs.setAttributes(here, changed(fs.attributes(here), time, now));
    }
  }

  private static Ext4Attributes withAll(Ext4Attributes given, Ext4Attributes old) {
    Ext4Xattrs xattrs = old.xattrs();
    for (String each : given.xattrs().names()) {
      xattrs = xattrs.with(each, given.xattrs().value(each).orElseThrow());
    }
    return new Ext4Attributes(
        given.permissions(),
        given.uid(),
        given.gid(),
        given.modified(),
        given.accessed(),
        given.changed(),
        old.created(),
        xattrs);
  }

  private static Ext4Attributes changed(Ext4Attributes of, Instant modified, Instant now) {
    return new Ext4Attributes(
        of.permissions(),
        of.uid(),
        of.gid(),
        modified,
        of.accessed(),
        now,
        of.created(),
        of.xattrs());
  }
}
