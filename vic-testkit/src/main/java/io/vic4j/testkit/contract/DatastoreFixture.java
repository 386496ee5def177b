package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A datastore to test, and what the tests do with it. */
abstract class DatastoreFixture {
  /** How many threads do one thing at once. */
  static final int RACERS = 8;

  Datastore datastore;

  /** A new datastore with nothing in it. */
  protected abstract Datastore newDatastore() throws Exception;

  @BeforeEach
  final void makeDatastore() throws Exception {
    datastore = newDatastore();
  }

  /** A test that interrupts its thread must not hand that on. */
  @AfterEach
  final void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  static DatastorePath path(String text) {
    return DatastorePath.parse(text);
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  final void write(String file, String content) {
    try (DatastoreWriter writer = datastore.create(path(file))) {
      writer.write(0, bytes(content));
      writer.commit();
    }
  }

  final String read(String file) {
    try (InputStream in = datastore.read(path(file))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError("a datastore throws its own errors", e);
    }
  }

  final byte[] readAt(String file, long position, int count) {
    try (DatastoreReader reader = datastore.open(path(file))) {
      ByteBuffer target = ByteBuffer.allocate(count);
      int read = reader.read(position, target);
      assertThat(target.position()).isEqualTo(read);
      byte[] content = new byte[read];
      target.flip().get(content);
      return content;
    }
  }

  final boolean isThere(String place) {
    return datastore.stat(path(place)).isPresent();
  }

  static void race(IntConsumer racer) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(RACERS);
    try {
      CyclicBarrier start = new CyclicBarrier(RACERS);
      List<Future<?>> racers = new ArrayList<>();
      for (int i = 0; i < RACERS; i++) {
        int number = i;
        racers.add(
            executor.submit(
                () -> {
                  start.await(30, TimeUnit.SECONDS);
                  racer.accept(number);
                  return number;
                }));
      }
      for (Future<?> each : racers) {
        join(each);
      }
    } finally {
      executor.shutdownNow();
    }
  }

  private static void join(Future<?> racer) throws Exception {
    try {
      Object unused = racer.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("a racer failed", e);
    }
  }
}
