package io.vic4j.testkit.qemu;

import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells when a guest has written something. Has a thread, which ends when this is closed. */
final class GuestWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GuestWatch.class);

  private final WatchService service;
  private final Map<WatchKey, Runnable> listeners = new ConcurrentHashMap<>();

  GuestWatch() {
    try {
      service = FileSystems.getDefault().newWatchService();
    } catch (IOException e) {
      throw new UnavailableException("the system lets no more files be watched", e);
    }
    Thread thread = new Thread(this::run, "vic4j-qemu-guests");
    thread.setDaemon(true);
    thread.start();
  }

  /** Begins to watch a folder, which is there. Once more is fine. */
  void add(Path folder, Runnable listener) {
    try {
      WatchKey key =
          folder.register(
              service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
      listeners.put(key, listener);
    } catch (IOException e) {
      throw new UnavailableException("cannot watch " + folder, e);
    }
  }

  private void run() {
    try {
      while (true) {
        WatchKey key = service.take();
        key.pollEvents();
        Runnable listener = listeners.get(key);
        if (!key.reset()) {
          listeners.remove(key); // The folder is gone.
        }
        if (listener != null) {
          tell(listener);
        }
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      log.debug("no guest is watched any more", e);
    }
  }

  private static void tell(Runnable listener) {
    try {
      listener.run();
    } catch (RuntimeException e) {
      log.error("what a guest has written is lost until it writes again", e);
    }
  }

  @Override
  public void close() {
    try {
      service.close();
    } catch (IOException e) {
      log.debug("a watch that cannot be closed", e);
    }
  }
}
