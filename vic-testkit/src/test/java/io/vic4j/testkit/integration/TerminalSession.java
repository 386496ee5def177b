package io.vic4j.testkit.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.ForeignTool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A shell in a terminal of its own, and somebody who types and reads. script(1) makes it. */
final class TerminalSession implements AutoCloseable {
  private static final Duration LONG = Duration.ofMinutes(2);

  private final Process script;
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream(); // Guarded by itself.
  private int read;

  /** Has a shell run these lines there. */
  TerminalSession(String lines) throws IOException {
    script =
        new ProcessBuilder(
                ForeignTool.named("script").program().toString(), "-qec", lines, "/dev/null")
            .redirectErrorStream(true)
            .start();
    Thread reader = new Thread(this::readAll, "terminal");
    reader.setDaemon(true);
    reader.start();
  }

  private void readAll() {
    byte[] block = new byte[4096];
    try (InputStream in = script.getInputStream()) {
      for (int count = in.read(block); count >= 0; count = in.read(block)) {
        synchronized (screen) {
          screen.write(block, 0, count);
        }
      }
    } catch (IOException e) {
      // It has ended.
    }
  }

  private String shown() {
    synchronized (screen) {
      return screen.toString(UTF_8);
    }
  }

  /** Waits until it shows this after what was read before. */
  MatchResult read(String pattern) {
    return read(pattern, LONG);
  }

  private MatchResult read(String pattern, Duration timeout) {
    Matcher matcher = Pattern.compile(pattern).matcher("");
    await()
        .atMost(timeout)
        .untilAsserted(
            () -> {
              String shown = shown();
              if (!matcher.reset(shown).find(read)) {
                throw new AssertionError("no " + pattern + " in " + shown.substring(read));
              }
            });
    read = matcher.end();
    return matcher.toMatchResult();
  }

  void type(String keys) throws IOException {
    script.getOutputStream().write(keys.getBytes(UTF_8));
    script.getOutputStream().flush();
  }

  /** Ends what still runs. */
  @Override
  public void close() {
    script.descendants().forEach(ProcessHandle::destroy);
    script.destroy();
  }
}
