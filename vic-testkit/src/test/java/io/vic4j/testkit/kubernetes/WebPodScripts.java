package io.vic4j.testkit.kubernetes;

import io.vic4j.core.vm.Signal;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.Scripts;
import io.vic4j.testkit.TestImage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** What the programs of a {@link WebPod} do, as scripts. */
public final class WebPodScripts {
  private final AtomicBoolean sick = new AtomicBoolean();
  private final Scripts scripts;

  public WebPodScripts(Scripts scripts) {
    this.scripts =
        scripts
            .session("prepare", Script.after(Duration.ofSeconds(1)).exits(0))
            .session(
                "client",
                Script.prints("prepared by web")
                    .runsForever()
                    .onSignal(Signal.TERM, Script.exits(0)))
            .when(
                (vm, session) ->
                    session.name().equals("server")
                        && "192.0.2.1".equals(session.env().get("AT"))
                        && begins(),
                Script.prints("serving prepared by web, hello, hunter2, at 192.0.2.1")
                    .runsForever()
                    .onSignal(Signal.TERM, Script.prints("asked").exits(0)))
            .whenExec(
                (vm, process) -> true,
                Script.printsBytes("hunter2".getBytes(StandardCharsets.UTF_8)).exits(3))
            .whenExec((vm, process) -> process.argv().get(0).equals("/bin/well"), Script.exits(0))
            .whenExec(
                (vm, process) -> process.argv().get(0).equals("/bin/well") && sick.get(),
                Script.exits(1));
  }

  private boolean begins() {
    sick.set(false);
    return true;
  }

  public Scripts scripts() {
    return scripts;
  }

  public void sicken() {
    sick.set(true);
  }

  public static TestImage image() {
    return TestImage.builder()
        .layer(layer -> layer.directory("etc").file("etc/os-release", "ID=test\n"))
        .entrypoint("/bin/app")
        .build();
  }
}
