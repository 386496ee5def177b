package io.vic4j.core.vsphere;

import com.vmware.vim25.HttpNfcLeaseInfo;
import com.vmware.vim25.HttpNfcLeaseState;
import com.vmware.vim25.LocalizedMethodFault;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ObjectSpec;
import com.vmware.vim25.ObjectUpdate;
import com.vmware.vim25.PropertyChange;
import com.vmware.vim25.PropertyFilterSpec;
import com.vmware.vim25.PropertyFilterUpdate;
import com.vmware.vim25.PropertySpec;
import com.vmware.vim25.UpdateSet;
import com.vmware.vim25.WaitOptions;
import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.vsphere.soap.SoapFault;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lease on a VM that is being imported (vSphere Web Services API, HttpNfcLease), and what is done
 * with it.
 */
final class NfcLease {
  private static final Logger log = LoggerFactory.getLogger(NfcLease.class);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration ONE_WAIT = Duration.ofSeconds(30);
  private static final int DEFAULT_TIMEOUT_SECONDS = 300;

  private NfcLease() {}

  /** Keeps a lease alive, and tells vSphere how far it is. */
  record Keeper(Duration interval, Sign sign) {}

  /** A sign of life. */
  interface Sign {
    void of(int percent);
  }

  /**
   * Waits until something can be sent.
   *
   * @throws VicException if the lease fails
   */
  static HttpNfcLeaseInfo awaitReady(
      VimSession session, ManagedObjectReference lease, String what) {
    ManagedObjectReference collector =
        session.call(
            what, vim -> vim.createPropertyCollector(session.content().getPropertyCollector()));
    try {
      ObjectSpec object = new ObjectSpec();
      object.setObj(lease);
      PropertyFilterSpec filter = new PropertyFilterSpec();
      filter.setPropSet(
          new PropertySpec[] {
            PropertyWatch.properties("HttpNfcLease", List.of("state", "info", "error"))
          });
      filter.setObjectSet(new ObjectSpec[] {object});
      session.call(what, vim -> vim.createFilter(collector, filter, false));
      return awaitReady(session, collector, new HashMap<>(), what);
    } finally {
      VsphereDatastore.undisturbed(() -> forget(session, collector));
    }
  }

  private static void forget(VimSession session, ManagedObjectReference collector) {
    try {
      session.run("end of a watch", vim -> vim.destroyPropertyCollector(collector));
    } catch (VicException e) {
      log.debug("the watch ends with its session", e);
    }
  }

  private static HttpNfcLeaseInfo awaitReady(
      VimSession session,
      ManagedObjectReference collector,
      Map<String, @Nullable Object> properties,
      String what) {
    WaitOptions options = new WaitOptions();
    options.setMaxWaitSeconds(Math.toIntExact(ONE_WAIT.toSeconds()));
    long end = System.nanoTime() + PATIENCE.toNanos();
    String version = "";
    while (System.nanoTime() < end) {
      String seen = version;
      UpdateSet updates = session.call(what, vim -> vim.waitForUpdatesEx(collector, seen, options));
      if (updates == null) {
        continue;
      }
      version = updates.getVersion();
      gather(updates, properties);
      if (properties.get("state") == HttpNfcLeaseState.error) {
        throw properties.get("error") instanceof LocalizedMethodFault error
            ? VimFaults.translate(SoapFault.of(error), what)
            : new UnavailableException(what + ": vSphere gives no lease", null);
      }
      if (properties.get("state") == HttpNfcLeaseState.ready
          && properties.get("info") instanceof HttpNfcLeaseInfo info) {
        return info;
      }
    }
    throw new UnavailableException(what + ": the lease does not become ready", null);
  }

  private static void gather(UpdateSet updates, Map<String, @Nullable Object> properties) {
    for (PropertyFilterUpdate filter : UpdateLoop.orEmpty(updates.getFilterSet())) {
      for (ObjectUpdate update : UpdateLoop.orEmpty(filter.getObjectSet())) {
        for (PropertyChange change : UpdateLoop.orEmpty(update.getChangeSet())) {
          properties.put(change.getName(), change.getVal());
        }
      }
    }
  }

  /** How a lease is kept alive: four times as often as it must be. */
  static Keeper keeper(VimSession session, ManagedObjectReference lease, HttpNfcLeaseInfo info) {
    int seconds = info.getLeaseTimeout() > 0 ? info.getLeaseTimeout() : DEFAULT_TIMEOUT_SECONDS;
    return new Keeper(
        Duration.ofMillis(Math.max(250, seconds * 250L)),
        percent ->
            session.run("keeping of a lease", vim -> vim.httpNfcLeaseProgress(lease, percent)));
  }

  /**
   * Completes a lease: what it was for stays.
   *
   * @throws BrokenConnectionException if it has ended before
   */
  static void complete(VimSession session, ManagedObjectReference lease, String what) {
    boolean broken = false;
    for (int attempt = 1; ; attempt++) {
      try {
        session.run(what, vim -> vim.httpNfcLeaseComplete(lease));
        return;
      } catch (BrokenConnectionException e) {
        if (attempt == 3) {
          throw e;
        }
        broken = true;
      } catch (ConflictException | NotFoundException e) {
        if (broken) {
          return; // It was, and only the answer was lost.
        }
        throw new BrokenConnectionException(
            what + ": the lease has ended before the disk was there", true, e);
      }
    }
  }

  /**
   * Gives up a lease; vSphere removes what it was for.
   *
   * @return whether it did; if not, the lease ends by itself, or was completed
   */
  static boolean abort(VimSession session, ManagedObjectReference lease, RuntimeException failure) {
    try {
      session.run("end of a lease", vim -> vim.httpNfcLeaseAbort(lease, null));
      return true;
    } catch (VicException e) {
      log.debug("the lease ends by itself, or has ended", e);
      failure.addSuppressed(e);
      return false;
    }
  }
}
