package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection of streams on which nothing has come or gone for long, and asks now and then
 * whether its client is still there: where reading is held back, that alone shows that it is not.
 * Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class Liveness {
  private static final Logger log = LoggerFactory.getLogger(Liveness.class);
  private static final long PING_NANOS = Duration.ofSeconds(30).toNanos();

  private volatile long last = System.nanoTime();

  private Liveness() {}

  /**
   * Watches over a connection.
   *
   * @param idle how long it may be silent
   * @param ping asks whether the client is there; on the connection's thread
   */
  static Liveness watch(Channel channel, Duration idle, Runnable ping) {
    Liveness liveness = new Liveness();
    long round = Math.max(1, Math.min(PING_NANOS, idle.toNanos() / 4));
    Future<?> rounds =
        channel
            .eventLoop()
            .scheduleWithFixedDelay(
                () -> liveness.look(channel, idle, ping), round, round, TimeUnit.NANOSECONDS);
    channel.closeFuture().addListener(closed -> rounds.cancel(false));
    return liveness;
  }

  private void look(Channel channel, Duration idle, Runnable ping) {
    if (System.nanoTime() - last > idle.toNanos()) {
      log.debug("nothing has come from {} for {}", channel.remoteAddress(), idle);
      channel.close();
    } else {
      ping.run();
    }
  }

  /** Something has come or gone. */
  void touch() {
    last = System.nanoTime();
  }
}
