package io.vic4j.storage.overlay;

import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.tar.ByteString;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** What one disk has, as it is. */
final class RawSource implements Source {
  private final DiskFiles disk;
  private final Ext4Node node;
  private @Nullable SortedMap<ByteString, Long> names;

  RawSource(DiskFiles disk, Ext4Node node) {
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
        .map(inode -> new RawSource(disk, disk.named(() -> disk.fs().node(inode))));
  }
}
