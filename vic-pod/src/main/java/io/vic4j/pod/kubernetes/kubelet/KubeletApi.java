package io.vic4j.pod.kubernetes.kubelet;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vic4j.core.CancelledException;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodLifecycle;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests, each on a worker: who asks, whether that is allowed, and what is asked for.
 *
 * <p>Source: Kubernetes, {@code pkg/kubelet/server} for the paths, and its {@code auth.go} for the
 * subresources.
 */
final class KubeletApi {
  /** Answers one request. */
  private interface Handler {
    void serve(HttpCall call, Query query) throws IOException, InterruptedException;
  }

  /** Answers one request about a pod. */
  private interface TargetHandler {
    void serve(HttpCall call, Query query, PodTarget target)
        throws IOException, InterruptedException;
  }

  private static final Logger log = LoggerFactory.getLogger(KubeletApi.class);

  private final PodLifecycle pods;
  private final KubeletPods node;
  private final Authentication authentication;
  private final KubeletAuthorizer authorizer;
  private final Workers workers;
  private final ContainerLogs logs;
  private final ProcessService processes;
  private final PortForwards ports;
  private final NodeUsage usage;
  private final StatsSummary summary;

  KubeletApi(
      PodLifecycle pods,
      KubeletPods node,
      String nodeName,
      Authentication authentication,
      KubeletAuthorizer authorizer,
      Workers workers,
      InstantSource time,
      Duration idle) {
    this.pods = pods;
    this.node = node;
    this.authentication = authentication;
    this.authorizer = authorizer;
    this.workers = workers;
    this.logs = new ContainerLogs(pods, node, time);
    this.processes = new ProcessService(pods, node, workers, idle);
    this.ports = new PortForwards(pods, workers, idle);
    this.usage = new NodeUsage(pods, workers, time);
    this.summary = new StatsSummary(nodeName, time.instant());
  }

  /** Answers a request. */
  void serve(HttpCall call) {
    try {
      Query query = Query.parse(call.request().uri());
      authorize(authentication.user(call), call.method(), query);
      handler(call, query).serve(call, query);
    } catch (CancelledException | InterruptedException e) {
      log.debug("a client has left before its answer", e);
      call.cutOff();
    } catch (IOException e) {
      log.debug("a client has left during its answer", e);
      call.cutOff();
    } catch (RuntimeException | Error e) {
      HttpFailure failure = HttpFailure.of(e);
      if (failure.status().equals(HttpResponseStatus.INTERNAL_SERVER_ERROR)) {
        log.warn("{} {} failed", call.method(), call.request().uri(), e);
      }
      call.fail(failure);
    }
  }

  private void authorize(KubeletUser user, String method, Query query) {
    String verb =
        switch (method) {
          case "GET", "HEAD" -> "get";
          case "POST" -> "create";
          case "PUT" -> "update";
          case "PATCH" -> "patch";
          case "DELETE" -> "delete";
          default -> throw methodNotAllowed();
        };
    List<String> subresources =
        switch (query.part(0)) {
          case "stats" -> List.of("stats");
          case "metrics" -> List.of("metrics");
          case "pods", "runningpods" -> List.of("pods", "proxy");
          case "healthz" -> List.of("healthz", "proxy");
          default -> List.of("proxy");
        };
    for (String subresource : subresources) {
      if (authorizer.allows(user, verb, subresource)) {
        return;
      }
    }
    throw new HttpFailure(
        HttpResponseStatus.FORBIDDEN,
        "Forbidden (user="
            + user.name()
            + ", verb="
            + verb
            + ", resource=nodes, subresource="
            + subresources
            + ")");
  }

  private static HttpFailure methodNotAllowed() {
    return new HttpFailure(HttpResponseStatus.METHOD_NOT_ALLOWED, "Method Not Allowed");
  }

  private Handler handler(HttpCall call, Query query) {
    String path = String.join("/", query.path());
    int parts = query.path().size();
    switch (query.part(0)) {
      case "healthz" -> {
        if (parts == 1 || path.equals("healthz/ping") || path.equals("healthz/log")) {
          return reading(call, (it, unused) -> it.reply(HttpCall.TEXT, "ok"));
        }
      }
      case "pods", "runningpods" -> {
        if (parts == 1) {
          return reading(call, (it, unused) -> it.reply(HttpCall.JSON, node.podList()));
        }
      }
      case "stats" -> {
        if (path.equals("stats/summary")) {
          return reading(call, (it, unused) -> it.reply(HttpCall.JSON, summary.of(usage.sample())));
        }
      }
      case "metrics" -> {
        if (path.equals("metrics/resource")) {
          return reading(
              call,
              (it, unused) -> it.reply(MetricsText.TYPE, MetricsText.resources(usage.sample())));
        } else if (parts == 1) {
          return reading(call, (it, unused) -> it.reply(MetricsText.TYPE, metrics()));
        }
      }
      case "containerLogs" -> {
        if (parts == 4) {
          return reading(call, (it, asked) -> limited(it, asked, "", logs::serve));
        }
      }
      case "exec", "attach", "run" -> {
        if (parts == 4 || parts == 5) {
          return (it, asked) ->
              limited(it, asked, parts == 5 ? asked.part(3) : "", processes(call, asked.part(0)));
        }
      }
      case "portForward" -> {
        if (parts == 3 || parts == 4) {
          return begun(
              call,
              (it, asked) ->
                  ports.serve(
                      it, asked, PodTarget.pod(pods, asked.part(1), asked.part(2), asked.part(3))));
        }
      }
      default -> {}
    }
    throw HttpFailure.notFound("404 page not found");
  }

  private TargetHandler processes(HttpCall call, String word) {
    return switch (word) {
      case "exec" -> {
        checkMethod(call, "GET", "POST");
        yield processes::exec;
      }
      case "attach" -> {
        checkMethod(call, "GET", "POST");
        yield processes::attach;
      }
      default -> {
        checkMethod(call, "POST");
        yield processes::run;
      }
    };
  }

  private static Handler reading(HttpCall call, Handler handler) {
    checkMethod(call, "GET");
    return handler;
  }

  private static Handler begun(HttpCall call, Handler handler) {
    checkMethod(call, "GET", "POST");
    return handler;
  }

  private static void checkMethod(HttpCall call, String... allowed) {
    if (!List.of(allowed).contains(call.method())) {
      throw methodNotAllowed();
    }
  }

  /** Answers a request about a container, if there are not too many streams open already. */
  private void limited(HttpCall call, Query query, String uid, TargetHandler handler)
      throws IOException, InterruptedException {
    String container = query.part(query.path().size() - 1);
    PodTarget target = PodTarget.pod(pods, query.part(1), query.part(2), uid).container(container);
    try (Workers.Permit permit = workers.permit()) {
      log.debug("{} of container {} of pod {}", query.part(0), container, target.key());
      handler.serve(call, query, target);
    }
  }

  private String metrics() {
    List<Pod> running =
        pods.list().stream().filter(pod -> pod.status().started().isPresent()).toList();
    long containers =
        running.stream()
            .flatMap(pod -> pod.status().containers().stream())
            .map(ContainerStatus::state)
            .filter(ContainerState::isRunning)
            .count();
    return MetricsText.server(running.size(), containers, workers.openStreams());
  }
}
