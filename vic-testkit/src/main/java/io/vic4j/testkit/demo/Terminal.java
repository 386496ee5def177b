package io.vic4j.testkit.demo;

import io.vic4j.core.vm.GuestProcess;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This program's terminal, raw while a process in a guest has it: keys go there as they are
 * pressed, and so does its size as it changes. The JDK cannot do that, stty(1) can.
 */
final class Terminal implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Terminal.class);

  private final Optional<String> before;
  private final GuestProcess process;
  private boolean closed; // Guarded by this.

  private Terminal(Optional<String> before, GuestProcess process) {
    this.before = before;
    this.process = process;
  }

  /** Gives it to a process; does nothing if there is no terminal, or it is not wanted. */
  static Terminal open(boolean wanted, GuestProcess process) {
    Terminal terminal = new Terminal(wanted ? stty("-g") : Optional.empty(), process);
    if (terminal.before.isPresent()) {
      onResize(terminal::passSize);
      terminal.passSize();
      Optional<String> unused = stty("raw", "-echo");
    }
    return terminal;
  }

  /**
   * Has something done whenever the terminal gets another size. The class for signals is asked for
   * by name, as javac warns of each use of it, and that cannot be turned off.
   */
  private static void onResize(Runnable work) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object resized = signal.getConstructor(String.class).newInstance("WINCH");
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, resized, MethodHandleProxies.asInterfaceInstance(handler, dropping(work)));
    } catch (ReflectiveOperationException e) {
      log.debug("the terminal keeps its size", e);
    }
  }

  /** Takes the signal, which says nothing new. */
  private static MethodHandle dropping(Runnable work) throws ReflectiveOperationException {
    MethodHandle run =
        MethodHandles.lookup()
            .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
            .bindTo(work);
    return MethodHandles.dropArguments(run, 0, Object.class);
  }

  private synchronized void passSize() {
    if (!closed) {
      stty("size").ifPresent(this::pass);
    }
  }

  private void pass(String size) {
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
  public synchronized void close() {
    closed = true;
    before.ifPresent(
        settings -> {
          Optional<String> unused = stty(settings);
        });
  }
}
