package io.vic4j.pod.kubernetes.kubelet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class InboundBytesTest {
  private final AtomicInteger taken = new AtomicInteger();
  private final InboundBytes inbound = new InboundBytes(taken::addAndGet);
  private final Deque<Runnable> tasks = new ArrayDeque<>();

  /** Notes whether it is closed. */
  private static final class Target extends ByteArrayOutputStream {
    private boolean closed;

    @Override
    public void close() {
      closed = true;
    }
  }

  private void work() {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  private void offer(String text) {
    inbound.offer(text.getBytes(UTF_8));
  }

  @Test
  void bytes_arePassedOnInOrder_alsoThoseThatCameFirst_andOneTaskAtATime() {
    Target target = new Target();
    offer("a");
    inbound.passTo(target, true, tasks::add);
    offer("b");
    assertThat(tasks).hasSize(1);
    assertThat(taken).hasValue(0);
    work();
    offer("cd");
    inbound.end();
    work();
    assertThat(target.toString(UTF_8)).isEqualTo("abcd");
    assertThat(target.closed).isTrue();
    assertThat(taken).hasValue(4);
    offer("lost");
    work();
    assertThat(taken).hasValue(8);
    assertThat(target.toString(UTF_8)).isEqualTo("abcd");
  }

  @Test
  void target_staysOpenWhereThatIsSaid() {
    Target target = new Target();
    inbound.passTo(target, false, tasks::add);
    offer("a");
    inbound.end();
    work();
    assertThat(target.toString(UTF_8)).isEqualTo("a");
    assertThat(target.closed).isFalse();
  }

  @Test
  void whatNobodyWants_isTakenAllTheSame() {
    offer("abc");
    inbound.discard();
    offer("de");
    assertThat(taken).hasValue(5);
    inbound.passTo(new Target(), true, tasks::add);
    assertThat(tasks).isEmpty();
  }

  @Test
  void targetThatFails_getsNoMore() {
    inbound.passTo(
        new OutputStream() {
          @Override
          public void write(int oneByte) throws IOException {
            throw new IOException("full");
          }
        },
        true,
        tasks::add);
    offer("abc");
    offer("de");
    work();
    offer("f");
    assertThat(tasks).isEmpty();
    assertThat(taken).hasValue(6);
  }
}
