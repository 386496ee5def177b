package io.vic4j.pod.kubernetes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ShortMemoryTest {
  private final AtomicLong nanos = new AtomicLong();
  private final List<String> asked = new ArrayList<>();
  private final ShortMemory<String, Integer> memory =
      new ShortMemory<>(2, Duration::ofSeconds, nanos::get);

  private int get(String key, int answer) {
    return memory.get(
        key,
        it -> {
          asked.add(it);
          return answer;
        });
  }

  @Test
  void answer_isKeptForItsTime() {
    assertThat(get("a", 5)).isEqualTo(5);
    nanos.set(Duration.ofSeconds(5).toNanos() - 1);
    assertThat(get("a", 6)).isEqualTo(5);
    nanos.incrementAndGet();
    assertThat(get("a", 7)).isEqualTo(7);
    assertThat(asked).containsExactly("a", "a");
  }

  @Test
  void oldestAnswer_isForgottenForANewOne() {
    get("a", 9);
    get("b", 9);
    get("c", 9);
    get("b", 9);
    get("a", 9);
    assertThat(asked).containsExactly("a", "b", "c", "a");
  }
}
