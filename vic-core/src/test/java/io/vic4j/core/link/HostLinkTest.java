package io.vic4j.core.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ConflictException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.TimeSource;
import io.vic4j.core.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The host's side against a guest of a few lines. */
final class HostLinkTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
  private final TimeSource time = TimeSource.system(executor);
  private final List<Packet> seen = new ArrayList<>();
  private Consumer<Packet> guest = packet -> {};
  private LinkStream.Receiver host;

  @AfterEach
  void closeExecutor() {
    executor.shutdownNow();
  }

  private LinkStream open(LinkStream.Receiver receiver) {
    host = receiver;
    PacketDecoder decoder =
        new PacketDecoder(
            packet -> {
              seen.add(packet);
              if (packet.type() == Packet.Type.HELLO) {
                toHost(Packet.json(Packet.Type.END, 1, "{\"of\":\"another host\"}"));
                toHost(Packet.hello(packet.payload()));
              }
              guest.accept(packet);
            });
    return new LinkStream() {
      @Override
      public void write(byte[] bytes) {
        decoder.feed(bytes, 0, bytes.length);
      }

      @Override
      public void close() {
        receiver.ended();
      }
    };
  }

  private void toHost(Packet packet) {
    byte[] encoded = packet.encoded();
    host.received(encoded, encoded.length);
  }

  private HostLink connect() {
    return HostLink.connect(this::open, "vm 'web'", time, SOON);
  }

  @Test
  void guestThatDoesNotAnswer_isUnavailable() {
    LinkStream deaf =
        new LinkStream() {
          @Override
          public void write(byte[] bytes) {}

          @Override
          public void close() {}
        };
    assertThatThrownBy(
            () -> HostLink.connect(receiver -> deaf, "vm 'web'", time, Duration.ofMillis(20)))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("vm 'web'");
  }

  @Test
  void whatCameBeforeTheGreeting_isNotForThisHost() {
    guest =
        packet -> {
          if (packet.type() == Packet.Type.OPEN) {
            toHost(Packet.json(Packet.Type.OPENED, packet.exchange(), "{\"pid\":5}"));
          }
        };
    try (HostLink link = connect()) {
      Exchange exchange = link.open("{}", SOON);
      assertThat(exchange.opening()).contains("{\"pid\":5}");
      assertThat(exchange.isOver()).isFalse();
    }
  }

  @Test
  void guestThatSendsMoreThanItMay_isCutOff() throws Exception {
    guest =
        packet -> {
          if (packet.type() == Packet.Type.OPEN) {
            toHost(Packet.json(Packet.Type.OPENED, packet.exchange(), "{}"));
            for (int i = 0; i < 5; i++) {
              byte[] content = new byte[Packet.MAX_DATA_BYTES];
              toHost(Packet.data(packet.exchange(), 1, content, 0, content.length));
            }
          }
        };
    try (HostLink link = connect()) {
      Exchange exchange = link.open("{}", SOON);
      assertThat(seen).extracting(Packet::type).contains(Packet.Type.CANCEL);
      assertThat(exchange.out().read()).isEqualTo(-1);
    }
  }

  @Test
  void credit_isGivenForWhatIsRead_andForWhatNobodyWants() throws Exception {
    guest =
        packet -> {
          if (packet.type() == Packet.Type.OPEN) {
            toHost(Packet.json(Packet.Type.OPENED, packet.exchange(), "{}"));
            for (int i = 0; i < 4; i++) {
              byte[] content = new byte[Packet.MAX_DATA_BYTES];
              toHost(Packet.data(packet.exchange(), 1, content, 0, content.length));
            }
          }
        };
    try (HostLink link = connect()) {
      Exchange exchange = link.open("{}", SOON);
      assertThat(credits()).isZero();
      assertThat(exchange.out().readNBytes(Packet.MAX_DATA_BYTES)).hasSize(Packet.MAX_DATA_BYTES);
      assertThat(credits()).isEqualTo(Packet.MAX_DATA_BYTES);
      exchange.out().close();
      assertThat(credits()).isEqualTo(Packet.WINDOW_BYTES);
    }
  }

  private int credits() {
    return seen.stream()
        .filter(packet -> packet.type() == Packet.Type.CREDIT)
        .mapToInt(packet -> packet.payload().getInt(1))
        .sum();
  }

  @Test
  void input_waitsForCredit_andIsRefusedOnceTheExchangeIsOver() throws Exception {
    try (HostLink link = connect()) {
      guest =
          packet -> {
            if (packet.type() == Packet.Type.OPEN) {
              toHost(Packet.json(Packet.Type.OPENED, packet.exchange(), "{}"));
            }
          };
      Exchange exchange = link.open("{}", SOON);
      Thread writer =
          new Thread(
              () -> {
                try {
                  exchange.in().write(new byte[Packet.WINDOW_BYTES + 1]);
                } catch (java.io.IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      writer.start();
      while (writer.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      toHost(Packet.credit(1, 0, 10));
      writer.join();
      toHost(Packet.json(Packet.Type.END, 1, "{\"code\":3}"));
      assertThat(exchange.awaitEnd(SOON)).contains("{\"code\":3}");
      assertThatThrownBy(() -> exchange.in().write("x".getBytes(UTF_8)))
          .isInstanceOf(ConflictException.class);
    }
  }

  @Test
  void connectionThatEnds_endsExchanges_andRequestsAreRefused() throws Exception {
    guest =
        packet -> {
          if (packet.type() == Packet.Type.OPEN) {
            toHost(Packet.json(Packet.Type.OPENED, packet.exchange(), "{}"));
          }
        };
    HostLink link = connect();
    Exchange exchange = link.open("{}", SOON);
    host.ended();
    assertThat(exchange.awaitEnd(SOON)).isEmpty();
    assertThat(exchange.err().read()).isEqualTo(-1);
    assertThat(link.isEnded()).isTrue();
    assertThatThrownBy(() -> link.open("{}", SOON)).isInstanceOf(UnavailableException.class);
    link.close();
  }

  @Test
  void requestThatIsTooLong_isRefusedBeforeItIsSent() {
    try (HostLink link = connect()) {
      assertThatThrownBy(() -> link.open("x".repeat(20_000), SOON))
          .isInstanceOf(InvalidArgumentException.class);
      assertThat(seen).extracting(Packet::type).containsExactly(Packet.Type.HELLO);
    }
  }
}
