package io.vic4j.testkit.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ConflictException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.CopiedFiles;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.core.vm.GuestStats;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.LogOptions;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.Signal;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarReader;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestLayer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a {@link ContainerVm} must do on a hypervisor that has streams into its guests: programs run
 * beside a session, attached sessions, logs that are followed. Extend it, and say how to make VMs.
 */
public abstract class GuestContract {
  /** How long things may take, in real guests. */
  protected static final Duration LONG = Duration.ofMinutes(2);

  private static final int MANY_BYTES = 300_000;

  private static final Program SPEAKS =
      Program.of(
          "speaks",
          Script.prints("out").printsError("err").exits(3),
          "echo out; echo err >&2; exit 3");
  private static final Program COPIES =
      Program.of("copies", Script.copiesInput().exits(0), "exec cat");
  private static final Program WAITS =
      Program.of("waits", Script.runsForever(), "exec sleep 100000");
  private static final Program MANY =
      Program.of(
          "many",
          Script.printsBytes(new byte[MANY_BYTES]).exits(0),
          "exec head -c " + MANY_BYTES + " /dev/zero");
  private static final Program TRAPS =
      Program.of(
          "traps",
          Script.prints("ready")
              .runsForever()
              .onSignal(Signal.INT, Script.prints("interrupted").exits(7)),
          "trap 'echo interrupted; exit 7' INT; echo ready; while :; do sleep 0.05; done");
  private static final Program COUNTS =
      Program.of(
          "counts",
          Script.prints("one").printsError("two").prints("three").copiesInput().exits(4),
          "echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three; cat; exit 4");

  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** For subclasses. */
  protected GuestContract() {}

  /**
   * A VM with one session {@code main}, which has an open standard input and no terminal; started,
   * and its session has begun.
   */
  protected abstract ContainerVm started(Program program) throws Exception;

  /** The same VM as another test may have had, if it still runs: it runs on, whatever is asked. */
  protected abstract ContainerVm waiting(Program program) throws Exception;

  /** What runs a program. */
  protected abstract List<String> argv(Program program);

  @AfterEach
  final void endThreads() {
    threads.shutdownNow();
  }

  private ExecSpec.Builder exec(Program program) {
    return ExecSpec.builder("main", argv(program));
  }

  private static String read(java.io.InputStream stream) throws IOException {
    return new String(stream.readAllBytes(), UTF_8);
  }

  @Test
  void exec_hasOutputErrorAndCode() throws Exception {
    try (GuestProcess process = waiting(WAITS).exec(exec(SPEAKS).build())) {
      assertThat(read(process.stdout())).isEqualTo("out\n");
      assertThat(read(process.stderr())).isEqualTo("err\n");
      assertThat(process.awaitExit(LONG)).isEqualTo(ExitStatus.exited(3));
    }
  }

  @Test
  void execWithInput_readsItToItsEnd() throws Exception {
    try (GuestProcess process = waiting(WAITS).exec(exec(COPIES).stdin(true).build())) {
      try (OutputStream in = process.stdin()) {
        in.write("hello".getBytes(UTF_8));
      }
      assertThat(read(process.stdout())).isEqualTo("hello");
      assertThat(process.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
      assertThatThrownBy(() -> process.stdin().write(1)).isInstanceOf(RuntimeException.class);
    }
  }

  @Test
  void execWithInput_passesMoreThanTheWindow_bothWays() throws Exception {
    byte[] much = new byte[MANY_BYTES];
    for (int i = 0; i < much.length; i++) {
      much[i] = (byte) ((i * 31) >> 3);
    }
    try (GuestProcess process = waiting(WAITS).exec(exec(COPIES).stdin(true).build())) {
      Future<?> writer =
          threads.submit(
              () -> {
                try (OutputStream in = process.stdin()) {
                  in.write(much);
                }
                return null;
              });
      assertThat(process.stdout().readAllBytes()).isEqualTo(much);
      writer.get();
      assertThat(process.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    }
  }

  @Test
  void execWithoutInput_readsNothing() throws Exception {
    try (GuestProcess process = waiting(WAITS).exec(exec(COPIES).build())) {
      assertThat(read(process.stdout())).isEmpty();
      assertThat(process.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    }
  }

  @Test
  void outputThatNobodyReads_holdsNobodyUp_onceItIsClosed() throws Exception {
    try (GuestProcess process = waiting(WAITS).exec(exec(MANY).build())) {
      process.stdout().close();
      assertThat(process.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    }
  }

  @Test
  void tenExecs_runSideBySide() throws Exception {
    ContainerVm vm = waiting(WAITS);
    List<GuestProcess> processes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      processes.add(vm.exec(exec(COPIES).stdin(true).build()));
    }
    for (int i = 0; i < 10; i++) {
      try (OutputStream in = processes.get(i).stdin()) {
        in.write(("number " + i).getBytes(UTF_8));
      }
    }
    for (int i = 0; i < 10; i++) {
      assertThat(read(processes.get(i).stdout())).isEqualTo("number " + i);
      assertThat(processes.get(i).awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
      processes.get(i).close();
    }
  }

  @Test
  void execThatIsSignalled_doesWhatItMakesOfIt() throws Exception {
    try (GuestProcess process = waiting(WAITS).exec(exec(TRAPS).build())) {
      assertThat(process.stdout().readNBytes(6)).isEqualTo("ready\n".getBytes(UTF_8));
      process.signal(Signal.INT);
      assertThat(read(process.stdout())).isEqualTo("interrupted\n");
      assertThat(process.awaitExit(LONG)).isEqualTo(ExitStatus.exited(7));
    }
    try (GuestProcess process = waiting(WAITS).exec(exec(WAITS).build())) {
      process.signal(Signal.KILL);
      assertThat(process.awaitExit(LONG)).isEqualTo(ExitStatus.signalled(Signal.KILL));
    }
  }

  @Test
  void execThatIsClosed_isKilled() throws Exception {
    GuestProcess process = waiting(WAITS).exec(exec(WAITS).build());
    process.close();
    assertThat(process.awaitExit(LONG)).isEqualTo(ExitStatus.signalled(Signal.KILL));
  }

  @Test
  void exec_isRefusedByWhatIsNotThere() throws Exception {
    ContainerVm vm = waiting(WAITS);
    assertThatThrownBy(() -> vm.exec(ExecSpec.of("other", "ls")))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> vm.exec(ExecSpec.of("main", "program", "x".repeat(100_000))))
        .isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  void execInVmThatIsOff_isAConflict_andOneThatRunsEndsWithItsVm() throws Exception {
    ContainerVm vm = started(WAITS);
    GuestProcess process = vm.exec(exec(WAITS).build());
    assertThatThrownBy(() -> process.awaitExit(Duration.ofMillis(1)))
        .isInstanceOf(TimedOutException.class);
    Future<byte[]> output = threads.submit(() -> process.stdout().readAllBytes());
    vm.kill();
    assertThat(output.get()).isEmpty();
    assertThat(process.awaitExit(LONG))
        .isIn(
            ExitStatus.signalled(Signal.KILL),
            ExitStatus.unknown("the VM ended before the process"));
    process.close();
    assertThatThrownBy(() -> vm.exec(exec(WAITS).build())).isInstanceOf(ConflictException.class);
    assertThatThrownBy(vm::stats).isInstanceOf(ConflictException.class);
  }

  @Test
  void attachedSession_hasInputAndOutput_andGoesOnWhenLetGo() throws Exception {
    ContainerVm vm = started(COUNTS);
    GuestProcess first = vm.attach("main", 0);
    assertThat(first.stdout().readNBytes(10)).isEqualTo("one\nthree\n".getBytes(UTF_8));
    assertThat(first.stderr().readNBytes(4)).isEqualTo("two\n".getBytes(UTF_8));
    first.close();
    assertThat(vm.status().session("main").isRunning()).isTrue();
    try (GuestProcess second = vm.attach("main", 0)) {
      second.stdin().write("four\n".getBytes(UTF_8));
      second.stdin().close();
      assertThat(read(second.stdout())).isEqualTo("one\nthree\nfour\n");
      assertThat(read(second.stderr())).isEqualTo("two\n");
      assertThat(second.awaitExit(LONG)).isEqualTo(ExitStatus.exited(4));
    }
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(4));
  }

  @Test
  void followedLog_comesAsItIsWritten_andEndsWithTheSession() throws Exception {
    ContainerVm vm = started(COUNTS);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Future<?> reader =
        threads.submit(
            () -> {
              try (LogReader log = vm.logs("main", LogOptions.ALL.following())) {
                log.transferTo(out, err);
              }
              return null;
            });
    try (GuestProcess process = vm.attach("main", 0)) {
      assertThat(process.stdout().readNBytes(10)).hasSize(10);
      process.stdin().write("four\n".getBytes(UTF_8));
      process.stdin().close();
      reader.get();
    }
    assertThat(out.toString(UTF_8)).isEqualTo("one\nthree\nfour\n");
    assertThat(err.toString(UTF_8)).isEqualTo("two\n");
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(4));
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPED);
    try (LogReader log = vm.logs("main", LogOptions.ALL.lastLines(2))) {
      assertThat(log.text()).isEqualTo("three\nfour\n");
    }
    try (LogReader log = vm.logs("main", LogOptions.ALL.following())) {
      assertThat(log.text()).contains("one\n", "two\n", "four\n");
    }
    assertThatLogHasTimes(vm);
  }

  private static void assertThatLogHasTimes(ContainerVm vm) {
    SessionStatus main = vm.status().session("main");
    Instant time;
    try (LogReader log = vm.logs("main", LogOptions.ALL.only(LogEntry.Output.STDERR))) {
      LogEntry two = log.next().orElseThrow();
      assertThat(two.text()).isEqualTo("two\n");
      assertThat(log.next()).isEmpty();
      time = two.time();
    }
    assertThat(time).isBetween(main.started().orElseThrow(), main.ended().orElseThrow());
    List<LogEntry> all = entries(vm, LogOptions.ALL);
    assertThat(all).isSortedAccordingTo(Comparator.comparing(LogEntry::time));
    assertThat(entries(vm, LogOptions.ALL.since(time)))
        .containsExactlyElementsOf(
            all.stream().filter(entry -> !entry.time().isBefore(time)).toList());
    assertThat(entries(vm, LogOptions.ALL.until(time)))
        .containsExactlyElementsOf(
            all.stream().filter(entry -> entry.time().isBefore(time)).toList());
  }

  private static List<LogEntry> entries(ContainerVm vm, LogOptions options) {
    List<LogEntry> entries = new ArrayList<>();
    try (LogReader log = vm.logs("main", options)) {
      for (Optional<LogEntry> entry = log.next(); entry.isPresent(); entry = log.next()) {
        entries.add(entry.get());
      }
    }
    return entries;
  }

  @Test
  void followedLog_endsWhenItsReaderIsInterrupted() throws Exception {
    ContainerVm vm = waiting(WAITS);
    Thread reader;
    try (LogReader log = vm.logs("main", LogOptions.ALL.following())) {
      reader = new Thread(() -> assertThatThrownBy(log::next));
      reader.start();
      reader.interrupt();
      reader.join(LONG.toMillis());
    }
    assertThat(reader.isAlive()).isFalse();
  }

  @Test
  void stats_tellOfEachSession() throws Exception {
    GuestStats stats = waiting(WAITS).stats();
    assertThat(stats.sessions()).extracting(GuestStats.Session::name).containsExactly("main");
    assertThat(stats.sessions().get(0).pids()).isPositive();
    assertThat(stats.memoryTotalBytes()).isPositive();
    assertThat(stats.memoryAvailableBytes()).isPositive();
  }

  @Test
  void tarThatIsCopiedIn_comesOutAgain_andIsContained() throws Exception {
    ContainerVm vm = waiting(WAITS);
    byte[] tar =
        TestLayer.builder()
            .directory("copied")
            .file("copied/one", "first\n")
            .mode(0640)
            .owner(7, 8)
            .symlink("copied/link", "one")
            .build()
            .tar()
            .toArray();
    vm.copyIn("main", "/", new ByteArrayInputStream(tar));
    try (CopiedFiles files = vm.copyOut("main", "/copied", false)) {
      assertThat(files.stat().name()).isEqualTo("copied");
      assertThat(files.stat().mode() & 0xF000).isEqualTo(0x4000);
      Map<String, TarEntry> entries = entries(files);
      assertThat(entries.keySet()).containsExactlyInAnyOrder("copied", "copied/one", "copied/link");
      TarEntry one = Objects.requireNonNull(entries.get("copied/one"));
      assertThat(one.mode() & 07777).isEqualTo(0640);
      assertThat(one.uid()).isEqualTo(7);
    }
    try (CopiedFiles file = vm.copyOut("main", "/copied/link", true)) {
      assertThat(file.stat().sizeBytes()).isEqualTo(6);
    }
    try (CopiedFiles link = vm.copyOut("main", "/copied/link", false)) {
      assertThat(link.stat().linkTarget()).isEqualTo("one");
    }
    assertThatThrownBy(() -> vm.copyOut("main", "/nothing", true))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> vm.copyIn("main", "/nothing", new ByteArrayInputStream(tar)))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(
            () ->
                vm.copyIn(
                    "main", "/", new ByteArrayInputStream("no tar".repeat(200).getBytes(UTF_8))))
        .isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  void portWhereNobodyListens_refusesConnections() throws Exception {
    ContainerVm vm = waiting(WAITS);
    assertThatThrownBy(() -> vm.dial(9)).isInstanceOf(UnavailableException.class);
  }

  private static Map<String, TarEntry> entries(CopiedFiles files) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    files.writeTo(tar);
    Map<String, TarEntry> entries = new TreeMap<>();
    TarReader reader = new TarReader(new ByteArrayInputStream(tar.toByteArray()));
    while (reader.next()) {
      String name = reader.entry().name().toString();
      entries.put(name.endsWith("/") ? name.substring(0, name.length() - 1) : name, reader.entry());
    }
    return entries;
  }
}
