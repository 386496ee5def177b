package io.vic4j.storage.overlay;

import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.tar.ByteString;
import java.util.Optional;
import java.util.Set;

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
    return new RawSource(disk, node);
  }

  /** As overlayfs shows it. */
  static Source merged(MergedNode node) {
    return new MergedSource(node);
  }
}
