package io.vic4j.core.vm;

import java.io.Closeable;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/**
 * A process in a container VM, with its streams: one that was begun beside a session by {@link
 * ContainerVm#exec}, or a session's own by {@link ContainerVm#attach}.
 *
 * <p>Its output is taken as it is read: a process that was begun so waits while nobody reads what
 * it prints. Streams that are of no interest are closed. Thread-safe; each stream is for one thread
 * at a time. Reads and writes throw {@link io.vic4j.core.CancelledException} if their thread is
 * interrupted.
 */
public interface GuestProcess extends Closeable {
  /**
   * Its standard input; closing it is the input's end. Writes throw {@link
   * io.vic4j.core.ConflictException} if it has none that is open, or is over.
   */
  OutputStream stdin();

  /** What it prints to standard output, and to its terminal if it has one. Ends with it. */
  InputStream stdout();

  /** What it prints to standard error; nothing if it has a terminal. Ends with it. */
  InputStream stderr();

  /**
   * Waits for its end.
   *
   * @return how it ended; {@linkplain ExitStatus.Unknown unknown} if the VM was off first
   * @throws io.vic4j.core.TimedOutException if that takes longer
   */
  ExitStatus awaitExit(Duration timeout);

  /** What went wrong, for people, such as why it could not be begun; else empty. */
  String message();

  /** Sends it a signal; nothing if it is over. */
  void signal(Signal signal);

  /**
   * Tells it how large its terminal is now; nothing if it is over or has none.
   *
   * @param rows 1 to 65,535
   * @param columns 1 to 65,535
   */
  void resize(int rows, int columns);

  /**
   * Lets go of it. One that {@code exec} began is killed, if it still runs; a session goes on, its
   * input open. Closing twice is fine.
   */
  @Override
  void close();
}
