package io.vic4j.pod.kubernetes.kubelet;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.pod.PodLifecycle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Answers requests for processes: those to be run in containers, and the containers' own. */
final class ProcessService {
  private static final int MAX_RUN_BYTES = 1 << 20;
  private static final Duration RUN_TIMEOUT = Duration.ofMinutes(2);

  private final PodLifecycle pods;
  private final KubeletPods node;
  private final Workers workers;
  private final Duration idle;

  ProcessService(PodLifecycle pods, KubeletPods node, Workers workers, Duration idle) {
    this.pods = pods;
    this.node = node;
    this.workers = workers;
    this.idle = idle;
  }

  /** Begins a process, and returns when it is over, or the client is gone. */
  void exec(HttpCall call, Query query, PodTarget target) throws InterruptedException {
    ExecRequest request = ExecRequest.of(query);
    ExecSpec spec = request.spec(target.container());
    checkUpgrade(call);
    // First: what cannot be begun is answered in HTTP.
    try (GuestProcess process = pods.exec(target.key(), spec)) {
      join(call, request, process, true, true);
    }
  }

  /** Attaches to a container, and returns when it is over, or the client is gone. */
  void attach(HttpCall call, Query query, PodTarget target) throws InterruptedException {
    ExecRequest request = ExecRequest.of(query);
    checkUpgrade(call);
    boolean once = node.stdinOnce(target.key(), target.container());
    try (GuestProcess process = pods.attach(target.key(), target.container())) {
      join(call, request, process, false, once);
    }
  }

  private static void checkUpgrade(HttpCall call) {
    if (!WebSockets.asksFor(call) && !SpdyUpgrade.asksFor(call)) {
      throw HttpFailure.badRequest("upgrade request required");
    }
  }

  private void join(
      HttpCall call, ExecRequest request, GuestProcess process, boolean exec, boolean closesInput)
      throws InterruptedException {
    Optional<ProcessStreams> streams =
        WebSockets.asksFor(call) ? webSocket(call, request) : spdy(call, request);
    if (streams.isPresent()) {
      new ProcessSession(process, streams.get(), workers, exec, closesInput).run();
    } else {
      call.cutOff();
    }
  }

  private Optional<ProcessStreams> webSocket(HttpCall call, ExecRequest request)
      throws InterruptedException {
    Optional<String> name = WebSockets.protocol(call, ChannelProtocol.forProcesses());
    ChannelProtocol protocol = name.map(ChannelProtocol::named).orElse(ChannelProtocol.DEFAULT);
    AtomicReference<@Nullable ProcessStreams> streams = new AtomicReference<>();
    WebSockets.open(
        call,
        name,
        protocol.base64(),
        channel -> {
          WebSocketChannels channels = new WebSocketChannels(channel, protocol, idle);
          streams.set(WebSocketProcess.of(channels, request, protocol));
          return List.of(channels);
        });
    Optional<ProcessStreams> opened = Optional.ofNullable(streams.get());
    opened.ifPresent(WebSocketProcess::greet);
    return opened;
  }

  private Optional<ProcessStreams> spdy(HttpCall call, ExecRequest request)
      throws InterruptedException {
    Optional<String> protocol = SpdyUpgrade.protocol(call, SpdyProcess.PROTOCOLS);
    SpdyProcess gathered = new SpdyProcess(request, protocol);
    AtomicReference<@Nullable SpdySession> session = new AtomicReference<>();
    SpdyUpgrade.open(
        call,
        protocol,
        channel -> {
          SpdySession opened = new SpdySession(channel, gathered, idle);
          session.set(opened);
          return opened;
        });
    SpdySession opened = session.get();
    return opened == null ? Optional.empty() : gathered.await(opened);
  }

  /** Runs a command to its end, and answers with all that it prints. */
  void run(HttpCall call, Query query, PodTarget target) throws InterruptedException {
    String command = query.text("cmd").orElse("").strip();
    if (command.isEmpty()) {
      throw HttpFailure.badRequest("parameter cmd is missing");
    }
    ExecSpec spec = ExecSpec.builder(target.container(), List.of(command.split(" +"))).build();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    ExitStatus exit;
    try (GuestProcess process = pods.exec(target.key(), spec)) {
      Future<?> errors = workers.submit(() -> collect(process.stderr(), printed));
      collect(process.stdout(), printed);
      errors.get();
      exit = process.awaitExit(RUN_TIMEOUT);
    } catch (ExecutionException e) {
      throw HttpFailure.of(e.getCause() == null ? e : e.getCause());
    }
    if (!exit.isSuccess()) {
      throw new HttpFailure(
          HttpResponseStatus.INTERNAL_SERVER_ERROR,
          "command '" + command + "' " + exit + ": " + printed.toString(StandardCharsets.UTF_8));
    }
    call.reply(HttpResponseStatus.OK, HttpCall.TEXT, printed.toByteArray());
  }

  private static void collect(InputStream from, ByteArrayOutputStream to) {
    byte[] buffer = new byte[8 * 1024];
    try {
      for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
        synchronized (to) {
          to.write(buffer, 0, count);
          if (to.size() > MAX_RUN_BYTES) {
            throw new HttpFailure(
                HttpResponseStatus.INTERNAL_SERVER_ERROR,
                "the command prints more than " + MAX_RUN_BYTES + " bytes; use exec");
          }
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("what a process prints cannot be read", e);
    }
  }
}
