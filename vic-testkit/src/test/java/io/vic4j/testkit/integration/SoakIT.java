package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageStore;
import io.vic4j.image.ImageStoreBuilder;
import io.vic4j.image.ResumePolicy;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four processes on one store, which pull, tag, remove and collect at random and are killed at
 * random. Half a minute; {@code -Dvic.soak.seconds=3600} for an hour, {@code -Dvic.soak.seed} for
 * another run.
 */
class SoakIT {
  private static final int MEMBERS = 4;
  private static final int IMAGES = 8;
  private static final int BASES = 3;
  private static final int LAYER_BYTES = 400_000;

  @TempDir private Path folder;
  private final long seed = Long.getLong("vic.soak.seed", 1);
  private final Random random = new Random(seed);
  private Path store;
  private Path journals;
  private int started;
  private int killed;

  @Test
  void fourProcesses_killedAtRandom_loseNothingCorruptNothingAndLeakNothing() throws Exception {
    Duration time = Duration.ofSeconds(Long.getLong("vic.soak.seconds", 30));
    store = folder.resolve("store");
    journals = Files.createDirectories(folder.resolve("journals"));
    try (EmbeddedRegistry registry = EmbeddedRegistry.start()) {
      List<ImageReference> references = fill(registry);
      List<Process> members = new ArrayList<>();
      try {
        for (int i = 0; i < MEMBERS; i++) {
          members.add(start(i, references));
        }
        killAtRandom(members, references, time);
        Files.createFile(journals.resolve("stop"));
        for (Process member : members) {
          assertThat(member.waitFor(120, TimeUnit.SECONDS)).as("member stops").isTrue();
        }
      } finally {
        members.forEach(Process::destroyForcibly);
      }
    }
    settle();
    List<Path> all =
        IntStream.range(0, MEMBERS).mapToObj(i -> journals.resolve(i + ".txt")).toList();
    StoreFolderCheck check = StoreFolderCheck.of(store, SoakJournal.expected(all));
    System.out.println(check);
    System.out.println(
        "seed "
            + seed
            + ", "
            + time.toSeconds()
            + " s, "
            + started
            + " processes, "
            + killed
            + " killed: "
            + SoakJournal.counts(all));
    assertThat(SoakJournal.wrongs(all)).isEmpty();
    assertThat(check.lost).isEmpty();
    assertThat(check.corrupt).isEmpty();
    assertThat(check.leaked).isEmpty();
    assertThat(killed).isPositive();
    assertThat(SoakJournal.counts(all)).containsKeys("pulls", "tags", "removals", "collections");
  }

  /** Images that share layers; each is in a repository that is called by its image ID. */
  private static List<ImageReference> fill(EmbeddedRegistry registry) {
    List<ImageReference> references = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      TestImage.Builder builder = TestImage.builder().entrypoint("/bin/app-" + i);
      layer(builder, "base", i % BASES);
      layer(builder, "middle", i / 2);
      layer(builder, "top", i);
      TestImage image = builder.build();
      references.add(registry.add("soak/" + image.configDescriptor().digest().hex() + ":1", image));
    }
    return references;
  }

  private static void layer(TestImage.Builder builder, String name, int number) {
    byte[] content = new byte[LAYER_BYTES];
    new Random(name.hashCode() + number).nextBytes(content);
    builder.layer(layer -> layer.file(name + "-" + number, content));
  }

  private Process start(int number, List<ImageReference> references) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                SoakMember.class.getName(),
                "" + number,
                "" + (seed * 1000 + started++),
                store.toString(),
                journals.toString()));
    references.forEach(reference -> command.add(reference.toString()));
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve(number + ".err").toFile()))
        .start();
  }

  /** Kills one of them now and then, and puts another in its place. */
  private void killAtRandom(List<Process> members, List<ImageReference> references, Duration time)
      throws Exception {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      long next =
          Math.min(
              end, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300 + random.nextInt(3000)));
      Awaitility.await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(Duration.ofSeconds(30))
          .until(() -> System.nanoTime() >= next);
      int victim = random.nextInt(MEMBERS);
      assertThat(members.get(victim).isAlive())
          .as("member " + victim + ": " + errors(victim))
          .isTrue();
      members.get(victim).destroyForcibly(); // SIGKILL
      assertThat(members.get(victim).waitFor(30, TimeUnit.SECONDS)).isTrue();
      killed++;
      members.set(victim, start(victim, references));
    }
  }

  private String errors(int member) throws IOException {
    return Files.readString(folder.resolve(member + ".err"));
  }

  /** What the next user of the store does: opens it, abandons requests, and collects. */
  private void settle() {
    LocalDatastore datastore = LocalDatastore.at(store);
    LayerDisks disks = LayerDisks.in(datastore);
    ImageStore opened = ImageStoreBuilder.of(datastore, disks).staleAfter(Duration.ZERO).build();
    try (ImageService service = ImageService.builder(opened, disks).build()) {
      service.resume(ResumePolicy.ABANDON);
    }
    opened.collect(SoakIT::nothing);
    assertThat(opened.verify(Progress.NONE).damaged()).isEmpty();
  }

  private static Set<Digest> nothing() {
    return Set.of();
  }
}
