package io.vic4j.testkit.bench;

import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestVch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * How fast pods are in memory: 10,000 are made, started and deleted; how long a query takes; how
 * much memory an idle pod takes. Run by {@code src/test/bench/pods}.
 */
final class PodBenchmark {
  private static final int THREADS = 2;
  private static final String IMAGE = "registry.test/web:1";

  private PodBenchmark() {}

  private interface Step {
    void run(PodKey key);
  }

  /** The number of pods, and of rounds. */
  public static void main(String[] args) throws Exception {
    int count = Integer.parseInt(args[0]);
    int rounds = Integer.parseInt(args[1]);
    for (int round = 1; round <= rounds; round++) {
      round(count, round);
    }
  }

  private static void round(int count, int round) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (TestVch vch = TestVch.create()) {
      vch.image(IMAGE).runs(Script.runsForever());
      PodLifecycle pods = vch.host().pods();
      List<PodKey> keys = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        keys.add(PodKey.of("team-" + i % 10, "web-" + i));
      }
      long empty = usedBytes();
      double create = seconds(threads, keys, key -> pods.create(spec(key)));
      double start = seconds(threads, keys, pods::start);
      long full = usedBytes();
      long begin = System.nanoTime();
      for (PodKey key : keys) {
        if (pods.status(key).phase() != PodPhase.RUNNING) {
          throw new IllegalStateException(key + " does not run");
        }
      }
      double query = (System.nanoTime() - begin) / 1e3 / count;
      double delete = seconds(threads, keys, key -> pods.delete(key, Duration.ZERO));
      if (!pods.list().isEmpty()) {
        throw new IllegalStateException("pods are left");
      }
      String line =
          String.format(
              Locale.ROOT,
              "round %d: %d pods: create %.2f s, start %.2f s, delete %.2f s, together %.2f s;"
                  + " a status %.1f us; an idle pod %.1f KiB%n",
              round,
              count,
              create,
              start,
              delete,
              create + start + delete,
              query,
              (full - empty) / 1024.0 / count);
      System.out.print(line);
    } finally {
      threads.shutdownNow();
      boolean unused = threads.awaitTermination(1, TimeUnit.MINUTES);
    }
  }

  private static PodSpec spec(PodKey key) {
    return PodSpec.builder(key)
        .restartPolicy(RestartPolicy.NEVER)
        .label("app", "web")
        .container(ContainerSpec.builder(IMAGE).name("web").env("MODE", "fast").build())
        .build();
  }

  private static double seconds(ExecutorService threads, List<PodKey> keys, Step step)
      throws InterruptedException, ExecutionException {
    long begin = System.nanoTime();
    List<Future<?>> parts = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      int first = t;
      parts.add(
          threads.submit(
              () -> {
                for (int i = first; i < keys.size(); i += THREADS) {
                  step.run(keys.get(i));
                }
              }));
    }
    for (Future<?> part : parts) {
      part.get();
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  private static long usedBytes() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
