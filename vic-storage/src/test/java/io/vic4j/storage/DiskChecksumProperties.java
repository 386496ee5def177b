package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.DatastoreReader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

final class DiskChecksumProperties {
  private static final int MAX_BYTES = 10 << 20;

  /** A write of so many bytes, which are zeros for every third seed, or a cut at the position. */
  record Step(int position, int length, int seed, boolean cut) {}

  private static final class Memory implements DatastoreReader {
    private byte[] content = new byte[0];
    private long bytesRead;

    @Override
    public long sizeBytes() {
      return content.length;
    }

    @Override
    public int read(long position, ByteBuffer target) {
      int count = (int) Math.min(target.remaining(), content.length - position);
      target.put(content, (int) position, count);
      bytesRead += count;
      return count;
    }

    @Override
    public void close() {}

    void write(int position, byte[] bytes) {
      if (content.length < position + bytes.length) {
        content = Arrays.copyOf(content, position + bytes.length);
      }
      System.arraycopy(bytes, 0, content, position, bytes.length);
    }

    void cut(int size) {
      content = Arrays.copyOf(content, size);
    }

    Digest read() {
      return DiskChecksum.read(this, Progress.NONE.begin("test"));
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Integer> position =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, MAX_BYTES),
            Arbitraries.integers().between(0, MAX_BYTES >> 16).map(block -> block << 16),
            Arbitraries.of(0, 4 << 20, (4 << 20) - 1, (4 << 20) + 1));
    Arbitrary<Integer> length =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 300),
            Arbitraries.integers().between(60_000, 200_000),
            Arbitraries.of(65_536, 131_072));
    return Combinators.combine(
            position,
            length,
            Arbitraries.integers().between(0, 1000),
            Arbitraries.frequency(Tuple.of(7, false), Tuple.of(1, true)))
        .as(Step::new)
        .list()
        .ofMaxSize(12);
  }

  @Property(tries = 300)
  void checksumOfWhatIsWritten_isThatOfWhatIsRead(
      @ForAll("steps") List<Step> steps, @ForAll boolean inOrder) {
    Memory disk = new Memory();
    DiskChecksum checksum = new DiskChecksum();
    List<Step> all =
        inOrder
            ? steps.stream().sorted((a, b) -> Integer.compare(a.position, b.position)).toList()
            : steps;
    for (Step step : all) {
      if (step.cut) {
        disk.cut(step.position);
        checksum.cutTo(step.position);
      } else {
        byte[] bytes = new byte[step.length];
        if (step.seed % 3 != 0) {
          new Random(step.seed).nextBytes(bytes);
        }
        if (bytes.length > 0) {
          disk.write(step.position, bytes);
        }
        checksum.written(step.position, ByteBuffer.wrap(bytes));
      }
    }

    assertThat(checksum.of(disk)).isEqualTo(disk.read());
  }

  @Property(tries = 50)
  void anyFlippedBit_changesTheChecksum(@ForAll Random random) {
    Memory disk = new Memory();
    byte[] content = new byte[5_000_000];
    random.nextBytes(content);
    Arrays.fill(content, 1_000_000, 3_000_000, (byte) 0);
    disk.write(0, content);
    Digest before = disk.read();

    int at = random.nextInt(content.length);
    disk.content[at] ^= (byte) (1 << random.nextInt(8));

    assertThat(disk.read()).isNotEqualTo(before);
  }

  @Example
  void writesInOrderAndAHeadAtTheEnd_areNotReadAgain_butForOneStretch() {
    Memory disk = new Memory();
    DiskChecksum checksum = new DiskChecksum();
    byte[] piece = new byte[1 << 20];
    new Random(1).nextBytes(piece);
    for (int at = 1 << 20; at < 16 << 20; at += piece.length) {
      disk.write(at, piece);
      checksum.written(at, ByteBuffer.wrap(piece));
    }
    disk.write(0, new byte[] {1, 2, 3});
    checksum.written(0, ByteBuffer.wrap(new byte[] {1, 2, 3}));

    Digest actual = checksum.of(disk);

    assertThat(disk.bytesRead).isEqualTo(4 << 20);
    assertThat(actual).isEqualTo(disk.read());
  }

  @Example
  void zerosAndHoles_areTheSame() {
    Memory written = new Memory();
    written.write(0, new byte[1 << 20]);
    written.write(1 << 20, new byte[] {1});
    DiskChecksum checksum = new DiskChecksum();
    checksum.written(1 << 20, ByteBuffer.wrap(new byte[] {1}));

    assertThat(checksum.of(written)).isEqualTo(written.read());
  }
}
