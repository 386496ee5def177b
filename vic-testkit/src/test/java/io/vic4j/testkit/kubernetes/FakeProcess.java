package io.vic4j.testkit.kubernetes;

import io.vic4j.core.CancelledException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.core.vm.Signal;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A process that takes and gives as a test tells it. */
final class FakeProcess implements GuestProcess {
  private static final long SECONDS = 60;

  private final BlockingQueue<String> sizes = new LinkedBlockingQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);
  private final CountDownLatch inputTaken = new CountDownLatch(1);
  private final CountDownLatch inputEnded = new CountDownLatch(1);
  private final CountDownLatch inputCame = new CountDownLatch(1);
  private final ByteArrayOutputStream input = new ByteArrayOutputStream();
  private volatile boolean endless;
  private final AtomicLong printed = new AtomicLong();
  private volatile int code;

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "fake process");
    }
  }

  String awaitSize() throws InterruptedException {
    return sizes.poll(SECONDS, TimeUnit.SECONDS);
  }

  boolean awaitClosed() {
    return await(closed);
  }

  boolean awaitInput(int atLeast) {
    return await(inputCame) && atLeast > 0;
  }

  /** Lets it take what comes. */
  void takeInput() {
    inputTaken.countDown();
  }

  byte[] awaitInputEnd() {
    if (!await(inputEnded)) {
      throw new AssertionError("the input has no end");
    }
    return input.toByteArray();
  }

  void printWithoutEnd() {
    endless = true;
  }

  /** Waits until nobody reads what it prints. */
  long awaitPrintStalls() throws InterruptedException {
    long last = -1;
    CountDownLatch never = new CountDownLatch(1);
    while (last != printed.get() || last == 0) {
      last = printed.get();
      never.await(500, TimeUnit.MILLISECONDS);
    }
    return last;
  }

  void exit(int exitCode) {
    code = exitCode;
    over.countDown();
  }

  @Override
  public OutputStream stdin() {
    return new OutputStream() {
      @Override
      public void write(int oneByte) {
        write(new byte[] {(byte) oneByte}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        inputCame.countDown();
        await(inputTaken);
        input.write(bytes, offset, length);
      }

      @Override
      public void close() {
        inputEnded.countDown();
      }
    };
  }

  @Override
  public InputStream stdout() {
    return new InputStream() {
      @Override
      public int read() {
        await(over);
        return -1;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) {
        if (endless) {
          printed.addAndGet(length);
          return length;
        }
        return read();
      }
    };
  }

  @Override
  public InputStream stderr() {
    return InputStream.nullInputStream();
  }

  @Override
  public ExitStatus awaitExit(Duration timeout) {
    if (!await(over)) {
      throw new TimedOutException("the end of a fake process", timeout);
    }
    return ExitStatus.exited(code);
  }

  @Override
  public String message() {
    return "";
  }

  @Override
  public void signal(Signal signal) {}

  @Override
  public void resize(int rows, int columns) {
    sizes.add(rows + "x" + columns);
  }

  @Override
  public void close() {
    closed.countDown();
    over.countDown();
  }
}
