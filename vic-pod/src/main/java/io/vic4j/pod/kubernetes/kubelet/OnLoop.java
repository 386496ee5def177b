package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.vic4j.core.UnavailableException;
import java.util.function.Supplier;

/** Has something done by a connection's own thread. */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is told by the channel, which closes.
final class OnLoop {
  private OnLoop() {}

  /**
   * Waits until it is done.
   *
   * @throws UnavailableException if that fails: the client is gone
   */
  static void run(Channel channel, Supplier<ChannelFuture> work) throws InterruptedException {
    ChannelPromise done = channel.newPromise();
    channel
        .eventLoop()
        .execute(
            () -> {
              try {
                work.get()
                    .addListener(
                        it -> {
                          if (it.isSuccess()) {
                            done.setSuccess();
                          } else {
                            done.setFailure(it.cause());
                          }
                        });
              } catch (RuntimeException e) {
                done.setFailure(e);
                channel.close();
              }
            });
    done.await();
    if (!done.isSuccess()) {
      throw new UnavailableException("the client is gone", done.cause());
    }
  }
}
