package io.vic4j.core.vsphere;

import static org.awaitility.Awaitility.await;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.TaskInfoState;
import io.vic4j.core.VcSim;
import io.vic4j.core.http.HttpClients;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vsphere.VsphereSettings.Credentials;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Somebody with a session of his own, who does to the inventory of a simulator what people do. */
final class Administrator implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final VimHttp http;
  private final VimSession session;

  Administrator(VcSim sim) {
    http = new VimHttp(new HttpClients(executor, TIMEOUT, trust(sim).context()), TIMEOUT);
    session =
        VimSession.open(
            new VimClient(sim.url(), http, TIMEOUT), new Credentials(sim.user(), sim.password()));
  }

  private static ServerTrust trust(VcSim sim) {
    return ServerTrust.thumbprint(sim.thumbprint());
  }

  /** Settings for a simulator's folders of this name. */
  static VsphereSettings.Builder settings(VcSim sim, String name) {
    return VsphereSettings.builder(
            sim.url().toString(), new Credentials(sim.user(), sim.password()))
        .trust(trust(sim))
        .datastore(sim.datastores().keySet().iterator().next())
        .root(name)
        .folder(name);
  }

  /** A small VM without disks; {@code number} makes its identifier. */
  static VmDefinition definition(int number, String name, String... networks) {
    return new VmDefinition(
        "%064x".formatted(number),
        "scope",
        name,
        1,
        MemorySize.ofMebibytes(64),
        Optional.empty(),
        List.of(),
        List.of(networks).stream().map(NetworkAttachment::dhcp).toList(),
        List.of("main"),
        new TreeMap<>(Map.of("guestinfo.number", String.valueOf(number))));
  }

  VimSession session() {
    return session;
  }

  /** What stands at an inventory path. */
  ManagedObjectReference find(String path) {
    @Nullable ManagedObjectReference found =
        session.call(
            "look-up", vim -> vim.findByInventoryPath(session.content().getSearchIndex(), path));
    if (found == null) {
      throw new AssertionError("nothing at " + path);
    }
    return found;
  }

  /** A property of an object. */
  Object property(ManagedObjectReference object, String path) {
    Object value = new Properties(session).of(object, path).get(path);
    if (value == null) {
      throw new AssertionError(Moref.text(object) + " has no " + path);
    }
    return value;
  }

  /** Runs a task that must succeed. */
  void run(VimCall<ManagedObjectReference> start) {
    ManagedObjectReference task = session.call("task", start);
    await().until(() -> property(task, "info.state") == TaskInfoState.success);
  }

  @Override
  public void close() {
    session.close();
    http.close();
    executor.shutdownNow();
  }
}
