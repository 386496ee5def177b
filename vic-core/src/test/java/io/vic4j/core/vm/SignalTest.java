package io.vic4j.core.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.InvalidArgumentException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SignalTest {
  @Test
  void names_areReadAsPeopleWriteThem() {
    assertThat(Signal.parse("SIGTERM")).isEqualTo(Signal.TERM);
    assertThat(Signal.parse("term")).isEqualTo(Signal.TERM);
    assertThat(Signal.parse("15")).isEqualTo(Signal.TERM);
    assertThat(Signal.parse("SIGRTMIN+3").number()).isEqualTo(37);
    assertThat(Signal.parse("SIGRTMAX-1").number()).isEqualTo(63);
    assertThat(Signal.parse("WINCH").number()).isEqualTo(28);
  }

  @Property
  void name_isReadBack(@ForAll @IntRange(min = 1, max = 64) int number) {
    if (number != 32 && number != 33) {
      assertThat(Signal.parse(new Signal(number).name()).number()).isEqualTo(number);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "SIG", "SIGNOPE", "0", "32", "65", "-9", "SIGRTMIN-1", "SIGRTMAX+1"})
  void whatIsNoSignal_isRefused(String text) {
    assertThatThrownBy(() -> Signal.parse(text))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'" + text + "'");
  }
}
