package io.vic4j.testkit.bench;

import io.vic4j.core.Digest;
import io.vic4j.core.DigestingInputStream;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageStore;
import io.vic4j.image.Images;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.storage.LayerDisks;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Measures what needs a warm Java VM: tar to disk, and a pull that finds all layers there. Called
 * by {@code src/test/bench/run}; prints rows of its table.
 */
final class MainJobBenchmark {
  private static final int WARM_UP = 3;
  private static final String[] TARGETS = {
    "no more than 0.3", "no more than 0.6", "no more than 3"
  };

  private MainJobBenchmark() {}

  private interface Work {
    void run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    ImageReference reference = ImageReference.parse(arguments[1]);
    Path folder = Path.of(arguments[2]);
    LocalDatastore datastore = LocalDatastore.at(folder);
    for (int i = 3; i < arguments.length; i++) {
      tarToDisk(datastore, Path.of(arguments[i]), rounds, TARGETS[i - 3]);
    }
    secondPull(datastore, reference, rounds);
  }

  private static void tarToDisk(LocalDatastore datastore, Path tar, int rounds, String target)
      throws Exception {
    Digest diffId;
    try (DigestingInputStream in =
        new DigestingInputStream(Files.newInputStream(tar), Digest.Algorithm.SHA256)) {
      in.transferTo(OutputStream.nullOutputStream());
      diffId = in.digest();
    }
    LayerDisks disks = LayerDisks.in(datastore);
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < WARM_UP + rounds; i++) {
      disks.remove(diffId);
      double taken =
          seconds(
              () -> {
                try (InputStream in = Files.newInputStream(tar)) {
                  disks.build(diffId, in, Progress.NONE);
                }
              });
      if (i >= WARM_UP) {
        seconds.add(taken);
      }
    }
    disks.remove(diffId);
    row(
        "tar to disk, in process, "
            + Files.size(tar) / 1_000_000
            + " MB, digest and fsync included",
        median(seconds),
        target);
  }

  private static void secondPull(LocalDatastore datastore, ImageReference reference, int rounds)
      throws Exception {
    LayerDisks disks = LayerDisks.in(datastore);
    ImageStore store = ImageStore.in(datastore, disks);
    try (RegistryClient client = RegistryClient.builder().build();
        ImageService service = ImageService.builder(store, disks).sources(client).build()) {
      Images images = service.images(VchName.of("bench"));
      images.pull(reference, Progress.NONE);
      List<Double> seconds = new ArrayList<>();
      for (int i = 0; i < rounds; i++) {
        seconds.add(seconds(() -> images.pull(reference, Progress.NONE)));
      }
      row("second pull, in process", median(seconds), "under 0.1");
    }
    datastore.delete(DatastorePath.parse("layers"));
  }

  private static double seconds(Work work) throws Exception {
    long begin = System.nanoTime();
    work.run();
    return (System.nanoTime() - begin) / 1e9;
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static void row(String what, double seconds, String target) {
    System.out.printf("%-58s %8.3f  %s%n", what, seconds, target);
  }
}
