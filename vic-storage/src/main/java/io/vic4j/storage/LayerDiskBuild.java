package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;
import io.vic4j.storage.ext4.Ext4Options;
import io.vic4j.storage.ext4.Ext4Summary;
import io.vic4j.storage.ext4.Ext4Writer;
import java.util.Optional;

/** Makes one layer disk: writes its files, and publishes them at once. */
final class LayerDiskBuild {
  private final Datastore datastore;
  private final LayerDiskPlan plan;
  private final Progress progress;

  LayerDiskBuild(Datastore datastore, LayerDiskPlan plan, Progress progress) {
    this.datastore = datastore;
    this.plan = plan;
    this.progress = progress;
  }

  /**
   * Builds the disk.
   *
   * @return the disk; empty if somebody else published one at this place in the meantime
   */
  Optional<StoredLayerDisk> publish(Staging staging, DatastorePath target) {
    try (ProgressTask task = progress.begin(plan.what() + " " + plan.id().shortHex());
        Staging.Work work = staging.begin()) {
      LayerDescription description = write(work.folder(), task);
      work.writeFile(work.folder().resolve(LayerDescription.DESCRIPTION), description.toJson());
      CancelledException.throwIfInterrupted("build of", plan);
      boolean published = work.publish(work.folder(), target);
      task.complete();
      return published ? Optional.of(description.at(target)) : Optional.empty();
    }
  }

  private LayerDescription write(DatastorePath folder, ProgressTask task) {
    Ext4Options options =
        Ext4Options.builder(plan.fileSystemUuid()).hashSeed(plan.hashSeed()).build();
    DatastorePath extent = folder.resolve(LayerDescription.EXTENT);
    try (ChecksummedWriter disk =
            new ChecksummedWriter(
                datastore,
                extent,
                NewDisk.begin(
                    datastore, folder.resolve(LayerDescription.DISK), extent, plan.id(), task));
        Ext4Writer fs = Ext4Writer.create(disk, options);
        ImpliedList implied =
            new ImpliedList(datastore, folder.resolve(LayerDescription.IMPLIED))) {
      LayerDiskContent.Counts counts = plan.content().writeTo(fs, implied, task);
      implied.commit();
      Ext4Summary summary = fs.finish();
      disk.commit();
      return new LayerDescription(
          LayerDescription.VERSION,
          plan.id(),
          plan.layers(),
          plan.fileSystemUuid(),
          summary.sizeBytes(),
          counts.tarBytes(),
          counts.entries(),
          implied.count(),
          counts.rootImplied(),
          disk.checksum());
    }
  }
}
