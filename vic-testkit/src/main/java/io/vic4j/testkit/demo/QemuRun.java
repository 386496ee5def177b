package io.vic4j.testkit.demo;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.Progress;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.image.Image;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.qemu.QemuHypervisor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Runs an image's process in a machine of its own, as {@code docker run --rm} would: its output and
 * its exit code are those of the command.
 */
final class QemuRun {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
  private static final Duration FOREVER = Duration.ofDays(10_000);

  /** What a shell shows of a command of which nobody knows how it ended. */
  private static final int UNKNOWN_EXIT = 125;

  private final QemuOptions options;
  private final RegistryOptions registryOptions;
  private final Console console;

  QemuRun(QemuOptions options, RegistryOptions registryOptions, Console console) {
    this.options = options;
    this.registryOptions = registryOptions;
    this.console = console;
  }

  /**
   * Runs it.
   *
   * @param folder where images, volumes and disks are kept
   * @return the exit code
   */
  int run(String image, Path folder) {
    LocalDatastore datastore = LocalDatastore.at(folder);
    try (QemuHypervisor hypervisor = QemuHypervisor.open(datastore, options.settings());
        VirtualContainerHost vch =
            VirtualContainerHost.builder()
                .hypervisor(hypervisor)
                .datastore(datastore)
                .network(options.network())
                .build()) {
      Progress progress = console.progress();
      Image pulled = ImageArgument.pull(image, vch.images(), registryOptions, progress).image();
      ContainerVm vm =
          vch.containers().create(options.container(ContainerSpec.builder(pulled)), progress);
      try {
        return run(vm);
      } finally {
        remove(vch, vm);
      }
    }
  }

  private int run(ContainerVm vm) {
    vm.start();
    String session = vm.spec().sessions().get(0).name();
    boolean runs = vm.awaitStarted(START_TIMEOUT).session(session).isRunning();
    // One that is over already has nothing to attach to but its log.
    try (GuestProcess process = runs ? attach(vm, session) : null) {
      if (process == null) {
        vm.logs(session).transferTo(console.out(), console.err());
      } else {
        follow(process);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    console.out().flush();
    ExitStatus exit = vm.awaitExit(FOREVER);
    String message = vm.status().session(session).message();
    if (!message.isEmpty()) {
      console.err().println("vic-demo: " + message);
    }
    if (exit instanceof ExitStatus.Unknown) {
      console.err().println("vic-demo: " + exit);
    }
    return exit.shellCode().orElse(UNKNOWN_EXIT);
  }

  private static @Nullable GuestProcess attach(ContainerVm vm, String session) {
    try {
      return vm.attach(session, 0);
    } catch (ConflictException e) {
      return null; // It has ended since.
    }
  }

  private void follow(GuestProcess process) throws IOException {
    try (Terminal terminal = Terminal.open(options.tty(), process)) {
      if (options.interactive()) {
        daemon("vic-demo-input", () -> copyInput(process));
      }
      Thread errors = daemon("vic-demo-errors", () -> copy(process.stderr(), console.err()));
      copy(process.stdout(), console.out());
      errors.join();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "run");
    }
  }

  private static Thread daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void copyInput(GuestProcess process) {
    try (OutputStream in = process.stdin()) {
      byte[] block = new byte[8192];
      for (int count = System.in.read(block); count >= 0; count = System.in.read(block)) {
        in.write(block, 0, count);
      }
    } catch (IOException | VicException e) {
      // It takes no more.
    }
  }

  private static void copy(InputStream from, PrintStream to) {
    try {
      byte[] block = new byte[8192];
      for (int count = from.read(block); count >= 0; count = from.read(block)) {
        to.write(block, 0, count);
        to.flush();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Also after an interruption, which must not leave a machine behind. */
  private static void remove(VirtualContainerHost vch, ContainerVm vm) {
    boolean interrupted = Thread.interrupted();
    try {
      vm.kill();
    } catch (ConflictException e) {
      // It is off.
    } finally {
      try {
        vch.containers().removeWithVolumes(vm.id());
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}
