package io.vic4j.testkit.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CancelledException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.link.LinkStream;
import io.vic4j.core.vm.DiskAttachment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
  private static final Duration WAKE = Duration.ofMinutes(1);
  private static final Duration REHEARSAL = Duration.ofMinutes(2);

  /** In what is written down: whether its start is not over yet. */
  private static final String ASLEEP = "asleep";

  private static final long QUIT_SECONDS = 10;

  private final DetachedProcess process;
  private final Instant bootTime;
  private final SocketFolder sockets;
  private final Path note;
  private final Qmp qmp;
  private final HostPort host;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean left;

  private QemuProcess(
      DetachedProcess process,
      Instant bootTime,
      SocketFolder sockets,
      Path note,
      Qmp qmp,
      HostPort host) {
    this.process = process;
    this.bootTime = bootTime;
    this.sockets = sockets;
    this.note = note;
    this.qmp = qmp;
    this.host = host;
  }

  /**
   * Starts one that boots.
   *
   * @param note the file where it is written down
   * @param commandLine makes the command, given the folder for the sockets: their paths must be
   *     short, so that they are not in the VM's folder
   * @throws UnavailableException if QEMU is not there, or refuses; with what it says
   */
  static QemuProcess start(Path note, Function<SocketFolder, List<String>> commandLine) {
    QemuProcess process = launch(note, commandLine);
    process.writeDown(note, false);
    return process;
  }

  /**
   * Starts one that goes on from a template; else as {@link #start(Path, Function)}.
   *
   * @throws TemplateException if it does not
   */
  static QemuProcess start(
      Path note,
      Function<SocketFolder, List<String>> commandLine,
      Template template,
      Awakening awakening) {
    QemuProcess process = launch(note, commandLine);
    try {
      process.host.open(); // As in the template, so that its guest has nothing to learn.
      process.qmp.prepareMigration();
      process.qmp.load(process.sockets.state(), template.state());
      process.wake(awakening);
      if (!awakening.rehearses()) {
        process.writeDown(note, false);
      }
      return process;
    } catch (IOException | RuntimeException e) {
      process.abandon();
      CancelledException.throwIfInterrupted("start of QEMU");
      throw e instanceof IOException io ? new TemplateException(io) : (RuntimeException) e;
    }
  }

  /** Launches one whose start is not over; if it ends before that, it is forgotten. */
  private static QemuProcess launch(Path note, Function<SocketFolder, List<String>> commandLine) {
    SocketFolder sockets = null;
    try {
      sockets = SocketFolder.create();
      VmFolder.replace(note, noteOf(sockets, true));
      DetachedProcess launched = sockets.launch(commandLine.apply(sockets));
      QemuProcess process =
          new QemuProcess(
              launched,
              Instant.now(),
              sockets,
              note,
              connect(launched, sockets),
              new HostPort(sockets.host()));
      process.writeDown(note, true);
      return process;
    } catch (IOException e) {
      forget(sockets, note);
      throw new UnavailableException("QEMU cannot be started: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      forget(sockets, note);
      throw e;
    }
  }

  private static ObjectNode noteOf(SocketFolder sockets, boolean asleep) {
    ObjectNode running = JSON.createObjectNode().put("sockets", sockets.path().toString());
    return running.put(ASLEEP, asleep);
  }

  private void writeDown(Path where, boolean asleep) {
    ObjectNode running = noteOf(sockets, asleep);
    running.put("pid", process.pid()).put("bootTime", bootTime.toString());
    VmFolder.replace(where, running);
  }

  private void wake(Awakening awakening) throws IOException {
    host.wake(awakening.variables(), awakening.order(), WAKE);
    host.await(Template.AWAKE, WAKE);
  }

  /** Ends what nobody watches yet. */
  void abandon() {
    host.close();
    try {
      qmp.close();
    } catch (IOException e) {
      log.debug("a socket that cannot be closed", e);
    }
    process.kill();
    process.awaitGone();
    forget();
  }

  /**
   * Waits until its guest has rehearsed, and takes the disks for that away. If it fails, this is
   * ended.
   *
   * @throws IOException if it does not, or QEMU refuses
   */
  void awaitRehearsed(int disks) throws IOException {
    try {
      host.await(Template.WAITING, REHEARSAL);
      for (int i = 0; i < disks; i++) {
        DiskSlot.of(i).unplug(qmp);
      }
    } catch (IOException | RuntimeException e) {
      abandon();
      throw e;
    }
  }

  /** What becomes of a machine. */
  interface Change {
    void in(Qmp qmp) throws IOException;
  }

  /**
   * Becomes a VM; it must have rehearsed, and nobody may have watched it. If it fails, the caller
   * {@linkplain #abandon abandons} this one.
   *
   * @param vmNote the file where it is written down from now on
   * @param change what is done before its guest wakes
   * @throws IOException if QEMU or the guest refuses
   */
  QemuProcess become(Path vmNote, Change change, Awakening awakening) throws IOException {
    QemuProcess vm = new QemuProcess(process, Instant.now(), sockets, vmNote, qmp, host);
    vm.writeDown(vmNote, true);
    Files.deleteIfExists(note);
    change.in(qmp);
    vm.wake(awakening);
    vm.writeDown(vmNote, false);
    return vm;
  }

  /** Connects to a process that has just been started, or ends it. */
  private static Qmp connect(DetachedProcess process, SocketFolder sockets) throws IOException {
    try {
      return Qmp.connect(sockets.qmp());
    } catch (IOException e) {
      process.kill();
      throw e;
    }
  }

  /** The one that is written down, if it still runs. */
  static Optional<QemuProcess> find(Path note) {
    if (!Files.exists(note)) {
      return Optional.empty();
    }
    SocketFolder sockets = null;
    try {
      JsonNode running = JSON.readTree(note.toFile());
      sockets = new SocketFolder(Path.of(running.path("sockets").asText()));
      if (running.path(ASLEEP).asBoolean()) { // Its start was cut short.
        sockets.kill();
        forget(sockets, note);
        return Optional.empty();
      }
      return Optional.of(
          new QemuProcess(
              new DetachedProcess(running.path("pid").longValue()),
              Instant.parse(running.path("bootTime").asText()),
              sockets,
              note,
              Qmp.connect(sockets.qmp()),
              new HostPort(sockets.host())));
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
              process.awaitGone();
              host.close();
              onEnd.run();
              ended.countDown();
            },
            "vic4j-qemu-" + process.pid());
    thread.setDaemon(true);
    thread.start();
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
          log.warn("QEMU {} does not quit; it is killed", process.pid());
          process.kill();
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

  /** Tells the guest the new values of its variables, when it listens. */
  void tellAll(Map<String, String> changes) {
    host.tell(changes);
  }

  /** Plugs a disk in, which is of this number among the VM's. */
  void plug(int number, Path vmdk, DiskAttachment.Role role) {
    try {
      DiskSlot.of(number).plug(qmp, vmdk, role);
    } catch (IOException e) {
      throw new UnavailableException("QEMU does not take a disk: " + e.getMessage(), e);
    }
  }

  /** Connects to the guest's tether; the caller closes it. */
  LinkStream openLink(LinkStream.Receiver receiver) {
    try {
      return SocketLink.connect(sockets.link(), receiver);
    } catch (IOException e) {
      throw new UnavailableException("QEMU gives no way to its guest: " + e.getMessage(), e);
    }
  }

  /** Lets it go on without this program. */
  void leave() {
    left = true;
    host.close();
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

  private static void forget(@Nullable SocketFolder sockets, Path note) {
    if (sockets != null) {
      sockets.delete();
    }
    try {
      Files.deleteIfExists(note);
    } catch (IOException e) {
      log.warn("cannot delete {}", note, e);
    }
  }
}
