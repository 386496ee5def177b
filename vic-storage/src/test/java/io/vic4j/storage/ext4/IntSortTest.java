package io.vic4j.storage.ext4;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class IntSortTest {
  @Property(tries = 300)
  void order_isStableAndThatOfTheJdk(
      @ForAll @Size(max = 200) List<@IntRange(min = -50, max = 50) Integer> numbers) {
    int[] sorted = numbers.stream().mapToInt(n -> n).toArray();

    IntSort.sort(sorted, 0, sorted.length, (a, b) -> Integer.compare(a / 5, b / 5));

    int[] expected =
        numbers.stream().sorted(Comparator.comparing(n -> n / 5)).mapToInt(n -> n).toArray();
    assertThat(sorted).isEqualTo(expected);
  }

  @Property(tries = 100)
  void range_leavesTheRestAlone(@ForAll @Size(min = 40, max = 60) int[] numbers) {
    int[] sorted = numbers.clone();

    IntSort.sort(sorted, 10, 35, Integer::compare);

    int[] expected = numbers.clone();
    Arrays.sort(expected, 10, 35);
    assertThat(sorted).isEqualTo(expected);
  }
}
