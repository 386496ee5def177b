package io.vic4j.testkit.qemu;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a {@link QemuHypervisor} runs its VMs. Immutable.
 *
 * @param program QEMU: a path, or a name to be found in {@code PATH}
 * @param accelerator what runs the guest's code: {@code tcg} works everywhere, {@code kvm} where it
 *     does its work; {@link Acceleration} finds out
 * @param bootstrap what VMs boot from
 * @param commandTimeout how long a guest has to acknowledge a command
 * @param templates whether VMs go on from a {@linkplain QemuHypervisor template} where code is
 *     translated
 * @param standby how many machines {@linkplain QemuHypervisor stand by} at most, for VMs of the
 *     kinds that were started last
 * @param stopOnClose whether VMs lose their power when the hypervisor is closed; else they go on,
 *     and the next hypervisor over the same datastore finds them
 */
public record QemuSettings(
    String program,
    String accelerator,
    Bootstrap bootstrap,
    Duration commandTimeout,
    boolean templates,
    int standby,
    boolean stopOnClose) {
  /** {@code qemu-system-x86_64} with {@code tcg}, whose VMs go on when the hypervisor is closed. */
  public static QemuSettings of(Bootstrap bootstrap) {
    return new QemuSettings(
        "qemu-system-x86_64", "tcg", bootstrap, Duration.ofSeconds(20), true, 0, false);
  }

  /** An ISO as {@link Bootstrap}. */
  public static QemuSettings iso(Path iso) {
    return of(new Bootstrap.Iso(iso));
  }

  /** The same, with another program. */
  public QemuSettings withProgram(String other) {
    return new QemuSettings(
        other, accelerator, bootstrap, commandTimeout, templates, standby, stopOnClose);
  }

  /** The same, with another accelerator. */
  public QemuSettings withAccelerator(String other) {
    return new QemuSettings(
        program, other, bootstrap, commandTimeout, templates, standby, stopOnClose);
  }

  /** The same, but guests have so long to acknowledge a command. */
  public QemuSettings withCommandTimeout(Duration timeout) {
    return new QemuSettings(
        program, accelerator, bootstrap, timeout, templates, standby, stopOnClose);
  }

  /** The same, but closing the hypervisor ends its VMs. */
  public QemuSettings stoppingOnClose() {
    return new QemuSettings(
        program, accelerator, bootstrap, commandTimeout, templates, standby, true);
  }

  /** The same, but each VM boots from its power-on. */
  public QemuSettings withoutTemplates() {
    return new QemuSettings(program, accelerator, bootstrap, commandTimeout, false, 0, stopOnClose);
  }

  /**
   * The same, but at most so many machines stand by.
   *
   * @param machines 0 or more
   */
  public QemuSettings withStandby(int machines) {
    return new QemuSettings(
        program, accelerator, bootstrap, commandTimeout, templates, machines, stopOnClose);
  }

  /** Whether the guest's code is translated, rather than run by the processor. */
  boolean emulates() {
    return accelerator.startsWith("tcg");
  }
}
