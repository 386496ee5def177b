package io.vic4j.core.vm;

import io.vic4j.core.TimeSource;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.link.Exchange;
import io.vic4j.core.link.HostLink;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Connections to the guests of a hypervisor: one for each VM that somebody speaks with, for as long
 * as he does. Thread-safe.
 */
final class VmLinks implements AutoCloseable {
  /** How long a guest has to answer. */
  static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(20);

  private static final class Shared {
    int users;
    @Nullable HostLink link; // Guarded by this.

    synchronized HostLink link(GuestLinks links, String id, String name, TimeSource time) {
      HostLink known = link;
      if (known == null || known.isEnded()) {
        known = HostLink.connect(receiver -> links.open(id, receiver), name, time, ANSWER_TIMEOUT);
        link = known;
      }
      return known;
    }

    synchronized void close() {
      HostLink known = link;
      if (known != null) {
        known.close();
      }
    }
  }

  private final Hypervisor hypervisor;
  private final TimeSource time;
  private final Map<String, Shared> shared = new HashMap<>();

  VmLinks(Hypervisor hypervisor, TimeSource time) {
    this.hypervisor = hypervisor;
    this.time = time;
  }

  /**
   * Begins an exchange with a guest.
   *
   * @param what what it is for, if there is no way to the guest
   * @throws UnsupportedException if the hypervisor has no streams into its guests
   */
  Exchange open(String id, String name, String request, String what) {
    GuestLinks links =
        hypervisor
            .guestLinks()
            .orElseThrow(
                () ->
                    new UnsupportedException(
                        "%s: %s has no streams into its guests"
                            .formatted(what, hypervisor.name())));
    Shared used = enter(id);
    try {
      Exchange exchange = used.link(links, id, name, time).open(request, ANSWER_TIMEOUT);
      exchange.whenOver(() -> leave(id, used));
      return exchange;
    } catch (RuntimeException | Error e) {
      leave(id, used);
      throw e;
    }
  }

  private Shared enter(String id) {
    synchronized (shared) {
      Shared used = shared.computeIfAbsent(id, key -> new Shared());
      used.users++;
      return used;
    }
  }

  private void leave(String id, Shared used) {
    synchronized (shared) {
      used.users--;
      if (used.users > 0) {
        return;
      }
      shared.remove(id, used);
    }
    used.close();
  }

  @Override
  public void close() {
    List<Shared> all;
    synchronized (shared) {
      all = List.copyOf(shared.values());
    }
    all.forEach(Shared::close);
  }
}
