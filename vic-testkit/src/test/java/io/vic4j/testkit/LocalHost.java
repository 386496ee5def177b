package io.vic4j.testkit;

import io.vic4j.core.Digest;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.ImageSources;
import io.vic4j.pod.Containers;
import io.vic4j.pod.VirtualContainerHost;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Hosts over a folder, whose disks other tools can judge, and VMs in memory. */
final class LocalHost implements AutoCloseable {
  private static final long SCRATCH_BYTES = 16L << 20;

  final VirtualClock clock = VirtualClock.selfAdvancing();
  private final Map<Digest, Script> scripts = new ConcurrentHashMap<>();
  private final List<VirtualContainerHost> opened = new ArrayList<>();
  private final Datastore datastore;
  private final MemoryHypervisor hypervisor;
  private final ImageSources sources;

  LocalHost(Path folder, ImageSources sources) {
    this(LocalDatastore.at(folder), sources);
  }

  LocalHost(Datastore datastore, ImageSources sources) {
    this.datastore = datastore;
    this.sources = sources;
    this.hypervisor =
        MemoryHypervisor.create(
            datastore,
            clock,
            (vm, session) ->
                scripts.getOrDefault(
                    Containers.imageId(vm, session.name()).orElseThrow(), Script.runsForever()));
  }

  /** All containers of this image do this. */
  void runs(TestImage image, Script script) {
    scripts.put(image.configDescriptor().digest(), script);
  }

  static TestImage image(String name) {
    return TestImage.builder()
        .layer(layer -> layer.directory("etc").file("etc/os-release", "ID=test\n"))
        .layer(layer -> layer.file("image", name + "\n"))
        .entrypoint("/bin/app")
        .label("reference", name)
        .build();
  }

  /** Opens the host, for the first time or once more. */
  VirtualContainerHost open() {
    VirtualContainerHost host =
        VirtualContainerHost.builder()
            .hypervisor(hypervisor)
            .datastore(datastore)
            .imageSources(sources)
            .timeSource(clock)
            .scratchBytes(SCRATCH_BYTES)
            .volumeBytes(SCRATCH_BYTES)
            .build();
    opened.add(host);
    return host;
  }

  @Override
  public void close() {
    opened.forEach(VirtualContainerHost::close);
  }
}
