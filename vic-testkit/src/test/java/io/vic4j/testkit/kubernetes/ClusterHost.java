package io.vic4j.testkit.kubernetes;

import io.vic4j.testkit.TestVch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A real control plane, and a host in memory that is its node and goes by the system's time. */
final class ClusterHost implements AutoCloseable {
  final TestVch vch;
  final RealCluster cluster;
  private final RealTime time = new RealTime();

  /**
   * Starts all.
   *
   * @param folder to work in
   * @param images gives the host what its pods are to run
   */
  ClusterHost(Path folder, Consumer<TestVch> images) throws IOException {
    vch = open(time);
    try {
      images.accept(vch);
      cluster = new RealCluster(folder, vch::reopen);
    } catch (IOException | RuntimeException | Error e) {
      try (time;
          vch) {
        throw e;
      }
    }
  }

  private static TestVch open(RealTime time) {
    return TestVch.builder().clock(time.clock).build();
  }

  /** A further host, which is not yet a node; the caller closes it. */
  TestVch another() {
    return open(time);
  }

  @Override
  public void close() {
    try (time;
        vch) {
      cluster.close();
    }
  }
}
