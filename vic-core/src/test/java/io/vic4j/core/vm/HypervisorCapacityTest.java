package io.vic4j.core.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.vm.HypervisorCapacity.Amount;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class HypervisorCapacityTest {
  @Test
  void allocatable_isTheLesserOfTotalAndLimit() {
    assertThat(Amount.of(100, 0).allocatable()).isEqualTo(100);
    assertThat(new Amount(100, OptionalLong.of(30), 0).allocatable()).isEqualTo(30);
    assertThat(new Amount(100, OptionalLong.of(300), 0).allocatable()).isEqualTo(100);
  }

  @Test
  void free_isWhatIsLeft_andNeverLessThanNothing() {
    assertThat(Amount.of(100, 40).free()).isEqualTo(60);
    assertThat(new Amount(100, OptionalLong.of(30), 20).free()).isEqualTo(10);
    assertThat(new Amount(100, OptionalLong.of(30), 50).free()).isZero();
  }

  @Test
  void negativeAmounts_areRefused() {
    assertThatThrownBy(() -> Amount.of(-1, 0)).isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> Amount.of(1, -1)).isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> new Amount(1, OptionalLong.of(-1), 0))
        .isInstanceOf(InvalidArgumentException.class);
    Amount some = Amount.of(1, 0);
    assertThatThrownBy(
            () -> new HypervisorCapacity(some, some, OptionalLong.of(0), OptionalLong.empty()))
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(
            () -> new HypervisorCapacity(some, some, OptionalLong.empty(), OptionalLong.of(-1)))
        .isInstanceOf(InvalidArgumentException.class);
  }
}
