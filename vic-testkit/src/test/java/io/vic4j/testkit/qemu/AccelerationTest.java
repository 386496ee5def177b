package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ForeignTool;
import io.vic4j.core.UnavailableException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class AccelerationTest {
  private static final String QEMU = "qemu-system-x86_64";

  @Test
  void machineBootsByTranslation_andNotWithWhatIsNotThere() {
    ForeignTool unused = ForeignTool.named(QEMU);
    assertThat(Acceleration.boots(QEMU, Acceleration.TCG, Duration.ofMinutes(1))).isTrue();
    assertThat(Acceleration.boots(QEMU, "hax", Duration.ofMinutes(1))).isFalse();
  }

  @Test
  void machineThatTakesTooLong_doesNotBoot() {
    ForeignTool unused = ForeignTool.named(QEMU);
    assertThat(Acceleration.boots(QEMU, Acceleration.TCG, Duration.ofMillis(1))).isFalse();
  }

  @Test
  void fastest_isOneThatBoots() {
    ForeignTool unused = ForeignTool.named(QEMU);
    String fastest = Acceleration.fastest(QEMU);
    assertThat(Acceleration.boots(QEMU, fastest, Duration.ofMinutes(1))).isTrue();
  }

  @Test
  void programThatIsNotThere_isNamed() {
    assertThatThrownBy(() -> Acceleration.boots("no-such-qemu", "tcg", Duration.ofSeconds(1)))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("no-such-qemu");
  }
}
