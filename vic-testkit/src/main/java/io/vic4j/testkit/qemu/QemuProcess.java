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
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
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
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String SOCKETS = "vic-qemu-";
  private static final Duration WAKE = Duration.ofMinutes(1);

  /** In what is written down: whether it does not go on from its template yet. */
  private static final String ASLEEP = "asleep";

  /** What the variables begin with that guests see. */
  private static final String GUEST_KEYS = "guestinfo.";

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
   * @param template what it goes on from
   * @throws TemplateException if it does not
   * @throws UnavailableException if QEMU is not there, or refuses; with what it says
   */
  static QemuProcess start(
      Path note, Function<Path, List<String>> commandLine, Optional<Template> template) {
    Path sockets = null;
    try {
      sockets = Files.createTempDirectory(SOCKETS);
      long pid = launch(commandLine, sockets);
      Instant bootTime = Instant.now();
      ObjectNode running = JSON.createObjectNode();
      running.put("pid", pid).put("sockets", sockets.toString());
      running.put("bootTime", bootTime.toString()).put(ASLEEP, template.isPresent());
      Files.write(note, JSON.writeValueAsBytes(running));
      QemuProcess process = new QemuProcess(pid, bootTime, sockets, note, connect(pid, sockets));
      if (template.isPresent()) {
        process.wake(template.get());
        Files.write(note, JSON.writeValueAsBytes(running.put(ASLEEP, false)));
      }
      return process;
    } catch (IOException e) {
      forget(sockets, note);
      throw new UnavailableException("QEMU cannot be started: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      forget(sockets, note);
      throw e;
    }
  }

  /** Lets a VM go on from its template; if it does not, it is ended. */
  private void wake(Template template) throws IOException {
    try (Console console = Console.connect(sockets.resolve("console"))) {
      qmp.prepareMigration();
      qmp.migrate("migrate-incoming", "cat " + quoted(template.state()));
      Instant now = Instant.now();
      byte[] seed = new byte[32];
      RANDOM.nextBytes(seed);
      long nanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
      console.send("wake " + nanos + " " + HexFormat.of().formatHex(seed));
      console.await(Template.AWAKE, WAKE);
    } catch (IOException e) {
      qmp.close();
      kill(pid);
      awaitGone(pid);
      CancelledException.throwIfInterrupted("start of QEMU");
      throw new TemplateException(e);
    }
  }

  /**
   * Starts a machine that is to become a template, and saves it when it waits.
   *
   * @param boot how long that may take
   */
  static void makeTemplate(
      Template template, Function<Path, List<String>> commandLine, Duration boot)
      throws IOException {
    Path sockets = Files.createTempDirectory(SOCKETS);
    try {
      long pid = launch(commandLine, sockets);
      Files.writeString(template.maker(), Long.toString(pid));
      try (Qmp qmp = Qmp.connect(sockets.resolve("qmp"));
          Console console = Console.connect(sockets.resolve("console"))) {
        console.await(Template.WAITING, boot);
        qmp.prepareMigration();
        Path part = template.folder().resolve("part");
        qmp.migrate(
            "migrate",
            "cat > " + quoted(part) + " && mv " + quoted(part) + " " + quoted(template.state()));
        qmp.send("quit"); // It waits for the shell.
        awaitGone(pid);
      } finally {
        kill(pid);
        Files.delete(template.maker());
      }
      if (!Files.exists(template.state())) {
        throw new IOException("the state of a machine was not written");
      }
    } catch (IOException e) {
      CancelledException.throwIfInterrupted("making of a template");
      throw e;
    } finally {
      deleteFolder(sockets);
    }
  }

  /** Ends the process that makes a template, if it is still there. */
  static void killMaker(Template template) throws IOException {
    if (Files.exists(template.maker())) {
      long pid = Long.parseLong(Files.readString(template.maker()));
      Path commandLine = Path.of("/proc", Long.toString(pid), "cmdline");
      boolean stillThat =
          Files.exists(commandLine)
              && Files.readString(commandLine).contains(template.folder().toString());
      if (stillThat) {
        kill(pid);
      }
    }
  }

  private static String quoted(Path file) {
    return "'" + file.toString().replace("'", "'\\''") + "'";
  }

  /** What a program says of its version. */
  static String version(String program) throws IOException {
    Process process =
        new ProcessBuilder(program, "--version")
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static void kill(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  /** Connects to a process that has just been started, or ends it. */
  private static Qmp connect(long pid, Path sockets) throws IOException {
    try {
      return Qmp.connect(sockets.resolve("qmp"));
    } catch (IOException e) {
      kill(pid);
      throw e;
    }
  }

  private static long launch(Function<Path, List<String>> commandLine, Path sockets)
      throws IOException {
    launch(commandLine.apply(sockets), sockets.resolve("output"));
    return Long.parseLong(Files.readString(sockets.resolve("pid")).strip());
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
      if (running.path(ASLEEP).asBoolean()) { // Its start was cut short.
        long pid = running.path("pid").longValue();
        kill(pid);
        awaitGone(pid);
        forget(sockets, note);
        return Optional.empty();
      }
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
    qmp.attend();
    Thread thread =
        new Thread(
            () -> {
              qmp.awaitEnd();
              if (left) {
                return; // It goes on.
              }
              awaitGone(pid);
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
  private static void awaitGone(long pid) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(QUIT_SECONDS);
    while (isThere(pid) && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  private static boolean isThere(long pid) {
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
          kill(pid);
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
   * Tells the guest the new values of its variables, one after the other: those that are parts of
   * something, such as {@code guestinfo.vic/link.data}, before those that say that it is there.
   * Else a guest could take the parts of something before for those of what is new.
   */
  synchronized void tellAll(Map<String, String> changes) {
    changes.entrySet().stream()
        .filter(change -> change.getKey().startsWith(GUEST_KEYS))
        .sorted(
            Comparator.comparing((Map.Entry<String, String> change) -> isWhole(change.getKey()))
                .thenComparing(Map.Entry.comparingByKey()))
        .forEach(change -> tell(change.getKey(), change.getValue()));
  }

  private static boolean isWhole(String key) {
    return key.indexOf('.', GUEST_KEYS.length()) < 0;
  }

  /**
   * Tells the guest the new value of a variable; it hears of it when it listens. Nobody waits for a
   * guest that does not: what it lets lie until nothing more fits is told to it no more.
   */
  private synchronized void tell(String key, String value) {
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

  /** Plugs a disk that is only read in, which is of this number among the VM's. */
  void plug(int number, Path vmdk) {
    try {
      DiskSlot.of(number).plug(qmp, vmdk);
    } catch (IOException e) {
      throw new UnavailableException("QEMU does not take a disk: " + e.getMessage(), e);
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
    if (folder == null || !folder.getFileName().toString().startsWith(SOCKETS)) {
      return;
    }
    for (String name : List.of("qmp", "host", "link", "console", "pid", "output", ".")) {
      try {
        Files.deleteIfExists(folder.resolve(name).normalize());
      } catch (IOException e) {
        log.debug("cannot delete {} of {}", name, folder, e);
      }
    }
  }
}
