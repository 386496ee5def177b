package io.vic4j.storage;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.ext4.Ext4Reader;
import io.vic4j.storage.ext4.Ext4Xattrs;
import io.vic4j.storage.tar.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** What overlayfs shows of a stack of disks, said in few words and without a mount. */
final class OverlayModel {
  private record Place(Ext4Reader fs, Ext4Node node) {}

  private final SortedMap<String, String> lines = new TreeMap<>();

  private OverlayModel() {}

  /** What is at each path; the root is at the empty one. */
  static SortedMap<String, String> of(Datastore datastore, List<LayerDisk> lowestFirst) {
    List<DatastoreReader> readers = new ArrayList<>();
    try {
      List<Place> roots = new ArrayList<>();
      for (LayerDisk disk : lowestFirst) {
        DatastoreReader reader = datastore.open(disk.extentPath());
        readers.add(reader);
        Ext4Reader fs = Ext4Reader.open(reader);
        roots.add(new Place(fs, fs.root()));
      }
      Collections.reverse(roots);
      OverlayModel model = new OverlayModel();
      model.show("", roots);
      return model.lines;
    } finally {
      readers.forEach(DatastoreReader::close);
    }
  }

  private void show(String path, List<Place> uppermostFirst) {
    Place top = uppermostFirst.get(0);
    lines.put(path, describe(top));
    if (!top.node.isDirectory()) {
      return;
    }
    TreeSet<ByteString> names = new TreeSet<>();
    uppermostFirst.forEach(place -> names.addAll(place.fs.list(place.node)));
    for (ByteString name : names) {
      List<Place> children = new ArrayList<>();
      for (Place place : uppermostFirst) {
        Optional<Ext4Node> child = place.fs.find(place.node, name);
        if (child.isPresent()) {
          if (children.isEmpty() || child.get().isDirectory()) {
            children.add(new Place(place.fs, child.get()));
          }
          if (!child.get().isDirectory() || isOpaque(child.get())) {
            break;
          }
        }
      }
      if (!isWhiteout(children.get(0).node)) {
        show(path + "/" + name, children);
      }
    }
  }

  private static boolean isOpaque(Ext4Node node) {
    return node.attributes().xattrs().names().contains("trusted.overlay.opaque");
  }

  private static boolean isWhiteout(Ext4Node node) {
    return node.type() == Ext4FileType.CHARACTER_DEVICE
        && node.deviceMajor() == 0
        && node.deviceMinor() == 0;
  }

  private static String describe(Place place) {
    Ext4Attributes attributes = place.node.attributes();
    Ext4Xattrs xattrs = attributes.xattrs().without("trusted.overlay.opaque");
    String what = place.node.type() + " " + attributes.withXattrs(xattrs);
    return switch (place.node.type()) {
      case DIRECTORY -> what;
      case SYMLINK -> what + " to " + place.fs.target(place.node);
      default -> what + " " + place.node.sizeBytes() + " bytes";
    };
  }
}
