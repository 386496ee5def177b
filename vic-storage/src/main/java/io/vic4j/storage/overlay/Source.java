package io.vic4j.storage.overlay;

import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.tar.ByteString;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Something on a disk that is to be copied to another one, with all that is below it. */
interface Source {
  /** The disk that has it. */
  DiskFiles disk();

  /** It, as the disk has it. */
  Ext4Node node();

  /** The names in this directory, some of which may lead nowhere, in the order of their bytes. */
  Set<ByteString> names();

  /** What has this name in this directory. */
  Optional<Source> child(ByteString name);

  /** The attributes of a copy of it. */
  Ext4Attributes attributes();

  /** Where this symbolic link leads; empty of all else. */
  default Optional<ByteString> linkTarget() {
    return node().type() == Ext4FileType.SYMLINK
        ? Optional.of(disk().named(() -> disk().fs().target(node())))
        : Optional.empty();
  }

  /** As it stands on the disk, overlayfs's marks included. */
  static Source raw(DiskFiles disk, Ext4Node node) {
    return new Raw(disk, node);
  }

  /** As overlayfs shows it. */
  static Source merged(MergedNode node) {
    return new Merged(node);
  }

  /** What one disk has. */
  final class Raw implements Source {
    private final DiskFiles disk;
    private final Ext4Node node;
    private @Nullable SortedMap<ByteString, Long> names;

    private Raw(DiskFiles disk, Ext4Node node) {
      this.disk = disk;
      this.node = node;
    }

    @Override
    public DiskFiles disk() {
      return disk;
    }

    @Override
    public Ext4Node node() {
      return node;
    }

    @Override
    public Ext4Attributes attributes() {
      return node.attributes();
    }

    private SortedMap<ByteString, Long> inodes() {
      SortedMap<ByteString, Long> known = names;
      if (known == null) {
        known = disk.named(() -> disk.fs().names(node));
        names = known;
      }
      return known;
    }

    @Override
    public Set<ByteString> names() {
      return inodes().keySet();
    }

    @Override
    public Optional<Source> child(ByteString name) {
      return Optional.ofNullable(inodes().get(name))
          .map(inode -> new Raw(disk, disk.named(() -> disk.fs().node(inode))));
    }
  }

  /** What a stack of disks has. */
  record Merged(MergedNode merged) implements Source {
    @Override
    public DiskFiles disk() {
      return merged.top().disk();
    }

    @Override
    public Ext4Node node() {
      return merged.top().node();
    }

    @Override
    public Ext4Attributes attributes() {
      return OverlayMarks.copiedUp(node().attributes());
    }

    @Override
    public Set<ByteString> names() {
      return merged.names();
    }

    @Override
    public Optional<Source> child(ByteString name) {
      return merged.child(name).map(Merged::new);
    }
  }
}
