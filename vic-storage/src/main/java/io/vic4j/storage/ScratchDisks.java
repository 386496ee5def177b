package io.vic4j.storage;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.Staging;
import io.vic4j.core.datastore.VirtualDisks;
import io.vic4j.storage.ext4.Ext4Options;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.vmdk.VmdkDescriptor;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Makes empty disks for machines to write on: scratch disks and volumes. What is not written yet is
 * a hole, so that a new disk takes next to nothing, whatever its capacity.
 *
 * <p>A datastore that {@linkplain VirtualDisks keeps virtual disks} gets each empty file system
 * once only, and copies it by itself from then on. These templates are {@code
 * scratch/<capacity>-<UUID>/scratch.vmdk}, shared by all who use the datastore; whoever finds one
 * missing makes it anew. There are as many as machines have scratch disks of different capacities
 * and {@linkplain #fileSystemUuid numbers}.
 *
 * <p>Thread-safe.
 */
public final class ScratchDisks {
  /*
   * To know whether a template is there would take a call, so nobody asks: the copy is tried. Only
   * where that finds none, the template is made, as a folder that is staged and published. Who
   * publishes second throws its own away, for both are the same.
   *
   * Where disks are files, each is written. But to lay out a file system takes longer than to write
   * the few blocks that it has, so those of the last kinds of disks are kept in memory.
   */
  private static final long MIN_BYTES = 16L << 20;
  private static final long MAX_BYTES = 8L << 40;
  private static final long MAX_SENT_BYTES = 2L << 40;
  private static final long BLOCK_BYTES = 4096;
  private static final DatastorePath TEMPLATES = DatastorePath.parse("scratch");
  private static final String TEMPLATE = "scratch";
  private static final int VOLUMES = 1000;
  private static final int MOST_RECORDED = 8;

  /** A larger disk has more than some 100 blocks: too much to keep. */
  private static final long MAX_RECORDED_BYTES = 32L << 30;

  private static final Set<UUID> OPEN_ROOTS =
      IntStream.rangeClosed(1, VOLUMES)
          .mapToObj(ScratchDisks::volumeUuid)
          .collect(Collectors.toUnmodifiableSet());

  private final Datastore datastore;
  private final Staging staging;
  private final SingleFlight<DatastorePath, ScratchDisk> templates = new SingleFlight<>();
  private final Map<Kind, Recorded> recorded =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Kind, Recorded> eldest) {
          return size() > MOST_RECORDED;
        }
      };

  /** What decides about each byte of a disk. */
  private record Kind(UUID fileSystem, long capacityBytes, String extentFile) {}

  private record Recorded(RecordedDisk content, ByteBuffer descriptor) {}

  private ScratchDisks(Datastore datastore, IdSource ids) {
    this.datastore = datastore;
    this.staging = Staging.in(datastore, ids);
  }

  /** Makes disks on this datastore. */
  public static ScratchDisks in(Datastore datastore) {
    return in(datastore, IdSource.random());
  }

  /**
   * Makes disks on this datastore.
   *
   * @param ids where the names of temporary folders come from
   */
  public static ScratchDisks in(Datastore datastore, IdSource ids) {
    return new ScratchDisks(datastore, ids);
  }

  /**
   * The UUID for the file system of a machine's scratch disk. A guest finds its disks by UUID, so
   * they have to differ within one machine; the same ones in all machines make them share the
   * templates.
   *
   * @param number which of the machine's scratch disks it is, from 1
   */
  public static UUID fileSystemUuid(int number) {
    if (number < 1) {
      throw new IllegalArgumentException("scratch disks are counted from 1, not " + number);
    }
    return NamedUuid.of("scratch disk " + number);
  }

  /**
   * The UUID for the file system of an empty volume that is one machine's own, as {@link
   * #fileSystemUuid}. Its root may be written by all: mode 0777.
   *
   * @param number which of the machine's volumes it is, from 1
   */
  public static UUID volumeUuid(int number) {
    if (number < 1 || number > VOLUMES) {
      throw new IllegalArgumentException("volumes are counted from 1, not " + number);
    }
    return NamedUuid.of("empty volume " + number);
  }

  /**
   * Makes an empty disk, {@code folder/name.vmdk} and {@code folder/name-flat.vmdk}. As files, the
   * descriptor is written last, so that a disk that has one is whole. One who publishes a folder of
   * several files writes it below {@link Staging} and moves it.
   *
   * @param name without {@code .vmdk}
   * @param capacityBytes how large it is, 16 MiB to 8 TiB; rounded up to whole blocks of 4 KiB
   * @param fileSystemUuid also decides whatever is random in an ext4 file system: the same UUID and
   *     capacity make the same bytes. See {@link #fileSystemUuid(int)}
   * @throws AlreadyExistsException if one of the files is there
   * @throws InvalidArgumentException if the capacity is too small or too large
   * @throws UnsupportedException if it is more than 2 TiB and the datastore keeps virtual disks
   */
  public ScratchDisk create(
      DatastorePath folder, String name, long capacityBytes, UUID fileSystemUuid) {
    Optional<VirtualDisks> virtualDisks = datastore.virtualDisks();
    Ext4Options options = optionsOf(capacityBytes, fileSystemUuid);
    ScratchDisk disk = disk(folder, name, options);
    if (virtualDisks.isPresent()) {
      copy(virtualDisks.get(), options, disk);
    } else {
      checkIsNew(disk);
      writeRecorded(options, disk);
    }
    return disk;
  }

  /**
   * Makes an empty disk whose file system has a UUID that no other disk has, such as a volume; else
   * as {@link #create}. A datastore that keeps virtual disks gets it sent: a template would serve
   * nobody else.
   */
  public ScratchDisk createUnique(
      DatastorePath folder, String name, long capacityBytes, UUID fileSystemUuid) {
    Ext4Options options = optionsOf(capacityBytes, fileSystemUuid);
    ScratchDisk disk = disk(folder, name, options);
    if (datastore.virtualDisks().isPresent()) {
      checkCanBeSent(disk);
    } else {
      checkIsNew(disk);
    }
    write(disk, extent -> writeFileSystem(options, extent));
    return disk;
  }

  private void checkIsNew(ScratchDisk disk) {
    if (datastore.stat(disk.path()).isPresent()) {
      throw new AlreadyExistsException("disk", disk.path().toString());
    }
  }

  private static ScratchDisk disk(DatastorePath folder, String name, Ext4Options options) {
    return new ScratchDisk(
        folder.resolve(name + ".vmdk"),
        folder.resolve(name + "-flat.vmdk"),
        options.uuid(),
        options.sizeBytes().orElseThrow());
  }

  private void write(ScratchDisk disk, Consumer<DatastoreWriter> content) {
    try (DatastoreWriter writer =
        NewDisk.begin(datastore, disk.path(), disk.extentPath(), contentId(disk), Progress.NONE)) {
      content.accept(writer);
      writer.commit();
    }
  }

  private static Digest contentId(ScratchDisk disk) {
    return Digest.sha256("scratch " + disk.fileSystemUuid());
  }

  private static void writeFileSystem(Ext4Options options, DatastoreWriter extent) {
    try (Ext4Writer fs = Ext4Writer.create(extent, options)) {
      if (OPEN_ROOTS.contains(options.uuid())) {
        fs.setAttributes(fs.root(), fs.attributes(fs.root()).withPermissions(0777));
      }
      fs.finish();
    }
  }

  private void writeRecorded(Ext4Options options, ScratchDisk disk) {
    if (disk.capacityBytes() > MAX_RECORDED_BYTES) {
      write(disk, extent -> writeFileSystem(options, extent));
      return;
    }
    Recorded known = recorded(options, disk);
    try (DatastoreWriter writer =
        NewDisk.begin(datastore, disk.path(), disk.extentPath(), known.descriptor())) {
      known.content().copyTo(writer);
      writer.commit();
    }
  }

  private Recorded recorded(Ext4Options options, ScratchDisk disk) {
    Kind kind = new Kind(disk.fileSystemUuid(), disk.capacityBytes(), disk.extentPath().name());
    Recorded known;
    synchronized (recorded) {
      known = recorded.get(kind);
    }
    if (known == null) {
      RecordedDisk content = new RecordedDisk();
      writeFileSystem(options, content);
      known =
          new Recorded(
              content,
              VmdkDescriptor.flat(kind.extentFile(), kind.capacityBytes(), contentId(disk))
                  .bytes());
      synchronized (recorded) {
        recorded.put(kind, known);
      }
    }
    return known;
  }

  private void copy(VirtualDisks virtualDisks, Ext4Options options, ScratchDisk disk) {
    checkCanBeSent(disk);
    DatastorePath folder = TEMPLATES.resolve(disk.capacityBytes() + "-" + disk.fileSystemUuid());
    ScratchDisk template =
        new ScratchDisk(
            folder.resolve(TEMPLATE + ".vmdk"),
            folder.resolve(TEMPLATE + "-flat.vmdk"),
            disk.fileSystemUuid(),
            disk.capacityBytes());
    try {
      virtualDisks.copy(template.path(), disk.path());
    } catch (NotFoundException e) {
      templates.get(folder, () -> findOrMake(folder, template, options));
      virtualDisks.copy(template.path(), disk.path());
    }
  }

  private void checkCanBeSent(ScratchDisk disk) {
    if (disk.capacityBytes() > MAX_SENT_BYTES) {
      throw new UnsupportedException(
          "a disk of %d bytes on datastore '%s': a disk sent there has at most 2 TiB"
              .formatted(disk.capacityBytes(), datastore.name()));
    }
  }

  private ScratchDisk findOrMake(DatastorePath folder, ScratchDisk template, Ext4Options options) {
    if (datastore.stat(template.path()).isPresent()) {
      return template;
    }
    try (Staging.Work work = staging.begin()) {
      write(
          new ScratchDisk(
              work.folder().resolve(template.path().name()),
              work.folder().resolve(template.extentPath().name()),
              template.fileSystemUuid(),
              template.capacityBytes()),
          extent -> writeFileSystem(options, extent));
      boolean published = work.publish(work.folder(), folder);
      if (!published && datastore.stat(template.path()).isEmpty()) {
        // Not another one's template is in the way, but what somebody left when he deleted it.
        datastore.delete(folder);
        work.publish(work.folder(), folder);
      }
    }
    return template;
  }

  private static Ext4Options optionsOf(long capacityBytes, UUID fileSystemUuid) {
    if (capacityBytes < MIN_BYTES || capacityBytes > MAX_BYTES) {
      throw new InvalidArgumentException(
          "a disk of " + capacityBytes + " bytes: want 16 MiB to 8 TiB");
    }
    long sizeBytes = (capacityBytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    return Ext4Options.builder(fileSystemUuid)
        .sizeBytes(sizeBytes)
        .journalBytes(journalBytes(sizeBytes))
        .build();
  }

  /** About as mke2fs has it: 4 MiB on the smallest disks, 128 MiB on large ones. */
  private static long journalBytes(long sizeBytes) {
    long part = Long.highestOneBit(sizeBytes / 64);
    return Math.max(4L << 20, Math.min(128L << 20, part));
  }
}
