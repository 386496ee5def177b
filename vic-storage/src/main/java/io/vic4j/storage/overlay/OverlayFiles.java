package io.vic4j.storage.overlay;

import io.vic4j.core.CorruptException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.VolumeMount;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Node;
import io.vic4j.storage.overlay.DiskFiles.Kind;
import io.vic4j.storage.overlay.MountedTree.Place;
import io.vic4j.storage.tar.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The root file system of a machine that is off, read from its disks: its layers and what it wrote
 * over them, joined as overlayfs joins them in the guest, and volumes at the places where they are
 * mounted. Needs no mount and changes nothing.
 *
 * <pre>{@code
 * try (OverlayFiles files =
 *     OverlayFiles.builder(datastore).layer(base).layer(app).scratch(scratch).open()) {
 *   files.copyOut("/var/log/app", tarStream);
 * }
 * }</pre>
 *
 * <p><b>What is shown.</b> The scratch disk's {@code /upper} is the uppermost layer; before the
 * first start there is none, and the image is shown as it is. Whiteouts and what opaque directories
 * hide are not shown, nor are overlayfs's own extended attributes. A disk that was not unmounted is
 * read as after a mount, its journal replayed.
 *
 * <p><b>Paths</b> begin at the root, whether they begin with a {@code /} or not. Symbolic links on
 * the way are followed within the root, which neither {@code ..} nor a link can leave. A path that
 * ends in {@code /} or {@code /.} is that of a directory, and a link there is followed, too.
 *
 * <p><b>The machine must be off</b>, and nobody else write its volumes: of a disk that changes
 * meanwhile, all that can be said is that it is read without harm. Disks may hold anything; what
 * cannot be read is reported as {@link CorruptException}, which names the disk, or {@link
 * io.vic4j.core.UnsupportedException}. All methods throw these, and what the datastore throws.
 *
 * <p>Memory is bounded by the names of the directories on the way to the one that is read. Not
 * thread-safe. The caller closes it.
 */
public final class OverlayFiles implements AutoCloseable {
  private static final ByteString UPPER = ByteString.of("upper");

  private final List<DiskFiles> disks;
  private final MountedTree tree;

  private OverlayFiles(List<DiskFiles> disks, MountedTree tree) {
    this.disks = disks;
    this.tree = tree;
  }

  /** Files of disks on this datastore. */
  public static Builder builder(Datastore datastore) {
    return new Builder(datastore);
  }

  /**
   * What a session of a machine sees, but for volumes in memory: they are gone.
   *
   * @param datastore where the machine's disks are
   * @param spec the machine
   * @param session the name of one of its sessions
   * @throws NotFoundException if it has no such session, or a disk is not there
   */
  public static OverlayFiles open(Datastore datastore, ContainerVmSpec spec, String session) {
    SessionSpec it = session(spec, session);
    Builder builder = builder(datastore);
    it.layers().forEach(layer -> builder.layer(disk(spec, layer).vmdk()));
    it.scratch().ifPresent(scratch -> builder.scratch(disk(spec, scratch).vmdk()));
    for (VolumeMount mount : it.mounts()) {
      if (!isInMemory(spec, mount.fileSystem())) {
        builder.volume(mount.path(), disk(spec, mount.fileSystem()).vmdk(), mount.subPath());
      }
    }
    return builder.open();
  }

  static SessionSpec session(ContainerVmSpec spec, String name) {
    return spec.sessions().stream()
        .filter(each -> each.name().equals(name))
        .findAny()
        .orElseThrow(() -> new NotFoundException("session", name));
  }

  static boolean isInMemory(ContainerVmSpec spec, UUID fileSystem) {
    return spec.memoryVolumes().stream().anyMatch(it -> it.fileSystem().equals(fileSystem));
  }

  static DiskAttachment disk(ContainerVmSpec spec, UUID fileSystem) {
    return spec.disks().stream()
        .filter(disk -> disk.fileSystem().equals(fileSystem))
        .findAny()
        .orElseThrow(() -> new NotFoundException("disk with file system", fileSystem.toString()));
  }

  /** What is at this path; a symbolic link itself, if the path ends there. */
  public Optional<FileStatus> find(String path) {
    return find(path, false);
  }

  /**
   * What is at this path.
   *
   * @param followLast whether a symbolic link at its end stands for what it points to
   */
  public Optional<FileStatus> find(String path, boolean followLast) {
    Place place = resolve(path, followLast);
    return place.node().map(node -> status(place.path(), node));
  }

  private static FileStatus status(ByteString path, MergedNode node) {
    Ext4Node shown = node.shown();
    return new FileStatus(
        path.isEmpty() ? ByteString.of("/") : path,
        shown.type(),
        shown.attributes(),
        shown.sizeBytes(),
        MountedTree.target(node),
        shown.deviceMajor(),
        shown.deviceMinor());
  }

  /**
   * The names in a directory, in the order of their bytes.
   *
   * @throws NotFoundException if there is no such directory
   */
  public List<ByteString> list(String directory) {
    Place place = resolve(directory, true);
    if (place.node().filter(MergedNode::isDirectory).isEmpty()) {
      throw new NotFoundException("directory", directory);
    }
    return tree.names(place).stream()
        .filter(name -> tree.child(place, name).node().isPresent())
        .toList();
  }

  /**
   * Reads a file from its start; a symbolic link there is followed. The caller closes the stream,
   * which is of no use when this is closed.
   *
   * @throws NotFoundException if there is no such file
   */
  public InputStream read(String file) {
    MergedNode.Copy top =
        resolve(file, true)
            .node()
            .map(MergedNode::top)
            .filter(copy -> copy.node().type() == Ext4FileType.FILE)
            .orElseThrow(() -> new NotFoundException("file", file));
    return top.disk().named(() -> top.disk().fs().read(top.node()));
  }

  /**
   * Writes what is at a path, and all below it, as a tar archive: pax, with extended attributes,
   * hard links and devices. The same disks make the same bytes.
   *
   * <p>As with {@code docker cp}, names in the archive begin with the path's last name: {@code
   * /var/log} gives {@code log/}, {@code log/app} and so on. Of the root, and of a path that ends
   * in {@code .} or {@code ..}, they begin below it, and the directory itself is {@code ./}.
   *
   * @param out stays the caller's to close
   * @return the names of sockets, which have no place in an archive and were left out
   * @throws NotFoundException if nothing is there
   * @throws IOException what the stream throws
   */
  public List<ByteString> copyOut(String path, OutputStream out) throws IOException {
    Place place = resolve(path);
    if (place.node().isEmpty()) {
      throw new NotFoundException("file", path);
    }
    return new OverlayTar(tree, out).write(place, ByteString.of(lastName(path)));
  }

  private Place resolve(String path) {
    return resolve(path, false);
  }

  private Place resolve(String path, boolean followLast) {
    if (path.indexOf('\0') >= 0) {
      throw new InvalidArgumentException("a path cannot have a NUL in it");
    }
    boolean directory = path.endsWith("/") || path.endsWith("/.");
    Place place = tree.resolve(path, followLast || directory);
    boolean wrong = directory && place.node().filter(MergedNode::isDirectory).isEmpty();
    return wrong ? new Place(place.path(), null) : place;
  }

  /** The last name of a path; empty where that is not a name. */
  private static String lastName(String path) {
    int end = path.length();
    while (end > 0 && path.charAt(end - 1) == '/') {
      end--;
    }
    String last = path.substring(path.lastIndexOf('/', end - 1) + 1, end);
    return last.equals(".") || last.equals("..") ? "" : last;
  }

  @Override
  public void close() {
    disks.forEach(DiskFiles::close);
  }

  /** Says which disks there are. For use by one thread. */
  public static final class Builder {
    private final Datastore datastore;
    private final List<DatastorePath> layers = new ArrayList<>();
    private @Nullable DatastorePath scratch;
    private final List<Volume> volumes = new ArrayList<>();

    private record Volume(String path, DatastorePath vmdk, String subPath) {}

    private Builder(Datastore datastore) {
      this.datastore = datastore;
    }

    /** One more layer, over those before. */
    public Builder layer(DatastorePath vmdk) {
      layers.add(vmdk);
      return this;
    }

    /** What was written over the layers. */
    public Builder scratch(DatastorePath vmdk) {
      this.scratch = vmdk;
      return this;
    }

    /** A volume that is mounted at this path, after those before. */
    public Builder volume(String path, DatastorePath vmdk) {
      return volume(path, vmdk, "");
    }

    /**
     * A part of a volume that is mounted at this path, after those before.
     *
     * @param subPath which file or folder of the volume: links in it lead to nowhere outside of the
     *     volume. Where it is not there nothing is mounted; the whole volume where empty
     */
    public Builder volume(String path, DatastorePath vmdk, String subPath) {
      volumes.add(new Volume(path, vmdk, subPath));
      return this;
    }

    /**
     * Opens all disks.
     *
     * @throws NotFoundException if one is not there
     * @throws IllegalStateException if there is neither a layer nor a scratch disk
     */
    public OverlayFiles open() {
      if (layers.isEmpty() && scratch == null) {
        throw new IllegalStateException("a root file system needs a layer or a scratch disk");
      }
      List<DiskFiles> opened = new ArrayList<>();
      try {
        List<MergedNode.Copy> roots = new ArrayList<>();
        if (scratch != null) {
          DiskFiles disk = add(opened, scratch, Kind.LAYER);
          upper(disk).ifPresent(upper -> roots.add(new MergedNode.Copy(disk, upper)));
        }
        for (int i = layers.size() - 1; i >= 0; i--) {
          DiskFiles disk = add(opened, layers.get(i), Kind.LAYER);
          roots.add(new MergedNode.Copy(disk, disk.root()));
        }
        if (roots.isEmpty()) {
          throw new NotFoundException("root file system", "scratch disk '" + scratch + "'");
        }
        MountedTree tree = new MountedTree(MergedNode.root(roots));
        for (Volume volume : volumes) {
          DiskFiles disk = add(opened, volume.vmdk, Kind.VOLUME);
          MergedNode all = MergedNode.root(List.of(new MergedNode.Copy(disk, disk.root())));
          new MountedTree(all)
              .resolve(volume.subPath, true)
              .node()
              .ifPresent(part -> tree.mount(volume.path, part));
        }
        return new OverlayFiles(List.copyOf(opened), tree);
      } catch (RuntimeException e) {
        opened.forEach(DiskFiles::close);
        throw e;
      }
    }

    private DiskFiles add(List<DiskFiles> opened, DatastorePath vmdk, Kind kind) {
      DiskFiles disk = DiskFiles.open(datastore, vmdk, kind);
      opened.add(disk);
      return disk;
    }

    private static Optional<Ext4Node> upper(DiskFiles scratch) {
      Optional<Ext4Node> upper = scratch.named(() -> scratch.fs().find(scratch.fs().root(), UPPER));
      if (upper.isPresent() && !upper.get().isDirectory()) {
        throw scratch.damaged(new CorruptException("its /upper is no directory", null));
      }
      return upper;
    }
  }
}
