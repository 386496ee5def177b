package io.vic4j.core.vsphere;

import com.vmware.vim25.HttpNfcLeaseDeviceUrl;
import io.vic4j.core.CancelledException;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.http.BodyStream;
import io.vic4j.core.http.HttpClients;
import io.vic4j.core.http.PinnedTrust;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends disks to where a lease says: the server itself, or one of its hosts. Thread-safe; closing
 * it ends what is being sent to hosts.
 */
final class NfcUpload implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NfcUpload.class);

  /** vSphere Web Services SDK Programming Guide, "Importing an OVF Template". */
  private static final String STREAM_VMDK = "application/x-vnd.vmware-streamVmdk";

  private final VimSession session;
  private final VimHttp http;
  private final ExecutorService executor;
  private final Duration longest;
  private final Set<VimHttp> hosts = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Uploads of a session.
   *
   * @param longest how long one may take
   */
  NfcUpload(VimSession session, VimHttp http, ExecutorService executor, Duration longest) {
    this.session = session;
    this.http = http;
    this.executor = executor;
    this.longest = longest;
  }

  /**
   * Sends a disk, and keeps its lease alive meanwhile.
   *
   * @param told how much of the disk the progress has been told of, by earlier attempts, too
   */
  void send(
      HttpNfcLeaseDeviceUrl device,
      EncodedDisk disk,
      ProgressTask progress,
      AtomicLong told,
      NfcLease.Keeper keeper) {
    AtomicLong sent = new AtomicLong();
    Supplier<InputStream> counted = () -> counted(disk, progress, sent, told);
    CountDownLatch done = new CountDownLatch(1);
    try {
      executor.execute(() -> keep(keeper, sent, disk.sizeBytes(), done));
    } catch (RejectedExecutionException e) {
      throw closedException(e);
    }
    URI server = session.client().sdk();
    // A star stands for the server that gave the lease.
    URI target = URI.create(device.getUrl().replace("://*", "://" + server.getRawAuthority()));
    boolean elsewhere = !origin(target).equals(origin(server));
    String thumbprint = device.getSslThumbprint();
    try {
      if (elsewhere && thumbprint != null && !thumbprint.isEmpty()) {
        VimHttp host = host(thumbprint);
        try (host) {
          post(host, target, counted, disk.sizeBytes());
        } finally {
          hosts.remove(host);
        }
      } else {
        post(http, target, counted, disk.sizeBytes());
      }
    } finally {
      done.countDown();
    }
  }

  /** A way to a host, whose certificate the server told over a connection that is trusted. */
  private VimHttp host(String thumbprint) {
    HttpClients clients =
        new HttpClients(
            executor,
            Duration.ofSeconds(20),
            PinnedTrust.context(algorithm(thumbprint), thumbprint));
    VimHttp host = new VimHttp(clients, longest);
    hosts.add(host);
    if (closed) {
      host.close();
      throw closedException(null);
    }
    return host;
  }

  private static CancelledException closedException(@Nullable Throwable cause) {
    return new CancelledException("cancelled: the connection to vSphere is closed", cause);
  }

  @Override
  public void close() {
    closed = true;
    List.copyOf(hosts).forEach(VimHttp::close);
  }

  private static String origin(URI uri) {
    return uri.getHost().toLowerCase(Locale.ROOT) + ":" + (uri.getPort() < 0 ? 443 : uri.getPort());
  }

  private static String algorithm(String thumbprint) {
    return thumbprint.replace(":", "").length() == 64 ? "SHA-256" : "SHA-1";
  }

  private void post(VimHttp through, URI target, Supplier<InputStream> content, long sizeBytes) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target)
            .header("Content-Type", STREAM_VMDK)
            .POST(BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(content), sizeBytes));
    String cookie = session.client().session();
    if (through == http && cookie != null) {
      request.header("Cookie", cookie);
    }
    HttpResponse<BodyStream> answer = through.send(request, longest);
    VimHttp.discard(answer);
    if (answer.statusCode() >= 300) {
      int status = answer.statusCode();
      String why = "the disk was not taken: HTTP " + status + " from " + target.getHost();
      // The address is all that lets a disk in, so a refusal means that the lease has ended.
      boolean ended = status == 401 || status == 403 || status == 404;
      throw ended || VimHttp.isFromProxy(status)
          ? new BrokenConnectionException(why, true, null)
          : new UnavailableException(why, null);
    }
  }

  private static InputStream counted(
      EncodedDisk disk, ProgressTask progress, AtomicLong sent, AtomicLong told) {
    try {
      return new FilterInputStream(disk.open()) {
        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
          int read = super.read(buffer, offset, length);
          if (read > 0) {
            long now = sent.addAndGet(read);
            progress.advance(Math.max(0, now - told.getAndAccumulate(now, Math::max)));
          }
          return read;
        }
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void keep(
      NfcLease.Keeper keeper, AtomicLong sent, long total, CountDownLatch done) {
    try {
      while (!done.await(keeper.interval().toMillis(), TimeUnit.MILLISECONDS)) {
        keeper.sign().of((int) Math.min(99, 100 * sent.get() / Math.max(1, total)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (VicException e) {
      log.warn("a lease could not be kept alive; the upload will fail: {}", e.getMessage());
    }
  }
}
