package io.vic4j.core.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class VmSharesTest {
  private static SessionSpec session(SessionRole role, SessionResources resources) {
    return SessionSpec.builder("s")
        .readOnlyRoot(true)
        .argv("/bin/app")
        .lifecycle(SessionLifecycle.DEFAULT.withRole(role))
        .resources(resources)
        .build();
  }

  private static SessionSpec asks(SessionRole role, long cpuMillis, long memoryBytes) {
    return session(
        role,
        new SessionResources(
            OptionalLong.of(cpuMillis),
            OptionalLong.empty(),
            OptionalLong.of(memoryBytes),
            OptionalLong.empty()));
  }

  @Test
  void requestsOfWhatRunsTogether_areAdded() {
    assertThat(
            VmShares.of(
                List.of(
                    asks(SessionRole.MAIN, 250, 10),
                    session(SessionRole.MAIN, SessionResources.UNLIMITED),
                    asks(SessionRole.MAIN, 500, 20),
                    asks(SessionRole.SIDECAR, 50, 2))))
        .isEqualTo(new VmShares(OptionalLong.of(800), OptionalLong.of(32)));
  }

  @Test
  void whatPrepares_countsIfItAsksForMore_withTheHelpersThatRunByThen() {
    assertThat(
            VmShares.of(
                List.of(
                    asks(SessionRole.MAIN, 300, 30),
                    asks(SessionRole.INIT, 350, 5),
                    asks(SessionRole.SIDECAR, 100, 10),
                    asks(SessionRole.INIT, 900, 5))))
        .isEqualTo(new VmShares(OptionalLong.of(1000), OptionalLong.of(40)));
  }

  @Test
  void whoAsksForNothing_weighsAsOthers() {
    assertThat(VmShares.of(List.of(session(SessionRole.MAIN, SessionResources.UNLIMITED))))
        .isEqualTo(VmShares.NORMAL);
  }

  @Test
  void negativeShares_areRefused() {
    assertThatThrownBy(() -> new VmShares(OptionalLong.of(-1), OptionalLong.empty()))
        .isInstanceOf(InvalidSpecException.class);
  }
}
