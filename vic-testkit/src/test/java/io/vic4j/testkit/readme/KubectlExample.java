package io.vic4j.testkit.readme;

import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.core.vm.LogOptions;
import io.vic4j.core.vm.LogReader;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.pod.kubernetes.KubernetesPods;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A front end: commands of {@code kubectl}, over a virtual container host. */
@Command(name = "kubectl")
final class KubectlExample {
  private final PodLifecycle pods;
  private final InputStream in;
  private final PrintWriter out;

  @Option(names = "-n", scope = CommandLine.ScopeType.INHERIT)
  private String namespace = "default";

  KubectlExample(VirtualContainerHost host, InputStream in, PrintWriter out) {
    this.pods = host.pods();
    this.in = in;
    this.out = out;
  }

  /** Runs a command line; gives its exit code. What is wrong is told without a stack trace. */
  static int run(VirtualContainerHost host, InputStream in, PrintWriter out, String... words) {
    return new CommandLine(new KubectlExample(host, in, out))
        .setExecutionExceptionHandler(
            (problem, command, parsed) -> {
              out.println("error: " + problem.getMessage());
              return 1;
            })
        .execute(words);
  }

  @Command
  void apply(@Option(names = "-f", required = true) Path file) throws IOException {
    Pod wanted = KubernetesPods.read(Files.readString(file));
    wanted.getMetadata().setNamespace(namespace);
    PodSpec spec = KubernetesPods.builder().build().translate(wanted).spec();
    if (pods.find(spec.key()).isPresent()) {
      out.printf("pod/%s configured%n", pods.update(spec).key().name());
    } else {
      pods.create(spec);
      out.printf("pod/%s created%n", pods.start(spec.key()).key().name());
    }
  }

  @Command
  void get() {
    out.printf("%-20s %-5s %-18s %s%n", "NAME", "READY", "STATUS", "RESTARTS");
    for (var pod : pods.list(namespace)) {
      List<ContainerStatus> containers = pod.status().containers();
      long ready = containers.stream().filter(ContainerStatus::ready).count();
      int restarts = containers.stream().mapToInt(ContainerStatus::restarts).sum();
      String status = pod.status().reason().isEmpty() ? pod.phase().name() : pod.status().reason();
      String share = ready + "/" + containers.size();
      out.printf("%-20s %-5s %-18s %d%n", pod.key().name(), share, status, restarts);
    }
  }

  @Command
  void describe(@Parameters String name) {
    var pod = pods.get(key(name));
    out.printf("%s %s, %s, labels %s%n", pod.key(), pod.uid(), pod.phase(), pod.spec().labels());
    for (ContainerStatus it : pod.status().containers()) {
      out.printf("  %s (%s): %s%n", it.name(), it.image(), it.state());
      it.lastTermination().ifPresent(last -> out.printf("    before: %s%n", last));
    }
  }

  @Command
  void logs(
      @Parameters String name,
      @Option(names = "-c") @Nullable String container,
      @Option(names = {"-p", "--previous"}) boolean previous,
      @Option(names = {"-f", "--follow"}) boolean follow,
      @Option(names = "--tail") @Nullable Long tail) {
    ContainerStatus status = pods.status(key(name)).container(containerOf(name, container));
    LogOptions part = (previous ? status.previousLog() : status.log()).orElse(LogOptions.ALL);
    part = tail == null ? part : part.lastLines(tail);
    part = follow ? part.following() : part;
    try (LogReader log = pods.logs(key(name), status.name(), part)) {
      out.print(log.text());
    }
  }

  @Command
  int exec(
      @Parameters(index = "0") String name,
      @Option(names = "-c") @Nullable String container,
      @Option(names = "-i") boolean interactive,
      @Parameters(index = "1..*") List<String> command)
      throws IOException {
    ExecSpec spec =
        ExecSpec.builder(containerOf(name, container), command).stdin(interactive).build();
    try (GuestProcess process = pods.exec(key(name), spec)) {
      if (interactive) {
        in.transferTo(process.stdin());
        process.stdin().close();
      }
      out.print(new String(process.stdout().readAllBytes(), StandardCharsets.UTF_8));
      return process.awaitExit(Duration.ofHours(1)).shellCode().orElse(1);
    }
  }

  @Command
  void top(@Parameters String name) {
    var used = pods.stats(key(name)).sessions();
    used.forEach(it -> out.printf("%s %dMi%n", it.name(), it.memoryBytes() >> 20));
  }

  @Command
  void delete(@Parameters String name, @Option(names = "--grace-period") @Nullable Integer grace) {
    if (grace == null) {
      pods.delete(key(name));
    } else {
      pods.delete(key(name), Duration.ofSeconds(grace));
    }
    out.printf("pod \"%s\" deleted%n", name);
  }

  private PodKey key(String name) {
    return PodKey.of(namespace, name);
  }

  private String containerOf(String pod, @Nullable String name) {
    return name != null ? name : pods.status(key(pod)).containers().get(0).name();
  }
}
