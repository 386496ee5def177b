package io.vic4j.pod.kubernetes.kubelet;

import io.vic4j.core.VicException;
import io.vic4j.core.vm.GuestConnection;
import io.vic4j.pod.PodLifecycle;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a port of a pod, joined with a client's streams. It ends when the pod ends it,
 * or the client is gone; a client that has no more to say is still answered.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class PortPipe {
  private static final Logger log = LoggerFactory.getLogger(PortPipe.class);
  private static final int BUFFER_BYTES = 32 * 1024;

  private final PodLifecycle pods;
  private final PodTarget target;
  private final int port;
  private final ClientStream data;
  private final ClientStream error;
  private final Workers workers;
  private final Runnable over;

  /**
   * A connection to be made.
   *
   * @param data what goes through it
   * @param error what went wrong, as text
   * @param over told when it is over
   */
  PortPipe(
      PodLifecycle pods,
      PodTarget target,
      int port,
      ClientStream data,
      ClientStream error,
      Workers workers,
      Runnable over) {
    this.pods = pods;
    this.target = target;
    this.port = port;
    this.data = data;
    this.error = error;
    this.workers = workers;
    this.over = over;
  }

  /** Has a worker make it, and do the rest. Never waits. */
  void start() {
    Workers.Permit permit;
    try {
      permit = workers.permit();
    } catch (HttpFailure e) {
      end(e.text());
      return;
    }
    try {
      Future<?> work =
          workers.submit(
              () -> {
                try (permit) {
                  run();
                }
              });
      data.gone().addListener(gone -> work.cancel(true));
      data.gone()
          .addListener(gone -> permit.close()); // A task that is cancelled early does not run.
    } catch (RejectedExecutionException e) {
      permit.close();
      end("the server is busy");
    }
  }

  private void run() {
    String problem = "";
    try (GuestConnection connection = pods.portForward(target.key(), port)) {
      data.inbound().passTo(connection.out(), true, workers);
      copy(connection.in());
    } catch (VicException e) {
      log.debug("port {} of pod {} is not forwarded", port, target.key(), e);
      problem = String.valueOf(e.getMessage());
    } catch (IOException e) {
      log.debug("a client has left port {} of pod {}", port, target.key(), e);
      problem = "the connection was lost";
    } catch (RuntimeException e) {
      log.warn("port {} of pod {} cannot be forwarded", port, target.key(), e);
      problem = "internal error";
    } finally {
      data.inbound().discard();
    }
    end(problem);
  }

  private void copy(InputStream from) throws IOException {
    PacedOutput out = new PacedOutput(data::send);
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
      out.write(buffer, 0, count);
    }
    out.awaitSent();
  }

  private void end(String problem) {
    if (!problem.isEmpty()) {
      byte[] text =
          ("error forwarding port "
                  + port
                  + " to pod "
                  + target.key().name()
                  + ", uid "
                  + target.pod().uid()
                  + ": "
                  + problem)
              .getBytes(StandardCharsets.UTF_8);
      error.send(text, 0, text.length);
    }
    data.end();
    error.end();
    over.run();
  }
}
