package io.vic4j.testkit;

import io.vic4j.core.link.LinkStream;
import io.vic4j.core.vm.LinkPiece;
import io.vic4j.core.vm.LinkPiece.Side;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/** The guest's side of a link over variables, for a played guest. For use by one thread. */
final class PlayedVariableLink {
  private final GuestExchanges exchanges;
  private final ByteArrayOutputStream outgoing = new ByteArrayOutputStream();
  private PlayedLink stream;
  private LinkPiece shown = new LinkPiece("", 0, 0);

  PlayedVariableLink(GuestExchanges exchanges) {
    this.exchanges = exchanges;
    this.stream = newStream();
  }

  private PlayedLink newStream() {
    return new PlayedLink(
        Runnable::run,
        exchanges::take,
        new LinkStream.Receiver() {
          @Override
          public void received(byte[] bytes, int count) {
            outgoing.write(bytes, 0, count);
          }

          @Override
          public void ended() {}
        });
  }

  /** The change of variables by which the guest answers what they show; empty for none. */
  Optional<Map<String, String>> answer(Map<String, String> variables) {
    Optional<LinkPiece> host = LinkPiece.of(Side.HOST, variables);
    if (host.isEmpty()) {
      return Optional.empty();
    }
    if (!host.get().connection().equals(shown.connection())) {
      if (host.get().sent() != 1) {
        return Optional.empty();
      }
      shown = new LinkPiece(host.get().connection(), 0, 0);
      outgoing.reset();
      stream = newStream();
      exchanges.connect(stream);
    }
    LinkPiece before = shown;
    if (host.get().sent() == shown.got() + 1) {
      host.get().data(Side.HOST, variables).ifPresent(this::take);
    }
    boolean unused = stream.deliver();
    Optional<String> data = Optional.empty();
    if (host.get().got() == shown.sent() && outgoing.size() > 0) {
      shown = new LinkPiece(shown.connection(), shown.sent() + 1, shown.got());
      data = Optional.of(LinkPiece.takeNext(outgoing));
    }
    return shown.equals(before) ? Optional.empty() : Optional.of(shown.encode(Side.GUEST, data));
  }

  private void take(String data) {
    shown = new LinkPiece(shown.connection(), shown.sent(), shown.got() + 1);
    try {
      stream.write(Base64.getDecoder().decode(data));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
