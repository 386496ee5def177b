package io.vic4j.testkit.demo;

import io.vic4j.core.vm.GuestProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This program's terminal, raw while a process in a guest has it: keys go there as they are
 * pressed. The JDK cannot do that, stty(1) can.
 */
final class Terminal implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Terminal.class);

  private final Optional<String> before;

  private Terminal(Optional<String> before) {
    this.before = before;
  }

  /** Gives it to a process; does nothing if there is no terminal, or it is not wanted. */
  static Terminal open(boolean wanted, GuestProcess process) {
    Optional<String> before = wanted ? stty("-g") : Optional.empty();
    if (before.isPresent()) {
      stty("size").ifPresent(size -> resize(process, size));
      Optional<String> unused = stty("raw", "-echo");
    }
    return new Terminal(before);
  }

  private static void resize(GuestProcess process, String size) {
    String[] numbers = size.split(" ", 2);
    try {
      process.resize(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
    } catch (RuntimeException e) {
      log.debug("a terminal of no size: {}", size, e); // As of one that is none.
    }
  }

  private static Optional<String> stty(String... arguments) {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String answer =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return process.waitFor() == 0 ? Optional.of(answer) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    before.ifPresent(
        settings -> {
          Optional<String> unused = stty(settings);
        });
  }
}
