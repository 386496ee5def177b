package io.vic4j.core.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.vm.LogEntry.Output;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class LogFormatTest {
  private static final Instant TIME = Instant.parse("1969-12-31T23:59:59.5Z");

  @Property
  void entries_areReadBack(@ForAll byte[] content, @ForAll Output output) {
    LogEntry entry = LogEntry.of(TIME, output, content);
    LogReader reader = reader(LogFormat.encode(entry));
    assertThat(reader.next()).contains(entry);
    assertThat(reader.next()).isEmpty();
  }

  @Property
  void cutOffFrame_doesNotCount(@ForAll byte[] content) {
    byte[] frame = LogFormat.encode(LogEntry.of(TIME, Output.STDOUT, content));
    for (int length = 0; length < frame.length; length += 7) {
      assertThat(reader(Arrays.copyOf(frame, length)).next()).isEmpty();
    }
  }

  @Test
  void somethingElse_isCorrupt() {
    assertThatThrownBy(
            () -> reader("kernel panic, not a frame".getBytes(StandardCharsets.UTF_8)).next())
        .isInstanceOf(CorruptException.class);
  }

  @Test
  void oversizedEntry_isRefused() {
    LogEntry entry = LogEntry.of(TIME, Output.STDERR, new byte[LogFormat.MAX_CONTENT_BYTES + 1]);
    assertThatThrownBy(() -> LogFormat.encode(entry)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void transferTo_keepsOutputsApart() throws Exception {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    frames.writeBytes(LogFormat.encode(LogEntry.of(TIME, Output.STDOUT, new byte[] {'o'})));
    frames.writeBytes(LogFormat.encode(LogEntry.of(TIME, Output.STDERR, new byte[] {'e'})));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    reader(frames.toByteArray()).transferTo(out, err);
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("o");
    assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("e");
  }

  private static LogReader reader(byte[] frames) {
    return LogFormat.reader(new ByteArrayInputStream(frames), 0);
  }
}
