package io.vic4j.storage.ext4;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BitsTest {
  private static final int BITS = 256;

  @Property(tries = 300)
  void rangesSetAndCleared_areThoseOfABitSet(
      @ForAll @IntRange(max = BITS) int a,
      @ForAll @IntRange(max = BITS) int b,
      @ForAll @IntRange(max = BITS) int c,
      @ForAll @IntRange(max = BITS) int d) {
    byte[] bitmap = new byte[BITS / 8];
    BitSet model = new BitSet();

    Bits.set(bitmap, Math.min(a, b), Math.max(a, b));
    model.set(Math.min(a, b), Math.max(a, b));
    Bits.clear(bitmap, Math.min(c, d), Math.max(c, d));
    model.clear(Math.min(c, d), Math.max(c, d));

    assertThat(BitSet.valueOf(bitmap)).isEqualTo(model);
  }
}
