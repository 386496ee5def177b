package io.vic4j.testkit.qemu;

import io.vic4j.core.CancelledException;
import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Finds out what runs a guest's code here. That {@code /dev/kvm} is there says little: it may not
 * be ours to open, or its host may emulate what it should run. So a machine is booted: 512 bytes
 * that end it by a port.
 */
public final class Acceleration {
  /** Works everywhere: QEMU translates the guest's code. */
  public static final String TCG = "tcg";

  /** The processor runs the guest's code. */
  public static final String KVM = "kvm";

  /** A machine that KVM really runs is over within half a second. */
  static final Duration PATIENCE = Duration.ofSeconds(3);

  // mov al, 0x10; out 0xf4, al; hlt; jmp $-1. QEMU's isa-debug-exit then exits with 2 * 0x10 + 1.
  private static final byte[] CODE = {
    (byte) 0xB0, 0x10, (byte) 0xE6, (byte) 0xF4, (byte) 0xF4, (byte) 0xEB, (byte) 0xFD
  };
  private static final int SECTOR_BYTES = 512;
  private static final int BOOTED = 33;

  private Acceleration() {}

  /**
   * {@link #KVM} where a machine boots with it at once, else {@link #TCG}. Takes half a second, or
   * three where KVM is there and does not do its work.
   *
   * @param program QEMU, such as {@code qemu-system-x86_64}
   * @throws UnavailableException if it cannot be run
   */
  public static String fastest(String program) {
    return Files.exists(Path.of("/dev/kvm")) && boots(program, KVM, PATIENCE) ? KVM : TCG;
  }

  /** Whether a machine boots with this accelerator, within this time. */
  static boolean boots(String program, String accelerator, Duration patience) {
    try {
      Path disk = Files.createTempFile("vic4j-boot", ".img");
      try {
        Files.write(disk, bootSector());
        return boots(program, accelerator, patience, disk);
      } finally {
        Files.delete(disk);
      }
    } catch (IOException e) {
      throw new UnavailableException(program + " cannot be tried: " + e.getMessage(), e);
    }
  }

  private static boolean boots(String program, String accelerator, Duration patience, Path disk)
      throws IOException {
    Process machine =
        new ProcessBuilder(
                program,
                "-accel",
                accelerator,
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-m",
                "16",
                "-no-reboot",
                "-device",
                "isa-debug-exit,iobase=0xf4,iosize=1",
                "-drive",
                "format=raw,if=ide,file=" + CommandLine.value(disk))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return machine.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)
          && machine.exitValue() == BOOTED;
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "trial of " + accelerator);
    } finally {
      machine.destroyForcibly();
    }
  }

  private static byte[] bootSector() {
    byte[] sector = Arrays.copyOf(CODE, SECTOR_BYTES);
    sector[SECTOR_BYTES - 2] = 0x55;
    sector[SECTOR_BYTES - 1] = (byte) 0xAA;
    return sector;
  }
}
