package io.vic4j.testkit.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CancelledException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.link.LinkStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that is a running VM. It is no child of this program, which it survives; where it is
 * stands in a file of the VM's folder. Thread-safe.
 */
final class QemuProcess {
  private static final Logger log = LoggerFactory.getLogger(QemuProcess.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long LAUNCH_SECONDS = 60;
  private static final long QUIT_SECONDS = 10;

  private final long pid;
  private final Instant bootTime;
  private final Path sockets;
  private final Path note;
  private final Qmp qmp;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean left;
  private @Nullable SocketChannel host; // Guarded by this.

  private QemuProcess(long pid, Instant bootTime, Path sockets, Path note, Qmp qmp) {
    this.pid = pid;
    this.bootTime = bootTime;
    this.sockets = sockets;
    this.note = note;
    this.qmp = qmp;
  }

  /**
   * Starts one.
   *
   * @param note the file where it is written down
   * @param commandLine makes the command, given the folder for the sockets: their paths must be
   *     short, so that they are not in the VM's folder
   * @throws UnavailableException if QEMU is not there, or refuses; with what it says
   */
  static QemuProcess start(Path note, Function<Path, List<String>> commandLine) {
    Path sockets = null;
    try {
      sockets = Files.createTempDirectory("vic-qemu-");
      launch(commandLine.apply(sockets), sockets.resolve("output"));
      long pid = Long.parseLong(Files.readString(sockets.resolve("pid")).strip());
      Instant bootTime = Instant.now();
      ObjectNode running = JSON.createObjectNode();
      running.put("pid", pid).put("sockets", sockets.toString());
      Files.write(note, JSON.writeValueAsBytes(running.put("bootTime", bootTime.toString())));
      return new QemuProcess(pid, bootTime, sockets, note, connect(pid, sockets));
    } catch (IOException e) {
      forget(sockets, note);
      throw new UnavailableException("QEMU cannot be started: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      forget(sockets, note);
      throw e;
    }
  }

  /** Connects to a process that has just been started, or ends it. */
  private static Qmp connect(long pid, Path sockets) throws IOException {
    try {
      return Qmp.connect(sockets.resolve("qmp"));
    } catch (IOException e) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      throw e;
    }
  }

  private static void launch(List<String> command, Path output) throws IOException {
    Process launcher;
    try {
      launcher =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException e) {
      throw new IOException(
          e.getMessage() + "; install " + command.get(0) + ", or name another program", e);
    }
    try {
      if (!launcher.waitFor(LAUNCH_SECONDS, TimeUnit.SECONDS)) {
        launcher.destroyForcibly();
        throw new IOException("it does not become ready");
      }
    } catch (InterruptedException e) {
      launcher.destroyForcibly();
      throw CancelledException.from(e, "start of QEMU");
    }
    if (launcher.exitValue() != 0) {
      throw new IOException(Files.readString(output).strip());
    }
  }

  /** The one that is written down, if it still runs. */
  static Optional<QemuProcess> find(Path note) {
    if (!Files.exists(note)) {
      return Optional.empty();
    }
    Path sockets = null;
    try {
      JsonNode running = JSON.readTree(note.toFile());
      sockets = Path.of(running.path("sockets").asText());
      return Optional.of(
          new QemuProcess(
              running.path("pid").longValue(),
              Instant.parse(running.path("bootTime").asText()),
              sockets,
              note,
              Qmp.connect(sockets.resolve("qmp"))));
    } catch (IOException | RuntimeException e) {
      log.debug("the process of {} has ended", note, e);
      forget(sockets, note);
      return Optional.empty();
    }
  }

  Instant bootTime() {
    return bootTime;
  }

  /** Waits for its end on a thread of its own, and tells of it. */
  void watch(Runnable onEnd) {
    Thread thread =
        new Thread(
            () -> {
              qmp.awaitEnd();
              if (left) {
                return; // It goes on.
              }
              awaitGone();
              closeHost();
              onEnd.run();
              ended.countDown();
            },
            "vic4j-qemu-" + pid);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * A process closes its sockets some moments before its disks, which another one cannot open until
   * then; and nobody but its parent can wait for a process.
   */
  private void awaitGone() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(QUIT_SECONDS);
    while (isThere() && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  private boolean isThere() {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return !stat.substring(stat.lastIndexOf(')') + 1).strip().startsWith("Z");
    } catch (IOException e) {
      return false;
    }
  }

  /** Takes its power, and returns when that is done and told. */
  void end() {
    boolean interrupted = false;
    try {
      qmp.send("quit");
    } catch (IOException e) {
      log.debug("it has ended", e);
    }
    boolean over = false;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(QUIT_SECONDS);
    while (!over) {
      try {
        over = ended.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (!over) {
          log.warn("QEMU {} does not quit; it is killed", pid);
          ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
          end = System.nanoTime() + TimeUnit.SECONDS.toNanos(QUIT_SECONDS);
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Tells the guest the new value of a variable; it hears of it when it listens. Nobody waits for a
   * guest that does not: what it lets lie until nothing more fits is told to it no more.
   */
  synchronized void tell(String key, String value) {
    String line = JSON.createObjectNode().put("key", key).put("value", value) + "\n";
    try {
      SocketChannel channel = host;
      if (channel == null) {
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        host = channel;
        line = "\n" + line; // What was cut off before is none.
        channel.connect(UnixDomainSocketAddress.of(sockets.resolve("host")));
        channel.configureBlocking(false);
      }
      ByteBuffer text = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
      while (text.hasRemaining()) {
        if (channel.write(text) == 0) {
          throw new IOException("the guest does not listen");
        }
      }
    } catch (IOException e) {
      log.debug("the guest cannot be told {}", key, e);
      closeHost();
    }
  }

  /** Connects to the guest's tether; the caller closes it. */
  LinkStream openLink(LinkStream.Receiver receiver) {
    try {
      return SocketLink.connect(sockets.resolve("link"), receiver);
    } catch (IOException e) {
      throw new UnavailableException("QEMU gives no way to its guest: " + e.getMessage(), e);
    }
  }

  private synchronized void closeHost() {
    SocketChannel channel = host;
    host = null;
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      log.debug("a socket that cannot be closed", e);
    }
  }

  /** Lets it go on without this program. */
  void leave() {
    left = true;
    closeHost();
    try {
      qmp.close();
    } catch (IOException e) {
      log.debug("a socket that cannot be closed", e);
    }
  }

  /** Removes what told where it was; it has ended. */
  void forget() {
    forget(sockets, note);
  }

  private static void forget(@Nullable Path sockets, Path note) {
    deleteFolder(sockets);
    try {
      Files.deleteIfExists(note);
    } catch (IOException e) {
      log.warn("cannot delete {}", note, e);
    }
  }

  private static void deleteFolder(@Nullable Path folder) {
    if (folder == null || !folder.getFileName().toString().startsWith("vic-qemu-")) {
      return;
    }
    for (String name : List.of("qmp", "host", "link", "pid", "output", ".")) {
      try {
        Files.deleteIfExists(folder.resolve(name).normalize());
      } catch (IOException e) {
        log.debug("cannot delete {} of {}", name, folder, e);
      }
    }
  }
}
