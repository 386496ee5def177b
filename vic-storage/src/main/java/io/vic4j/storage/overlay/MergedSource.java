package io.vic4j.storage.overlay;

import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.tar.ByteString;
import java.util.Optional;
import java.util.Set;

/** What a stack of disks has, as overlayfs copies it. */
record MergedSource(MergedNode merged) implements Source {
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
    return merged.child(name).map(MergedSource::new);
  }
}
