package io.vic4j.storage;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.UnavailableException;
import io.vic4j.storage.ext4.Ext4Writer;
import io.vic4j.storage.tar.TarException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** The content of one layer, or of several, out of their tars. For one use. */
final class LayerTars implements LayerDiskContent {
  private final List<LayerTar> layers;
  private final boolean overlaid;
  private final LayerBudget budget;

  /**
   * The content of these layers, lowest first.
   *
   * @param overlaid whether it will stand over other disks, so that whiteouts are kept
   */
  LayerTars(List<LayerTar> layers, boolean overlaid, LayerLimits limits) {
    this.layers = List.copyOf(layers);
    this.overlaid = overlaid;
    this.budget = new LayerBudget(limits);
  }

  @Override
  public Counts writeTo(Ext4Writer fs, ImpliedList implied, ProgressTask task) {
    LayerApplier applier = new LayerApplier(fs, overlaid, budget);
    for (LayerTar layer : layers) {
      apply(layer, applier, task);
    }
    applier.finish();
    if (overlaid) {
      applier.listImplied(implied);
    }
    return new Counts(budget.tarBytes(), applier.entries(), overlaid && applier.isRootImplied());
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
      CancelledException.throwIfInterrupted("reading of layer", layer.diffId());
      throw new UnavailableException(
          "the source of layer " + layer.diffId() + " failed: " + e.getMessage(), e);
    }
  }
}
