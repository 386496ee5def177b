package io.vic4j.testkit.contract;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.DiskAttachment.Role;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.ext4.Ext4Options;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.ext4.Ext4Xattrs;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * What a container is to have written, put on its disk in the guest's stead: the flat extent is
 * written anew. For datastores whose disks are plain files.
 */
public final class WrittenScratch {
  private static final Instant TIME = Instant.ofEpochSecond(1_700_000_000);

  private final Ext4Writer fs;
  private final int top;

  private WrittenScratch(Ext4Writer fs, int top) {
    this.fs = fs;
    this.top = top;
  }

  /** Something to write. */
  @FunctionalInterface
  public interface Content {
    /** Writes it. */
    void writeTo(WrittenScratch disk);
  }

  /** Writes what the one session of a VM wrote over its layers, which replaces what was there. */
  public static void write(Datastore datastore, ContainerVmSpec vm, Content content) {
    DiskAttachment disk =
        vm.disks().stream().filter(it -> it.role() == Role.SCRATCH).findFirst().orElseThrow();
    write(datastore, disk, content);
  }

  /** Writes what a session wrote to its own disk, which replaces what was there. */
  public static void write(Datastore datastore, DiskAttachment scratch, Content content) {
    write(datastore, scratch, "upper", content);
  }

  /** Writes what is on a volume, which replaces what was there. */
  public static void writeVolume(Datastore datastore, DiskAttachment volume, Content content) {
    write(datastore, volume, "", content);
  }

  private static void write(
      Datastore datastore, DiskAttachment disk, String folder, Content content) {
    String vmdk = disk.vmdk().name();
    DatastorePath extent =
        disk.vmdk()
            .parent()
            .resolve(vmdk.substring(0, vmdk.length() - ".vmdk".length()) + "-flat.vmdk");
    long sizeBytes = datastore.stat(extent).orElseThrow().sizeBytes();
    datastore.delete(extent);
    Ext4Options options = Ext4Options.builder(disk.fileSystem()).sizeBytes(sizeBytes).build();
    try (DatastoreWriter writer = datastore.create(extent);
        Ext4Writer fs = Ext4Writer.create(writer, options)) {
      int top =
          folder.isEmpty()
              ? fs.root()
              : fs.makeDirectory(fs.root(), bytes(folder), attributes(0755));
      content.writeTo(new WrittenScratch(fs, top));
      fs.finish();
      writer.commit();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Ext4Attributes attributes(int permissions) {
    return Ext4Attributes.of(permissions, 0, 0, TIME);
  }

  /** The directory above a path; those that are not there are made. */
  private int parent(String path) {
    int at = top;
    int slash = path.lastIndexOf('/');
    if (slash > 0) {
      for (String name : path.substring(0, slash).split("/", -1)) {
        int above = at;
        at =
            fs.find(above, bytes(name))
                .orElseGet(() -> fs.makeDirectory(above, bytes(name), attributes(0755)));
      }
    }
    return at;
  }

  private static byte[] name(String path) {
    return bytes(path.substring(path.lastIndexOf('/') + 1));
  }

  /** A file that holds this text. */
  public WrittenScratch file(String path, String text) {
    int unused = fs.beginFile(parent(path), name(path), attributes(0640));
    fs.write(bytes(text), 0, bytes(text).length);
    fs.endFile();
    return this;
  }

  /** A further name of something that was written before. */
  public WrittenScratch hardLink(String path, String target) {
    fs.link(parent(path), name(path), fs.find(parent(target), name(target)).orElseThrow());
    return this;
  }

  /** A symbolic link. */
  public WrittenScratch symlink(String path, String target) {
    int unused = fs.makeSymlink(parent(path), name(path), bytes(target), attributes(0777));
    return this;
  }

  /** What overlayfs leaves where a name of a layer is deleted. */
  public WrittenScratch whiteout(String path) {
    int unused =
        fs.makeDevice(parent(path), name(path), Ext4FileType.CHARACTER_DEVICE, 0, 0, attributes(0));
    return this;
  }

  /** A directory that hides what the layers have in it. */
  public WrittenScratch opaque(String path) {
    Ext4Xattrs marks =
        Ext4Xattrs.none()
            .with("trusted.overlay.opaque", bytes("y"))
            .with("trusted.overlay.origin", bytes("x"))
            .with("user.note", bytes("kept"));
    int unused = fs.makeDirectory(parent(path), name(path), attributes(0711).withXattrs(marks));
    return this;
  }
}
