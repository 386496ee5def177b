package io.vic4j.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VicException;
import io.vic4j.core.link.Exchange;
import io.vic4j.core.vm.DiskAttachment.Role;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.VolumeMount;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What an in-memory guest does for hosts that ask it over its link. */
final class GuestService implements GuestExchanges.Service {
  private static final Signal WINDOW_CHANGED = new Signal(28);

  private final GuestHost host;
  private final Map<UUID, Role> disks;
  private final Map<String, ScriptedProcess> processes;
  private final List<Attached> attached = new ArrayList<>();
  private final Map<String, MemoryFiles> files = new HashMap<>();
  private final List<Exec> execs = new ArrayList<>();
  private final Runnable progress;
  private final Instant bootTime;

  /**
   * What a guest does.
   *
   * @param disks its disks by the UUID of their file system
   * @param processes its sessions by name
   * @param progress to be run when a session may have come further
   */
  GuestService(
      GuestHost host,
      Map<UUID, Role> disks,
      Map<String, ScriptedProcess> processes,
      Runnable progress) {
    this.host = host;
    this.disks = disks;
    this.processes = processes;
    this.progress = progress;
    this.bootTime = host.now();
  }

  private boolean stopping;

  /** From now on it begins nothing new. */
  void stop() {
    stopping = true;
  }

  /** A session has an empty disk from now on. */
  void forgetFiles(String session) {
    files.remove(session);
  }

  /** A session may be over: then nobody is attached to it any more. */
  void look() {
    for (Attached one : List.copyOf(attached)) {
      if (!one.process.isRunning()) {
        attached.remove(one);
        one.outlet.end(GuestExchanges.json());
      }
    }
    for (Exec exec : List.copyOf(execs)) {
      if (!exec.session.isRunning()) {
        exec.signal(Signal.KILL); // It was in the session's process namespace.
      }
    }
  }

  @Override
  public GuestExchanges.@Nullable Handler open(JsonNode request, GuestExchanges.Outlet outlet) {
    String word = request.path("request").asText();
    switch (word) {
      case "stats" -> {
        outlet.end(GuestExchanges.json().set("stats", stats()));
        return null;
      }
      case "copy_out", "copy_in" -> {
        return copy(request, outlet, word.equals("copy_in"));
      }
      case "replace_files" -> {
        return replaceFiles(request, outlet);
      }
      case "exec", "attach" -> {
        ScriptedProcess session = processes.get(request.path("session").asText());
        if (session == null) {
          outlet.refuse("not_found", "there is no such session");
          return null;
        }
        if (stopping || !session.isRunning()) {
          outlet.refuse("conflict", "the session does not run");
          return null;
        }
        return word.equals("exec") ? exec(request, session, outlet) : attach(session, outlet);
      }
      case "dial" -> {
        outlet.refuse("failed", "connection refused");
        return null;
      }
      default -> {
        outlet.refuse("invalid", "this guest does not know " + word);
        return null;
      }
    }
  }

  private GuestExchanges.@Nullable Handler copy(
      JsonNode request, GuestExchanges.Outlet outlet, boolean in) {
    String session = request.path("session").asText();
    String path = request.path("path").asText();
    if (!processes.containsKey(session)) {
      outlet.refuse("not_found", "there is no such session");
      return null;
    }
    if (in) {
      outlet.opened(GuestExchanges.json());
      return new TarIn(tar -> files(session).copyIn(path, tar), outlet);
    }
    try {
      MemoryFiles.Copy copy = files(session).copyOut(path, request.path("followLink").asBoolean());
      outlet.opened(
          GuestExchanges.json()
              .put("name", copy.stat().name())
              .put("mode", copy.stat().mode())
              .put("sizeBytes", copy.stat().sizeBytes())
              .put("modified", copy.stat().modified().toString())
              .put("linkTarget", copy.stat().linkTarget()));
      outlet.data(Exchange.OUT, ByteBuffer.wrap(copy.tar().toArray()));
      outlet.end(GuestExchanges.json());
    } catch (VicException e) {
      refuse(outlet, e);
    }
    return null;
  }

  private MemoryFiles files(String session) {
    return files.computeIfAbsent(session, key -> new MemoryFiles(() -> host.files(key)));
  }

  private GuestExchanges.@Nullable Handler replaceFiles(
      JsonNode request, GuestExchanges.Outlet outlet) {
    UUID fileSystem = UUID.fromString(request.path("fileSystem").asText());
    String volume = request.path("volume").asText();
    if (disks.get(fileSystem) != Role.FILES) {
      outlet.refuse("not_found", "there is no disk of files " + fileSystem);
      return null;
    }
    outlet.opened(GuestExchanges.json());
    return new TarIn(
        tar -> {
          MemoryFiles.checkFiles(tar);
          processes.values().forEach(session -> show(session, fileSystem, volume, tar));
        },
        outlet);
  }

  /** A session that has begun keeps the parts of the volume that it mounts. */
  private void show(ScriptedProcess session, UUID fileSystem, String volume, byte[] tar) {
    for (VolumeMount mount : session.spec().mounts()) {
      boolean part = mount.subPath().startsWith(volume + "/");
      if (mount.fileSystem().equals(fileSystem)
          && (mount.subPath().equals(volume) || (part && !session.hasBegun()))) {
        files(session.spec().name())
            .show(mount.path(), mount.subPath().substring(volume.length()), tar);
      }
    }
  }

  private static void refuse(GuestExchanges.Outlet outlet, VicException failure) {
    outlet.refuse(
        failure instanceof NotFoundException
            ? "not_found"
            : failure instanceof InvalidArgumentException ? "invalid" : "failed",
        String.valueOf(failure.getMessage()));
  }

  /** Does something with a tar when it is whole. */
  private static final class TarIn implements GuestExchanges.Handler {
    private final Consumer<byte[]> work;
    private final GuestExchanges.Outlet outlet;
    private final ByteArrayOutputStream tar = new ByteArrayOutputStream();

    TarIn(Consumer<byte[]> work, GuestExchanges.Outlet outlet) {
      this.work = work;
      this.outlet = outlet;
    }

    @Override
    public void input(byte[] content) {
      tar.writeBytes(content);
    }

    @Override
    public void endInput() {
      try {
        work.accept(tar.toByteArray());
        outlet.end(GuestExchanges.json());
      } catch (VicException e) {
        refuse(outlet, e);
      }
    }

    @Override
    public void cancel() {
      outlet.refuse("failed", "cancelled");
    }
  }

  private ObjectNode stats() {
    ObjectNode stats = GuestExchanges.json();
    ArrayNode sessions = stats.putArray("sessions");
    processes.forEach(
        (name, process) ->
            sessions.addObject().put("name", name).put("pids", process.isRunning() ? 1 : 0));
    stats.putArray("networks");
    return stats
        .put("memoryTotalBytes", host.memoryBytes())
        .put("memoryAvailableBytes", host.memoryBytes())
        .put("uptimeMillis", Duration.between(bootTime, host.now()).toMillis());
  }

  private GuestExchanges.Handler attach(ScriptedProcess session, GuestExchanges.Outlet outlet) {
    if (!session.spec().stdin() && !session.spec().tty()) {
      outlet.refuse("invalid", "the session has no input");
      return new Attached(session, outlet);
    }
    Attached one = new Attached(session, outlet);
    attached.add(one);
    outlet.opened(GuestExchanges.json());
    return one;
  }

  private final class Attached implements GuestExchanges.Handler {
    final ScriptedProcess process;
    final GuestExchanges.Outlet outlet;

    Attached(ScriptedProcess process, GuestExchanges.Outlet outlet) {
      this.process = process;
      this.outlet = outlet;
    }

    @Override
    public void input(byte[] content) {
      process.input(content);
      progress.run();
    }

    @Override
    public void endInput() {
      process.endInput();
      progress.run();
    }

    @Override
    public void signal(Signal signal) {
      process.signal(signal);
      progress.run();
    }

    @Override
    public void resize(int rows, int columns) {
      signal(WINDOW_CHANGED);
    }

    @Override
    public void cancel() {
      attached.remove(this);
      outlet.end(GuestExchanges.json());
    }
  }

  private GuestExchanges.Handler exec(
      JsonNode request, ScriptedProcess session, GuestExchanges.Outlet outlet) {
    List<String> argv = new ArrayList<>();
    request.path("argv").forEach(one -> argv.add(one.asText()));
    SessionSpec.Builder spec = session.spec().toBuilder().argv(argv);
    request
        .path("env")
        .forEach(
            one -> {
              int equals = one.asText().indexOf('=');
              spec.env(one.asText().substring(0, equals), one.asText().substring(equals + 1));
            });
    spec.tty(request.path("tty").asBoolean()).stdin(request.path("stdin").asBoolean());
    if (request.has("workingDirectory")) {
      spec.workingDirectory(request.path("workingDirectory").asText());
    }
    if (request.has("user")) {
      spec.user(request.path("user").asText());
    }
    Exec exec = new Exec(session, spec.build(), outlet);
    execs.add(exec);
    outlet.opened(GuestExchanges.json());
    exec.run.start();
    return exec;
  }

  private final class Exec implements GuestExchanges.Handler, ScriptRun.Surroundings {
    final ScriptedProcess session;
    final SessionSpec spec;
    final GuestExchanges.Outlet outlet;
    final ScriptRun run;

    Exec(ScriptedProcess session, SessionSpec spec, GuestExchanges.Outlet outlet) {
      this.session = session;
      this.spec = spec;
      this.outlet = outlet;
      this.run = new ScriptRun(this, host.exec(spec));
    }

    @Override
    public void input(byte[] content) {
      run.input(content);
    }

    @Override
    public void endInput() {
      run.endInput();
    }

    @Override
    public void signal(Signal signal) {
      run.signal(signal);
    }

    @Override
    public void resize(int rows, int columns) {
      run.signal(WINDOW_CHANGED);
    }

    @Override
    public void cancel() {
      run.signal(Signal.KILL);
    }

    @Override
    public void later(Duration delay, Runnable task) {
      host.later(delay, task);
    }

    @Override
    public void print(LogEntry.Output output, ByteBuffer content) {
      boolean error = output == LogEntry.Output.STDERR && !spec.tty();
      outlet.data(error ? Exchange.ERR : Exchange.OUT, content);
    }

    @Override
    public void ended(ExitStatus exit, boolean began, String message) {
      execs.remove(this);
      ObjectNode end = GuestExchanges.json();
      if (exit instanceof ExitStatus.Signalled signalled) {
        end.put("signal", signalled.signal().name());
      } else {
        end.put("code", exit.shellCode().orElse(1));
      }
      outlet.end(message.isEmpty() ? end : end.put("message", message));
    }

    @Override
    public void progress() {} // The host hears of it through the outlet.
  }
}
