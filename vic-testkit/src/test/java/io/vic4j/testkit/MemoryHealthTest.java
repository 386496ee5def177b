package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.Health;
import io.vic4j.core.vm.HealthCheck;
import io.vic4j.core.vm.HostEntry;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.Signal;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodSpec;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Health of containers in memory, second by second. */
final class MemoryHealthTest {
  private static final String IMAGE = "registry.test/app:1";
  private static final HealthCheck CHECK =
      HealthCheck.of("/check")
          .withInterval(Duration.ofSeconds(10))
          .withTimeout(Duration.ofSeconds(4))
          .withRetries(2);
  private static final Script GOOD = Script.exits(0);
  private static final Script BAD = Script.exits(1);
  private static final Script HANGING = Script.runsForever();

  private final TestVch test = TestVch.create();
  private final AtomicReference<Script> checks = new AtomicReference<>(GOOD);

  @BeforeEach
  void open() {
    test.image(IMAGE).runs(Script.runsForever());
    for (Script script : new Script[] {BAD, HANGING}) {
      test.scripts()
          .whenExec(
              (vm, process) ->
                  process.argv().get(0).equals("/check") && checks.get().equals(script),
              script);
    }
  }

  @AfterEach
  void close() {
    test.close();
  }

  private ContainerVm started(ContainerSpec.Builder spec) {
    ContainerVm vm = test.host().containers().create(spec.name("app").build());
    vm.start();
    vm.awaitStarted(Duration.ofMinutes(1));
    return vm;
  }

  private static ContainerSpec.Builder checked(HealthCheck check) {
    return ContainerSpec.builder(IMAGE).healthCheck(check);
  }

  private static SessionStatus session(ContainerVm vm) {
    return vm.status().sessions().get(0);
  }

  private static Optional<Health> health(ContainerVm vm) {
    return session(vm).health();
  }

  private void seconds(long seconds) {
    test.clock().advance(Duration.ofSeconds(seconds));
  }

  @Test
  void containerWithoutACheck_hasNoHealth() {
    ContainerVm vm = started(ContainerSpec.builder(IMAGE));
    seconds(1000);
    assertThat(health(vm)).isEmpty();
  }

  @Test
  void firstSuccess_makesItHealthy_andRetriesInARowUnhealthy() {
    ContainerVm vm = started(checked(CHECK));
    assertThat(health(vm)).contains(Health.STARTING);
    seconds(9);
    assertThat(health(vm)).contains(Health.STARTING);
    seconds(1);
    assertThat(health(vm)).contains(Health.HEALTHY);
    checks.set(BAD);
    seconds(10);
    assertThat(health(vm)).contains(Health.HEALTHY);
    checks.set(GOOD);
    seconds(10);
    checks.set(BAD);
    seconds(19);
    assertThat(health(vm)).contains(Health.HEALTHY);
    seconds(1);
    assertThat(health(vm)).contains(Health.UNHEALTHY);
    checks.set(GOOD);
    seconds(10);
    assertThat(health(vm)).contains(Health.HEALTHY);
  }

  @Test
  void failuresInTheStartPeriod_doNotCount() {
    checks.set(BAD);
    ContainerVm vm = started(checked(CHECK.withStartPeriod(Duration.ofSeconds(35))));
    seconds(40);
    assertThat(health(vm)).contains(Health.STARTING);
    seconds(10);
    assertThat(health(vm)).contains(Health.UNHEALTHY);
  }

  @Test
  void failuresInTheStartPeriod_countAfterASuccess() {
    ContainerVm vm = started(checked(CHECK.withStartPeriod(Duration.ofHours(1))));
    seconds(10);
    checks.set(BAD);
    seconds(20);
    assertThat(health(vm)).contains(Health.UNHEALTHY);
  }

  @Test
  void checkThatTakesTooLong_hasFailed() {
    checks.set(HANGING);
    ContainerVm vm = started(checked(CHECK.withRetries(1)));
    seconds(13);
    assertThat(health(vm)).contains(Health.STARTING);
    seconds(1);
    assertThat(health(vm)).contains(Health.UNHEALTHY);
    checks.set(GOOD);
    seconds(9);
    assertThat(health(vm)).contains(Health.UNHEALTHY);
    seconds(1);
    assertThat(health(vm)).contains(Health.HEALTHY);
  }

  @Test
  void restart_beginsAnew() {
    ContainerVm vm = started(checked(CHECK).restartPolicy(RestartPolicy.ALWAYS));
    seconds(15);
    assertThat(health(vm)).contains(Health.HEALTHY);
    vm.signal(session(vm).name(), Signal.KILL);
    assertThat(session(vm).isRunning()).isTrue();
    assertThat(session(vm).restarts()).isEqualTo(1);
    assertThat(health(vm)).contains(Health.STARTING);
    seconds(9);
    assertThat(health(vm)).contains(Health.STARTING);
    seconds(1);
    assertThat(health(vm)).contains(Health.HEALTHY);
  }

  @Test
  void pod_showsTheHealthOfContainersThatRun() {
    PodKey key = PodKey.of("web");
    test.host()
        .pods()
        .create(
            PodSpec.builder(key)
                .container(checked(CHECK).name("app").tmpfs("/run").build())
                .container(ContainerSpec.builder(IMAGE).name("side").build())
                .build());
    assertThat(status(key, "app").health()).isEmpty();
    test.host().pods().start(key);
    assertThat(status(key, "app").health()).contains(Health.STARTING);
    seconds(10);
    assertThat(status(key, "app").health()).contains(Health.HEALTHY);
    assertThat(status(key, "side").health()).isEmpty();
  }

  private ContainerStatus status(PodKey key, String container) {
    return test.host().pods().status(key).container(container);
  }

  @Test
  void extraHostsAndSearchDomains_areTheVms() {
    ContainerVm vm =
        started(
            ContainerSpec.builder(IMAGE).extraHost("db", "192.0.2.9").searchDomain("corp.example"));
    assertThat(vm.spec().hosts()).containsExactly(HostEntry.of("192.0.2.9", "db"));
    assertThat(vm.spec().searches()).containsExactly("corp.example");
  }
}
