package io.vic4j.pod.kubernetes.kubelet;

import io.netty.channel.ChannelFuture;

/** One stream of bytes between a client and the server, beside others on one connection. */
interface ClientStream {
  /**
   * Sends bytes to the client, after all that was sent on this stream before. Never waits.
   *
   * @return done when they are on their way, failed if the connection ends before
   */
  ChannelFuture send(byte[] bytes, int offset, int length);

  /** Tells the client that nothing more comes on this stream. Never waits. */
  void end();

  /** Done when the client has cut the stream off, or the connection has ended. */
  ChannelFuture gone();

  /** What the client sends. */
  InboundBytes inbound();
}
