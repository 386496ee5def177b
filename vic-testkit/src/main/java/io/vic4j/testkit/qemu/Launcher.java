package io.vic4j.testkit.qemu;

import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.VmDefinition;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Starts the processes of VMs: from what stands by, or from a template, where that can be.
 * Thread-safe.
 */
final class Launcher implements AutoCloseable {
  private static final DatastorePath TEMPLATES = DatastorePath.parse("templates");

  private final LocalDatastore datastore;
  private final QemuSettings settings;
  private final Templates templates;
  private final Standbys standbys;

  Launcher(LocalDatastore datastore, QemuSettings settings) {
    this.datastore = datastore;
    this.settings = settings;
    this.templates = new Templates(settings, datastore.localPath(TEMPLATES));
    this.standbys = new Standbys(datastore, settings);
  }

  /**
   * Starts a VM.
   *
   * @throws io.vic4j.core.UnavailableException if QEMU is not there, or refuses
   */
  QemuProcess start(VmDefinition vm, VmFolder folder) {
    Optional<Template> template = templates.of(vm);
    if (template.isPresent()) {
      try {
        QemuProcess process =
            standbys.start(vm, folder).orElseGet(() -> start(vm, folder, template.get()));
        standbys.refill(vm, template.get());
        return process;
      } catch (TemplateException e) {
        templates.giveUp(e);
      }
    }
    return QemuProcess.start(folder.running(), commandLine(vm, folder, Optional.empty()));
  }

  private QemuProcess start(VmDefinition vm, VmFolder folder, Template template) {
    return QemuProcess.start(
        folder.running(),
        commandLine(vm, folder, Optional.of(template)),
        template,
        Awakening.fromTemplate(vm, DiskSlot.controllers(vm.disks().size()), false));
  }

  private Function<SocketFolder, List<String>> commandLine(
      VmDefinition vm, VmFolder folder, Optional<Template> template) {
    int controllers = DiskSlot.controllers(vm.disks().size());
    return sockets ->
        CommandLine.of(settings, datastore, vm, controllers, folder, sockets, template);
  }

  /** How many machines stand by. */
  int standbys() {
    return standbys.size();
  }

  /** Ends what stands by. */
  @Override
  public void close() {
    standbys.close();
  }
}
