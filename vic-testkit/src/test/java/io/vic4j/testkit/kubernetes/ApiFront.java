package io.vic4j.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * The part of a kube-apiserver that leads to kubelets, before an {@link ApiServer}, for clients
 * that speak plain HTTP: logs and streams of pods go to the kubelet with the API server's
 * certificate, and connections that are upgraded are passed through as bytes; watches are lines.
 * Each connection has one request.
 */
final class ApiFront implements AutoCloseable {
  private static final Pattern POD =
      Pattern.compile(
          "/api/v1/namespaces/([^/]+)/pods/([^/]+)/(log|exec|attach|portforward)(?:\\?(.*))?");
  // Source: Kubernetes, pkg/registry/core/pod/strategy.go, streamParams.
  private static final Map<String, String> STREAMS =
      Map.of("stdin=true", "input=1", "stdout=true", "output=1", "stderr=true", "error=1");

  private final ApiServer api;
  private final int kubeletPort;
  private final SSLContext kubeletClient;
  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final List<String> upgrades = new CopyOnWriteArrayList<>();

  ApiFront(ApiServer api, int kubeletPort, SSLContext kubeletClient) throws IOException {
    this.api = api;
    this.kubeletPort = kubeletPort;
    this.kubeletClient = kubeletClient;
    this.server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  /** The protocols that connections became ones of. */
  List<String> upgrades() {
    return List.copyOf(upgrades);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "api-front");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        open.add(client);
        start(() -> serve(client));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket client) {
    try (client) {
      List<String> head = head(client.getInputStream());
      String[] request = head.get(0).split(" ");
      Matcher pod = POD.matcher(request[1]);
      if (pod.matches()) {
        head.set(0, request[0] + " " + kubeletTarget(pod) + " HTTP/1.1");
        pass(client, head, kubelet(), pod.group(3).equals("log"));
      } else if (request[1].contains("watch=true")) {
        watch(client, request[1]);
      } else {
        URI backend = URI.create(api.url());
        pass(client, head, new Socket(backend.getHost(), backend.getPort()), false);
      }
    } catch (IOException e) {
      // One of both sides is gone.
    } finally {
      open.remove(client);
    }
  }

  private Socket kubelet() throws IOException {
    return kubeletClient.getSocketFactory().createSocket("localhost", kubeletPort);
  }

  private String kubeletTarget(Matcher pod) {
    List<String> query = new ArrayList<>();
    String container = "";
    for (String parameter : String.valueOf(pod.group(4)).split("&")) {
      if (parameter.startsWith("container=")) {
        container = parameter.substring("container=".length());
      } else if (!parameter.equals("null")) {
        query.add(STREAMS.getOrDefault(parameter, parameter.replace("tty=true", "tty=1")));
      }
    }
    if (container.isEmpty()) {
      container =
          api.find("pods", pod.group(1), pod.group(2), Pod.class)
              .map(it -> it.getSpec().getContainers().get(0).getName())
              .orElse("none");
    }
    String name = pod.group(1) + "/" + pod.group(2);
    String path =
        switch (pod.group(3)) {
          case "log" -> "/containerLogs/" + name + "/" + container;
          case "portforward" -> "/portForward/" + name;
          default -> "/" + pod.group(3) + "/" + name + "/" + container;
        };
    return path + "?" + String.join("&", query);
  }

  /** The lines of a request before its body, without the empty one. */
  private static List<String> head(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (!bytes.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      bytes.write(next);
    }
    return new ArrayList<>(List.of(bytes.toString(ISO_8859_1).strip().split("\r\n")));
  }

  /**
   * Passes a request on, and the answer back.
   *
   * @param checked whether an answer that is no good one becomes a Status
   */
  private void pass(Socket client, List<String> head, Socket target, boolean checked)
      throws IOException {
    open.add(target);
    try (target) {
      boolean upgrade = false;
      StringBuilder sent = new StringBuilder(head.get(0)).append("\r\n");
      for (String line : head.subList(1, head.size())) {
        String[] header = line.split(": *", 2);
        if (header[0].equalsIgnoreCase("upgrade")) {
          upgrade = true;
          upgrades.add(header[1]);
        }
        sent.append(line).append("\r\n");
      }
      sent.append(upgrade ? "" : "Connection: close\r\n").append("\r\n");
      target.getOutputStream().write(sent.toString().getBytes(ISO_8859_1));
      if (checked) {
        List<String> answer = head(target.getInputStream());
        String code = answer.get(0).split(" ")[1];
        if (!code.equals("200")) {
          refuse(client, code, target.getInputStream().readAllBytes());
          return;
        }
        client
            .getOutputStream()
            .write((String.join("\r\n", answer) + "\r\n\r\n").getBytes(ISO_8859_1));
      }
      start(() -> copy(client, target));
      copy(target, client);
    } finally {
      open.remove(target);
    }
  }

  /** Source: Kubernetes, pkg/registry/generic/rest/response_checker.go. */
  private static void refuse(Socket client, String code, byte[] message) throws IOException {
    String status =
        Serialization.asJson(
            new StatusBuilder()
                .withStatus("Failure")
                .withReason(code.equals("400") ? "BadRequest" : "InternalError")
                .withMessage(new String(message, UTF_8))
                .withCode(Integer.valueOf(code))
                .build());
    client
        .getOutputStream()
        .write(
            ("HTTP/1.1 "
                    + code
                    + " Refused\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
                    + status)
                .getBytes(UTF_8));
  }

  /** Copies until one side ends, and then ends the other. */
  private static void copy(Socket from, Socket to) {
    try (to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[16 << 10];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
        out.flush();
      }
    } catch (IOException e) {
      // One of both sides is gone.
    }
  }

  private void watch(Socket client, String target) throws IOException {
    OutputStream out = client.getOutputStream();
    out.write(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
            .getBytes(ISO_8859_1));
    CountDownLatch over = new CountDownLatch(1);
    Runnable end =
        api.watch(
            target,
            new ApiServer.Watcher() {
              @Override
              public void event(String json) {
                try {
                  out.write((json + "\n").getBytes(UTF_8));
                  out.flush();
                } catch (IOException e) {
                  over.countDown();
                }
              }

              @Override
              public void end(String reason) {
                over.countDown();
              }
            });
    try {
      start(
          () -> {
            copy(client, new Socket()); // Until it is gone: it has nothing more to say.
            over.countDown();
          });
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end.run();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
