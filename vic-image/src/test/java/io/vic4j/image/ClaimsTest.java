package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.IdSource;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.datastore.Staging;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimsTest {
  @TempDir private Path folder;

  /** A datastore whose first move is cut short by an interruption when it is done. */
  private static Datastore cuttingShort(Datastore datastore) {
    AtomicBoolean first = new AtomicBoolean(true);
    return (Datastore)
        Proxy.newProxyInstance(
            Datastore.class.getClassLoader(),
            new Class<?>[] {Datastore.class},
            (proxy, method, arguments) -> {
              try {
                Object result = method.invoke(datastore, arguments);
                if (method.getName().equals("move") && first.getAndSet(false)) {
                  throw CancelledException.from(new InterruptedException(), "move");
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void claimThatWasPublished_butCutShort_isNobodys() {
    LocalDatastore local = LocalDatastore.at(folder);
    Datastore datastore = cuttingShort(local);
    Staging staging = Staging.in(datastore, IdSource.random());
    Claims claims =
        new Claims(datastore, staging, IdSource.random(), Duration.ofMinutes(1), Instant::now);
    assertThatThrownBy(() -> claims.take("work")).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(local.list(DatastorePath.parse("claims"))).isEmpty();

    try (ImageLease claim = claims.take("work").orElseThrow()) {
      assertThat(claims.take("work")).isEmpty();
    }
    assertThat(local.list(DatastorePath.parse("claims"))).isEmpty();
  }
}
