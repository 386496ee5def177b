package io.vic4j.testkit.qemu;

import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.VmDefinition;
import java.util.Optional;

/** Starts the processes of VMs: from a template where that can be. Thread-safe. */
final class Launcher {
  private static final DatastorePath TEMPLATES = DatastorePath.parse("templates");

  private final LocalDatastore datastore;
  private final QemuSettings settings;
  private final Templates templates;

  Launcher(LocalDatastore datastore, QemuSettings settings) {
    this.datastore = datastore;
    this.settings = settings;
    this.templates = new Templates(settings, datastore.localPath(TEMPLATES));
  }

  /**
   * Starts a VM.
   *
   * @throws io.vic4j.core.UnavailableException if QEMU is not there, or refuses
   */
  QemuProcess start(VmDefinition vm, VmFolder folder) {
    Optional<Template> template = templates.of(vm);
    try {
      return start(vm, folder, template);
    } catch (TemplateException e) {
      templates.giveUp(e);
      return start(vm, folder, Optional.empty());
    }
  }

  private QemuProcess start(VmDefinition vm, VmFolder folder, Optional<Template> template) {
    return QemuProcess.start(
        folder.running(),
        sockets -> CommandLine.of(settings, datastore, vm, folder, sockets, template),
        template.map(from -> Awakening.of(from, vm)));
  }
}
