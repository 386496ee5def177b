package io.vic4j.testkit.integration;

import io.vic4j.core.ForeignTool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * nginx before a registry, which makes it slow, and can be killed in the middle of an answer and
 * started again at the same port. Closing it ends the processes; the end of the test's JVM does
 * too.
 */
final class NginxFront implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);

  private final Path folder;
  private final String host;
  private final int port;
  private Process process;
  private final Thread hook = new Thread(this::kill, "nginx-end");

  private NginxFront(Path folder, String host, int port) throws IOException {
    this.folder = folder;
    this.host = host;
    this.port = port;
    this.process = begin();
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * nginx before the registry at this {@code host:port}.
   *
   * @param more directives of the location, such as {@code limit_rate 1m;}
   */
  static NginxFront before(String registry, String more, Path parent) throws IOException {
    return before(registry, "", more, parent);
  }

  /** The same, with TLS and HTTP/2, which Debian's nginx is told behind the port. */
  static NginxFront withHttp2(
      String registry, TestCertificates certificates, String more, Path parent) throws IOException {
    String tls =
        " ssl http2; ssl_certificate %s; ssl_certificate_key %s"
            .formatted(certificates.certificate(), certificates.key());
    return before(registry, tls, more, parent);
  }

  private static NginxFront before(String registry, String tls, String more, Path parent)
      throws IOException {
    ForeignTool.named("nginx");
    Path folder = Files.createDirectory(parent.resolve("nginx"));
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Files.writeString(
        folder.resolve("nginx.conf"),
        """
        user root;
        daemon off;
        worker_processes 1;
        pid %1$s/nginx.pid;
        error_log %1$s/error.log;
        events {}
        http {
          log_format bytes '$request_method $uri $status $body_bytes_sent $server_protocol';
          access_log %1$s/access.log bytes;
          client_max_body_size 0;
          client_body_temp_path %1$s/body;
          proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi;
          scgi_temp_path %1$s/scgi;
          server {
            listen 127.0.0.1:%2$d%5$s;
            location / {
              proxy_pass http://%3$s;
              proxy_set_header Host $http_host;
              proxy_set_header X-Forwarded-Proto $scheme;
              proxy_buffering on;
              proxy_max_temp_file_size 0;
              %4$s
            }
          }
        }
        """
            .formatted(folder, port, registry, more, tls));
    // As the certificates of the tests say.
    return new NginxFront(folder, tls.isEmpty() ? "127.0.0.1" : "localhost", port);
  }

  private Process begin() throws IOException {
    Process started =
        new ProcessBuilder(
                ForeignTool.named("nginx").program().toString(),
                "-c",
                folder.resolve("nginx.conf").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output.log").toFile())
            .start();
    Awaitility.await("the start of nginx, see " + folder)
        .atMost(START)
        .pollInterval(Duration.ofMillis(20))
        .until(this::answers);
    return started;
  }

  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Host and port, as references begin. */
  String address() {
    return host + ":" + port;
  }

  /** What it has answered to the end: method, path, status, bytes of the body and protocol. */
  List<String> answered() throws IOException {
    return Files.readAllLines(folder.resolve("access.log"));
  }

  /** Kills it with all that is under way, and starts it again. */
  void killAndStart() throws IOException {
    kill();
    process = begin();
  }

  private void kill() {
    List<ProcessHandle> all = process.descendants().toList();
    process.destroyForcibly();
    all.forEach(ProcessHandle::destroyForcibly);
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all.forEach(child -> child.onExit().orTimeout(10, TimeUnit.SECONDS).join());
  }

  @Override
  public void close() {
    kill();
    Runtime.getRuntime().removeShutdownHook(hook);
  }
}
