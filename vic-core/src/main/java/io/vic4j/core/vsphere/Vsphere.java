package io.vic4j.core.vsphere;

import io.vic4j.core.IdSource;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.VirtualDisks;
import io.vic4j.core.http.HttpClients;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vsphere.VsphereSettings.DiskTransfer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A vCenter Server or an ESXi host, with the things on it that {@link VsphereSettings} name: a
 * hypervisor and a datastore for virtual container hosts.
 *
 * <pre>{@code
 * try (Vsphere vsphere = Vsphere.open(settings);
 *     VirtualContainerHost vch = VirtualContainerHost.builder().vsphere(vsphere).build()) {
 *   …
 * }
 * }</pre>
 *
 * <p>It holds one session, which is renewed when it expires, and one thread, which is told by the
 * server of each change of our VMs and of each task's end: nothing is polled. Several hosts may
 * share it. Thread-safe. Closing it ends session, thread and connections; VMs go on.
 */
public final class Vsphere implements AutoCloseable {
  private static final Duration LAST_CALLS = Duration.ofSeconds(5);

  private final VimHttp http;
  private final ExecutorService executor;
  private @Nullable VimSession session;
  private @Nullable UpdateLoop loop;
  private @Nullable NfcUpload upload;
  private final Hypervisor hypervisor;
  private final Datastore datastore;
  private final List<NetworkAttachment> networks;

  private Vsphere(VsphereSettings settings) {
    this.networks = settings.networks().stream().map(NetworkAttachment::dhcp).toList();
    this.executor = threads();
    this.http =
        new VimHttp(
            new HttpClients(executor, Duration.ofSeconds(20), settings.trust().context()),
            settings.answerTimeout());
    try {
      VimClient client = new VimClient(settings.server(), http, settings.answerTimeout());
      VimSession opened = VimSession.open(client, settings.credentials());
      session = opened;
      Site site = SiteFinder.find(opened, settings);
      VmFolders folders = VmFolders.open(opened, site, settings.folder());
      NfcUpload sending = new NfcUpload(opened, http, executor, settings.taskTimeout());
      upload = sending;
      VmNames names = new VmNames(folders.isShared(), settings.folder());
      VmView view = new VmView(names, settings.patience());
      TaskBoard board = new TaskBoard();
      loop = UpdateLoop.start(opened, folders.top(), view, board);
      VimTasks tasks = new VimTasks(opened, board, settings.taskTimeout());
      FileAddresses addresses =
          new FileAddresses(settings.server(), site, DatastorePath.parse(settings.root()));
      FileOperations files = new FileOperations(opened, tasks, site, addresses);
      FolderHttp folder = new FolderHttp(opened, http, addresses, settings.answerTimeout());
      files.makeFolder(addresses.absolute(DatastorePath.ROOT));
      VirtualDisks disks =
          settings.diskTransfer() == DiskTransfer.FLAT
              ? null
              : new VsphereDisks(
                  files,
                  addresses,
                  new DiskImport(
                      opened, tasks, site, addresses, files, folders, sending, IdSource.random()));
      VsphereDatastore store =
          new VsphereDatastore(opened, site, addresses, folder, files, IdSource.random(), disks);
      datastore = store;
      Networks networks = new Networks(opened, site);
      VmCreation creation =
          new VmCreation(tasks, site, store, folders, names, networks, settings.bootstrapIso());
      hypervisor =
          new VsphereHypervisor(opened, tasks, site, store, view, loop, names, networks, creation);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private static ExecutorService threads() {
    AtomicInteger last = new AtomicInteger();
    return Executors.newCachedThreadPool(
        task -> {
          Thread thread = new Thread(task, "vic4j-vsphere-http-" + last.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Logs in, finds what the settings name, and sees whether it can be used: hosts, datastore,
   * networks and the user's privileges. Only if all is right it makes the inventory folder of the
   * VMs and the root folder on the datastore, where they are missing.
   *
   * @throws VsphereSettingsException if something is not there or cannot be used, or the user lacks
   *     privileges; it has all of it
   * @throws io.vic4j.core.UnauthorizedException if the server does not take the credentials
   * @throws io.vic4j.core.UnavailableException if the server does not answer, or its certificate is
   *     not trusted
   */
  public static Vsphere open(VsphereSettings settings) {
    return new Vsphere(settings);
  }

  /** Its VMs. */
  public Hypervisor hypervisor() {
    return hypervisor;
  }

  /** The folder on its datastore. */
  public Datastore datastore() {
    return datastore;
  }

  /** The networks that the settings name, as VMs are put on them: with addresses from DHCP. */
  public List<NetworkAttachment> networks() {
    return networks;
  }

  /** Waits some seconds at most for a server that does not answer. */
  @Override
  public void close() {
    http.hurry(LAST_CALLS);
    if (upload != null) {
      upload.close();
    }
    if (loop != null) {
      loop.close();
    }
    if (session != null) {
      session.close();
    }
    http.close();
    executor.shutdownNow();
  }
}
