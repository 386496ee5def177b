package io.vic4j.storage.vmdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.zip.Deflater;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Disks that are damaged, or made to do damage. */
class HostileDiskTest {
  private static final int CAPACITY = 40 << 20;

  private static Path folder;
  private static DiskFiles files;
  private static byte[] sparse;
  private static byte[] stream;

  @BeforeAll
  @BeforeContainer
  static void setUp() throws IOException {
    folder = Files.createTempDirectory("vmdk-hostile");
    files = new DiskFiles(folder);
    files.writeRaw("raw", CAPACITY);
    files.write(VmdkSubformat.MONOLITHIC_SPARSE, "raw", "sparse.vmdk");
    files.write(VmdkSubformat.STREAM_OPTIMIZED, "raw", "stream.vmdk");
    sparse = Files.readAllBytes(files.path("sparse.vmdk"));
    stream = Files.readAllBytes(files.path("stream.vmdk"));
  }

  @AfterAll
  @AfterContainer
  static void tearDown() throws IOException {
    try (var paths = Files.walk(folder)) {
      paths.sorted(java.util.Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
  }

  /** Reads all of it, random access and, where it is one, as a stream. */
  private static void readAll(byte[] disk) {
    try {
      Files.write(files.path("hostile.vmdk"), disk);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (VmdkReader reader =
        VmdkReader.open(files.datastore(), DatastorePath.parse("hostile.vmdk"))) {
      ByteBuffer buffer = ByteBuffer.allocate(65_536);
      // A hostile capacity may be huge: what lies in the file is what can go wrong.
      long position = reader.nextData(0);
      for (int grains = 0; grains < 4096 && position < reader.sizeBytes(); grains++) {
        reader.read(position, buffer.clear());
        position = reader.nextData(position + buffer.position());
      }
    }
  }

  private static void readStream(byte[] disk) {
    try {
      StreamOptimizedReader.open(new ByteArrayInputStream(disk)).copyTo(new Discarding());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Discarding implements DatastoreWriter {
    @Override
    public void write(long position, ByteBuffer source) {
      assertThat(position).isBetween(0L, VmdkExtent.MAX_SIZE_BYTES);
    }

    @Override
    public void setSize(long sizeBytes) {}

    @Override
    public void commit() {}

    @Override
    public void close() {}
  }

  private static byte[] patched(byte[] disk, Consumer<ByteBuffer> patch) {
    byte[] copy = disk.clone();
    patch.accept(ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN));
    return copy;
  }

  @Property(tries = 3000)
  void anyChangeOfMetadata_isReadOrRefused(
      @ForAll boolean streamed,
      @ForAll @IntRange(max = 3) int region,
      @ForAll @IntRange(max = 2047) int offset,
      @ForAll long value,
      @ForAll @IntRange(min = 1, max = 8) int width) {
    byte[] original = streamed ? stream : sparse;
    int[] starts =
        streamed
            ? new int[] {0, 128 * 512, stream.length - 2048, 512}
            : new int[] {0, 31 * 512, 30 * 512, 512};
    byte[] copy = original.clone();
    byte[] bytes = ByteBuffer.allocate(8).putLong(value).array();
    // Near the start, so that most changes hit the fields of headers.
    int at = starts[region] + (region == 0 ? offset % 96 : offset);
    for (int i = 0; i < width && at + i < copy.length; i++) {
      copy[at + i] = bytes[i];
    }
    try {
      readAll(copy);
    } catch (VicException e) {
      assertThat(e).isInstanceOfAny(CorruptException.class, UnsupportedException.class);
    }
    if (streamed) {
      try {
        readStream(copy);
      } catch (VicException e) {
        assertThat(e).isInstanceOfAny(CorruptException.class, UnsupportedException.class);
      }
    }
  }

  @Property(tries = 200)
  void anyTruncation_ofAStream_isCorrupt(@ForAll @IntRange(min = 1) int left) {
    byte[] cut = Arrays.copyOf(stream, left % stream.length);

    assertThatThrownBy(() -> readStream(cut)).isInstanceOf(CorruptException.class);
  }

  enum Change {
    CAPACITY_NEGATIVE(12, -1L, "its capacity is"),
    CAPACITY_OTHER(12, 8192, "its descriptor says"),
    GRAIN_NOT_POWER(20, 100, "its grains have"),
    GRAIN_HUGE(20, 1L << 40, "its grains have"),
    DESCRIPTOR_FAR(28, Long.MAX_VALUE, "offset outside"),
    DESCRIPTOR_HUGE(36, 1 << 20, "its descriptor has"),
    DIRECTORY_FAR(56, 1L << 30, "grain directory lies past"),
    OVERHEAD_NEGATIVE(64, -5, "offset outside"),
    LINE_ENDS(73, 0x0a0a0d20, "transfer as text"),
    MAGIC(0, 0x1234567812345678L, "does not begin with");

    final int offset;
    final long value;
    final String message;

    Change(int offset, long value, String message) {
      this.offset = offset;
      this.value = value;
      this.message = message;
    }
  }

  @ParameterizedTest
  @EnumSource
  void header_isChecked(Change change) {
    byte[] disk = patched(sparse, b -> b.putLong(change.offset, change.value));

    assertThatThrownBy(() -> readAll(disk))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(change.message);
  }

  @Test
  void grainInTheHeader_isCorrupt() {
    byte[] disk = patched(sparse, b -> b.putInt(31 * 512, 1));

    assertThatThrownBy(() -> readAll(disk))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("grain 0 is said to be at sector 1");
  }

  @Test
  void grainPastTheEnd_isCorrupt() {
    byte[] disk = patched(sparse, b -> b.putInt(31 * 512, -1));

    assertThatThrownBy(() -> readAll(disk))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("at sector 4294967295");
  }

  @Test
  void cowd_isRefusedByName() {
    byte[] disk = patched(sparse, b -> b.putInt(0, SparseHeader.COWD_MAGIC));

    assertThatThrownBy(() -> readAll(disk))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("COWD");
  }

  @Test
  void tooNewVersion_isRefusedByName() {
    byte[] disk = patched(sparse, b -> b.putInt(4, 4));

    assertThatThrownBy(() -> readAll(disk))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("version 4");
  }

  @Test
  void empty_isCorrupt() {
    assertThatThrownBy(() -> readAll(new byte[0])).isInstanceOf(CorruptException.class);
  }

  static byte[][] both() {
    return new byte[][] {{0}, {1}};
  }

  @ParameterizedTest
  @MethodSource("both")
  void grainThatIsABomb_isCorrupt(byte[] streamed) {
    Deflater deflater = new Deflater();
    deflater.setInput(new byte[8 << 20]);
    deflater.finish();
    byte[] bomb = new byte[20_000];
    int length = deflater.deflate(bomb);
    deflater.end();
    byte[] disk =
        patched(
            stream,
            b -> {
              b.putInt(128 * 512 + 8, length);
              b.put(128 * 512 + 12, bomb, 0, length);
            });

    assertThatThrownBy(
            () -> {
              if (streamed[0] == 0) {
                readAll(disk);
              } else {
                readStream(disk);
              }
            })
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("grain 0 has more than 65536 bytes");
  }

  @Test
  void grainThatIsRepeated_isCorrupt() throws IOException {
    byte[] grain = Arrays.copyOfRange(stream, 128 * 512, 128 * 512 + 130 * 512);
    int length = ByteBuffer.wrap(grain).order(ByteOrder.LITTLE_ENDIAN).getInt(8) + 12;
    byte[] whole = Arrays.copyOf(grain, (length + 511) / 512 * 512);
    byte[] disk = new byte[128 * 512 + 700 * whole.length];
    System.arraycopy(stream, 0, disk, 0, 128 * 512);
    for (int i = 0; i < 700; i++) {
      System.arraycopy(whole, 0, disk, 128 * 512 + i * whole.length, whole.length);
    }

    assertThatThrownBy(() -> readStream(disk))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("more grains than there is room for");
  }
}
