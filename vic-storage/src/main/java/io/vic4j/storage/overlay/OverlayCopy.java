package io.vic4j.storage.overlay;

import io.vic4j.core.CorruptException;
import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.TmpfsMount;
import io.vic4j.core.vm.VolumeMount;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.overlay.DiskFiles.Kind;
import io.vic4j.storage.tar.ByteString;
import io.vic4j.storage.vmdk.ReplacedDisk;
import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Files that are copied into the root file system of a machine that is off: to its scratch disk, as
 * overlayfs would have written them there, and to volumes where the tar leads into them. Needs no
 * mount.
 *
 * <pre>{@code
 * try (OverlayCopy copy = OverlayCopy.open(datastore, ids, clock, spec, "main")) {
 *   copy.copyIn("/etc/app", tarStream);
 *   copy.publish(() -> requireOff(machine));
 * }
 * }</pre>
 *
 * <p>Each disk that changes is written anew, beside the one that there is, and takes its place with
 * {@link #publish}: so it costs as much as there is on the disk. All of a copy is seen, or nothing;
 * only a program that ends while it publishes may leave it on some of the disks. Inode flags, such
 * as that a file is immutable, are not carried over.
 *
 * <p><b>A disk that has never been used</b> is written as its guest would have: the session's root
 * has the attributes of the image's, and an empty volume that is to be given what the image has at
 * its path is given that first.
 *
 * <p><b>The machine must be off</b>, and nobody else write its volumes. Errors are those of {@link
 * OverlayFiles}, and {@link io.vic4j.core.OutOfSpaceException} if a file system is full. For one
 * copy, by one thread. Closing it without {@code publish} changes nothing.
 */
public final class OverlayCopy implements AutoCloseable {
  private static final ByteString UPPER = ByteString.of("upper");
  private static final int ROOT_MODE = 0755;

  private final Datastore datastore;
  private final Staging staging;
  private final InstantSource clock;
  private final ContainerVmSpec spec;
  private final SessionSpec session;
  private final List<DiskFiles> layers = new ArrayList<>();
  private final Map<UUID, DraftDisk> drafts = new HashMap<>();
  private @Nullable DraftTree tree;

  private OverlayCopy(
      Datastore datastore,
      IdSource ids,
      InstantSource clock,
      ContainerVmSpec spec,
      SessionSpec session) {
    this.datastore = datastore;
    this.staging = Staging.in(datastore, ids);
    this.clock = clock;
    this.spec = spec;
    this.session = session;
  }

  /**
   * Begins a copy to what a session of a machine sees.
   *
   * @param datastore where the machine's disks are
   * @param ids where the names of temporary folders come from
   * @param clock what the time of a change is
   * @param spec the machine
   * @param session the name of one of its sessions
   * @throws io.vic4j.core.NotFoundException if it has no such session, or a disk is not there
   * @throws io.vic4j.core.UnsupportedException if a disk that it writes is no flat one
   */
  public static OverlayCopy open(
      Datastore datastore,
      IdSource ids,
      InstantSource clock,
      ContainerVmSpec spec,
      String session) {
    OverlayCopy copy =
        new OverlayCopy(datastore, ids, clock, spec, OverlayFiles.session(spec, session));
    try {
      copy.tree = copy.assemble();
      return copy;
    } catch (RuntimeException e) {
      copy.close();
      throw e;
    }
  }

  /**
   * Gives the disks that a machine writes their places back, should a program have ended while it
   * was about to replace them: see {@link ReplacedDisk#settle}.
   *
   * @return whether one had lost its place
   */
  public static boolean settle(Datastore datastore, ContainerVmSpec spec) {
    boolean settled = false;
    for (DiskAttachment disk : spec.disks()) {
      if (!disk.role().isReadOnly()) {
        settled |= ReplacedDisk.settle(datastore, disk.vmdk());
      }
    }
    return settled;
  }

  private DraftTree assemble() {
    List<MergedNode.Copy> roots = new ArrayList<>();
    for (int i = session.layers().size() - 1; i >= 0; i--) {
      DiskFiles layer =
          DiskFiles.open(
              datastore, OverlayFiles.disk(spec, session.layers().get(i)).vmdk(), Kind.LAYER);
      layers.add(layer);
      roots.add(new MergedNode.Copy(layer, layer.root()));
    }
    @Nullable MergedNode image = roots.isEmpty() ? null : MergedNode.root(roots);
    Optional<DraftDisk> scratch =
        session.scratch().map(it -> draft(OverlayFiles.disk(spec, it), Kind.LAYER));
    Optional<Source> upper = scratch.flatMap(OverlayCopy::upper);
    upper.ifPresent(it -> roots.add(0, new MergedNode.Copy(it.disk(), it.node())));
    Ext4Attributes attributes =
        upper
            .or(() -> Optional.ofNullable(image).map(Source::merged))
            .map(Source::attributes)
            .orElseGet(() -> Ext4Attributes.of(ROOT_MODE, 0, 0, clock.instant()));
    DraftFolder root =
        new DraftFolder(
            scratch.orElse(null),
            scratch.map(DraftDisk::top).orElse(null),
            UPPER,
            upper.orElse(null),
            image,
            attributes);
    DraftTree assembled = new DraftTree(root, session.readOnlyRoot() || scratch.isEmpty());
    mount(assembled, roots.isEmpty() ? Optional.empty() : Optional.of(MergedNode.root(roots)));
    return assembled;
  }

  private DraftDisk draft(DiskAttachment disk, Kind kind) {
    DraftDisk known = drafts.get(disk.fileSystem());
    if (known == null) {
      Optional<ReplacedDisk> replaced =
          disk.role().isReadOnly()
              ? Optional.empty()
              : Optional.of(ReplacedDisk.of(datastore, staging, disk.vmdk()));
      known = DraftDisk.open(datastore, disk.vmdk(), kind, replaced);
      drafts.put(disk.fileSystem(), known);
    }
    return known;
  }

  private static Optional<Source> upper(DraftDisk scratch) {
    Optional<Source> upper = scratch.root().child(UPPER);
    if (upper.isPresent() && !upper.get().node().isDirectory()) {
      throw upper.get().disk().damaged(new CorruptException("its /upper is no directory", null));
    }
    return upper;
  }

  /** Mounts all that a guest mounts, in its order. */
  private void mount(DraftTree target, Optional<MergedNode> root) {
    Optional<MountedTree> shown = root.map(MountedTree::new);
    for (TmpfsMount each : session.tmpfs()) {
      target.mountMemory(each.path());
    }
    for (VolumeMount each : session.mounts()) {
      if (OverlayFiles.isInMemory(spec, each.fileSystem())) {
        target.mountMemory(each.path());
      } else {
        DiskAttachment disk = OverlayFiles.disk(spec, each.fileSystem());
        boolean readOnly = disk.role().isReadOnly();
        DraftDisk volume = draft(disk, Kind.VOLUME);
        Optional<DraftNode> part = part(volume, each.subPath(), readOnly);
        if (each.seeded() && !readOnly && part.filter(DraftFolder.class::isInstance).isPresent()) {
          shown
              .flatMap(it -> it.resolve(each.path(), true).node())
              .filter(MergedNode::isDirectory)
              .ifPresent(it -> volume.seed(Source.merged(it)));
        }
        part.ifPresent(it -> target.mount(each.path(), it, readOnly || each.readOnly()));
        shown.ifPresent(it -> mountShown(it, each, volume));
      }
    }
  }

  private static void mountShown(MountedTree shown, VolumeMount mount, DraftDisk volume) {
    MergedNode all =
        MergedNode.root(List.of(new MergedNode.Copy(volume.old(), volume.root().node())));
    new MountedTree(all)
        .resolve(mount.subPath(), true)
        .node()
        .ifPresent(it -> shown.mount(mount.path(), it));
  }

  /** What of a volume is mounted. A folder that is missing is made as soon as it is needed. */
  private Optional<DraftNode> part(DraftDisk volume, String subPath, boolean readOnly) {
    DraftTree alone = new DraftTree(volume.top(), readOnly);
    List<ByteString> names = PathWalk.split(ByteString.of(subPath));
    Optional<DraftNode> found = alone.find(alone.root(), names, true).node();
    if (found.isPresent() || readOnly) {
      return found;
    }
    Ext4Attributes attributes =
        Ext4Attributes.of(volume.root().node().attributes().permissions(), 0, 0, clock.instant());
    return alone
        .makeFolders(alone.root(), names, (folder, name) -> folder.plan(name, attributes))
        .node();
  }

  /**
   * Unpacks a tar: with owners, permissions, times, extended attributes but those of overlayfs,
   * hard links and devices. What is there is replaced; a folder is joined with the one that is
   * there, and gives it its attributes; missing folders are made. Names in the tar, and links that
   * they lead over, stay below the folder.
   *
   * @param folder where to: absolute, a folder that is there
   * @param tar read to its end; stays the caller's
   * @throws io.vic4j.core.NotFoundException if there is no such folder, or a hard link's target is
   *     not there
   * @throws io.vic4j.core.ConflictException if something would be written where that cannot be: to
   *     a root or a volume that is read-only, to what is in memory, over a folder that holds
   *     something, or over a place where a volume is
   * @throws InvalidArgumentException if it is no tar, or has something that ext4 cannot keep
   * @throws IOException what the stream throws
   */
  public void copyIn(String folder, InputStream tar) throws IOException {
    if (!folder.startsWith("/") || folder.indexOf('\0') >= 0) {
      throw new InvalidArgumentException("'" + folder + "' is no absolute path");
    }
    DraftTree files = tree;
    if (files == null) {
      throw new IllegalStateException("one tar is copied, and that only once");
    }
    tree = null;
    new TarUnpacking(files, files.folder(folder), clock.instant()).unpack(tar);
    for (DraftDisk draft : drafts.values()) {
      draft.finish(clock.instant());
    }
  }

  /** The disks that have changed, and are replaced by {@link #publish}. */
  public Set<DatastorePath> disks() {
    Set<DatastorePath> changed = new LinkedHashSet<>();
    changed().forEach(it -> changed.add(it.path()));
    return changed;
  }

  private List<ReplacedDisk> changed() {
    return drafts.values().stream()
        .filter(DraftDisk::isChanged)
        .flatMap(it -> it.replaced().stream())
        .sorted((one, other) -> one.path().compareTo(other.path()))
        .toList();
  }

  /**
   * Puts the changed disks in place.
   *
   * @param check is run when nobody can open them any more; if it throws, they are as they were
   * @throws io.vic4j.core.ConflictException if somebody else has changed one since this was opened
   */
  public void publish(Runnable check) {
    ReplacedDisk.publish(changed(), check);
  }

  @Override
  public void close() {
    tree = null;
    drafts.values().forEach(DraftDisk::close);
    layers.forEach(DiskFiles::close);
  }
}
