package io.vic4j.pod.kubernetes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ReadGateTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ReadGate gate = new ReadGate(channel, 100, 20);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private boolean reads() {
    return channel.config().isAutoRead();
  }

  @Test
  void reading_stopsAtTheMostThatIsHeld_andGoesOnWhenLittleIs() {
    gate.hold(99);
    assertThat(reads()).isTrue();
    gate.hold(1);
    assertThat(reads()).isFalse();
    gate.release(79);
    assertThat(reads()).isFalse();
    gate.release(1);
    assertThat(reads()).isTrue();
  }

  @Test
  void gateThatIsOpenForGood_isNotShutAgain() {
    gate.hold(100);
    gate.openForGood();
    assertThat(reads()).isTrue();
    gate.hold(1000);
    assertThat(reads()).isTrue();
  }
}
