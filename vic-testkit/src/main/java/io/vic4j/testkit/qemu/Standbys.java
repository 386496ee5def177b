package io.vic4j.testkit.qemu;

import io.vic4j.core.IdSource;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.VmDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machines that stand by. One is made, on a thread of its own, when a VM of its kind was
 * started. Thread-safe.
 */
final class Standbys implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Standbys.class);
  private static final DatastorePath FOLDER = DatastorePath.parse("standby");
  private static final long END_SECONDS = 30;

  private final LocalDatastore datastore;
  private final QemuSettings settings;
  private final IdSource ids = IdSource.random();
  private final ExecutorService maker =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "vic4j-standby");
            thread.setDaemon(true);
            return thread;
          });
  private final Deque<Standby> ready = new ArrayDeque<>(); // The oldest first. Guarded by this.
  private volatile boolean over;

  Standbys(LocalDatastore datastore, QemuSettings settings) {
    this.datastore = datastore;
    this.settings = settings;
    Path folder = datastore.localPath(FOLDER);
    if (Files.exists(folder)) {
      try (Stream<Path> all = Files.list(folder)) {
        for (Path one : all.toList()) { // Of a program that did not end them.
          VmFolder left = new VmFolder(one);
          Optional<QemuProcess> none = QemuProcess.find(left.running());
          none.ifPresent(QemuProcess::abandon);
          left.delete();
        }
      } catch (IOException | RuntimeException e) {
        giveUp(e);
      }
    }
  }

  synchronized int size() {
    return ready.size();
  }

  /** Starts a VM from one that fits, if there is one. */
  Optional<QemuProcess> start(VmDefinition vm, VmFolder folder) {
    Standby standby = take(Standby.Kind.of(vm));
    if (standby == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(standby.become(vm, folder, datastore));
    } catch (IOException | RuntimeException e) {
      log.warn("a machine that stood by cannot become VM {}: {}", vm.name(), e.getMessage());
      log.debug("the machine that stood by", e);
      return Optional.empty();
    }
  }

  private synchronized @Nullable Standby take(Standby.Kind kind) {
    Iterator<Standby> all = ready.iterator();
    while (all.hasNext()) {
      Standby one = all.next();
      if (one.kind().equals(kind)) {
        all.remove();
        return one;
      }
    }
    return null;
  }

  /** Has one stand by for the next VM of this kind. */
  synchronized void refill(VmDefinition vm, Template template) {
    if (settings.standby() > 0 && !over) {
      Standby.Kind kind = Standby.Kind.of(vm);
      maker.execute(() -> fill(kind, template));
    }
  }

  private void fill(Standby.Kind kind, Template template) {
    try {
      while (!over && makeRoom(kind)) {
        Standby made =
            Standby.make(settings, datastore, template, kind, FOLDER.resolve(ids.next()));
        if (!keep(made)) {
          made.end();
        }
      }
    } catch (IOException | RuntimeException e) {
      if (!over) {
        giveUp(e);
      }
    }
  }

  /**
   * Whether there is room for another one of a kind. One of the others makes it, if there is none
   * of that kind.
   */
  private boolean makeRoom(Standby.Kind kind) {
    Standby leaves;
    synchronized (this) {
      if (ready.size() < settings.standby()) {
        return true;
      }
      if (ready.stream().anyMatch(one -> one.kind().equals(kind))) {
        return false;
      }
      leaves = ready.removeFirst();
    }
    leaves.end();
    return true;
  }

  private synchronized boolean keep(Standby made) {
    if (!over) {
      ready.addLast(made);
    }
    return !over;
  }

  private void giveUp(Exception cause) {
    over = true;
    log.warn("no machine stands by any more, for that fails: {}", cause.getMessage());
    log.debug("the machine that was to stand by", cause);
  }

  @Override
  public void close() {
    synchronized (this) {
      over = true;
      maker.shutdownNow();
    }
    boolean interrupted = false;
    try {
      if (!maker.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        log.warn("a machine that was to stand by does not end");
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    synchronized (this) {
      ready.forEach(Standby::end);
      ready.clear();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
