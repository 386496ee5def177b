package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.Signal;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodStatus;
import io.vic4j.testkit.Script;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The part of {@link PodLifecycleContract} about what of a pod may become another. */
abstract class PodUpdates extends PodLifecycleFixture {
  @Test
  final void containerOfAnotherImage_beginsAnew_whateverThePolicy_andTheOthersGoOn()
      throws Exception {
    String next = "registry.test/web:2";
    image(LOG, Script.runsForever());
    image(WEB, Script.prints("one").runsForever().onSignal(Signal.TERM, Script.exits(0)));
    image(next, Script.prints("two").runsForever());
    PodSpec spec =
        pod(KEY, RestartPolicy.NEVER).container(container("log", LOG)).uid("uid-1").build();
    pods.create(spec);
    pods.start(KEY);
    ContainerStatus before = pods.awaitStarted(KEY, Duration.ofMinutes(1)).container("log");

    PodSpec wanted = spec.toBuilder().replaceContainer(container("web", next)).build();
    assertThat(pods.update(wanted).spec()).isEqualTo(wanted);
    PodStatus status = pods.status(KEY);
    assertThat(status.phase()).isEqualTo(PodPhase.RUNNING);
    ContainerStatus web = status.container("web");
    assertThat(web.image()).isEqualTo(next);
    assertThat(web.state().isRunning()).isTrue();
    assertThat(web.restarts()).isEqualTo(1);
    assertThat(web.lastTermination().orElseThrow().exit()).isEqualTo(ExitStatus.exited(0));
    assertThat(log("web")).isEqualTo("one\ntwo\n");
    assertThat(status.container("log")).isEqualTo(before);
    assertThat(reopen().get(KEY).spec()).isEqualTo(wanted);
  }

  @Test
  final void anotherImage_ofAPodThatHasRunAndIsOff_isRefused_andChangesNothing() throws Exception {
    String next = "registry.test/web:2";
    image(next, Script.runsForever());
    run(RestartPolicy.NEVER, Script.runsForever());
    Pod before = pods.stop(KEY);
    PodSpec wanted =
        pod(KEY, RestartPolicy.NEVER)
            .label("tier", "front")
            .replaceContainer(container("web", next))
            .build();
    assertThatThrownBy(() -> pods.update(wanted))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("is off")
        .hasMessageContaining("start it first");
    assertThat(pods.get(KEY)).isEqualTo(before);
    PodSpec labelled = pod(KEY, RestartPolicy.NEVER).label("tier", "front").build();
    assertThat(pods.update(labelled).spec()).isEqualTo(labelled);
    pods.start(KEY);
    assertThat(pods.update(wanted).spec()).isEqualTo(wanted);
  }

  @Test
  final void anotherImage_ofAPodThatWasNeverOn_isWhatItBeginsWith() throws Exception {
    String next = "registry.test/web:2";
    image(next, Script.prints("two").runsForever());
    create(RestartPolicy.NEVER, Script.prints("one").runsForever());
    pods.update(pod(KEY, RestartPolicy.NEVER).replaceContainer(container("web", next)).build());
    pods.start(KEY);
    assertThat(log("web")).isEqualTo("two\n");
  }

  @Test
  final void aPodOfAnotherUid_isNotUpdated() throws Exception {
    image(WEB, Script.runsForever());
    PodSpec spec = pod(KEY, RestartPolicy.ALWAYS).uid("uid-2").build();
    Pod before = pods.create(spec);
    PodSpec late = spec.toBuilder().uid("uid-1").label("tier", "front").build();
    assertThatThrownBy(() -> pods.update(late))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("uid");
    assertThat(pods.get(KEY)).isEqualTo(before);
  }

  @Test
  final void anImageThatIsNowhere_changesNothing() throws Exception {
    PodStatus before = run(RestartPolicy.ALWAYS, Script.runsForever());
    PodSpec wanted =
        pod(KEY, RestartPolicy.ALWAYS)
            .replaceContainer(container("web", "registry.test/nowhere:1"))
            .build();
    assertThatThrownBy(() -> pods.update(wanted)).isInstanceOf(NotFoundException.class);
    assertThat(pods.status(KEY)).isEqualTo(before);
    assertThat(pods.get(KEY).spec()).isEqualTo(pod(KEY, RestartPolicy.ALWAYS).build());
  }

  @Test
  final void deadlineThatIsGivenLater_countsFromTheStart() throws Exception {
    run(RestartPolicy.ALWAYS, Script.runsForever());
    advance(Duration.ofSeconds(20));
    pods.update(pod(KEY, RestartPolicy.ALWAYS).activeDeadline(Duration.ofSeconds(30)).build());
    advance(Duration.ofSeconds(9));
    assertThat(pods.status(KEY).phase()).isEqualTo(PodPhase.RUNNING);
    advance(Duration.ofSeconds(1));
    PodStatus status = pods.awaitEnd(KEY, Duration.ofMinutes(1));
    assertThat(status.phase()).isEqualTo(PodPhase.FAILED);
    assertThat(status.reason()).isEqualTo("DeadlineExceeded");
  }
}
