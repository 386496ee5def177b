package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.Staging;
import io.vic4j.storage.ext4.Ext4Options;
import io.vic4j.storage.ext4.Ext4Summary;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.tar.TarException;
import io.vic4j.storage.vmdk.VmdkDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Makes one layer disk: reads the tars, writes the three files, and publishes them at once. */
final class LayerDiskBuild {
  private final Datastore datastore;
  private final LayerDiskPlan plan;
  private final LayerBudget budget;
  private final Progress progress;

  LayerDiskBuild(Datastore datastore, LayerDiskPlan plan, LayerLimits limits, Progress progress) {
    this.datastore = datastore;
    this.plan = plan;
    this.budget = new LayerBudget(limits);
    this.progress = progress;
  }

  /**
   * Builds the disk.
   *
   * @return the disk; empty if somebody else published one at this place in the meantime
   */
  Optional<LayerDisk> publish(Staging staging, DatastorePath target) {
    try (ProgressTask task = progress.begin("layer " + plan.id().shortHex());
        Staging.Work work = staging.begin()) {
      LayerDescription description = write(work.folder(), task);
      work.writeFile(
          work.folder().resolve(LayerDescription.DISK),
          VmdkDescriptor.flat(LayerDescription.EXTENT, description.capacityBytes(), plan.id())
              .render()
              .getBytes(StandardCharsets.UTF_8));
      work.writeFile(work.folder().resolve(LayerDescription.DESCRIPTION), description.toJson());
      CancelledException.throwIfInterrupted("build of " + plan);
      boolean published = work.publish(work.folder(), target);
      task.complete();
      return published ? Optional.of(description.at(target)) : Optional.empty();
    }
  }

  private LayerDescription write(DatastorePath folder, ProgressTask task) {
    Ext4Options options =
        Ext4Options.builder(plan.fileSystemUuid()).hashSeed(plan.hashSeed()).build();
    try (DatastoreWriter extent = datastore.create(folder.resolve(LayerDescription.EXTENT));
        Ext4Writer fs = Ext4Writer.create(extent, options)) {
      LayerApplier applier = new LayerApplier(fs, plan.overlaid(), budget);
      for (LayerTar layer : plan.layers()) {
        apply(layer, applier, task);
      }
      applier.finish();
      Ext4Summary summary = fs.finish();
      extent.commit();
      return new LayerDescription(
          LayerDescription.VERSION,
          plan.id(),
          plan.diffIds(),
          plan.fileSystemUuid(),
          summary.sizeBytes(),
          budget.tarBytes(),
          applier.entries());
    }
  }

  private void apply(LayerTar layer, LayerApplier applier, ProgressTask task) {
    try (InputStream source = layer.source().open();
        LayerStream stream = new LayerStream(source, layer.diffId(), budget, task)) {
      try {
        applier.apply(stream);
        stream.verify();
      } catch (TarException e) {
        LayerException damage = LayerApplier.translate(e);
        stream.letSourceVerify(damage);
        throw damage;
      }
    } catch (TarException e) {
      throw LayerApplier.translate(e);
    } catch (IOException e) {
      CancelledException.throwIfInterrupted("build of " + plan);
      throw new UnavailableException(
          "the source of layer " + layer.diffId() + " failed: " + e.getMessage(), e);
    }
  }
}
