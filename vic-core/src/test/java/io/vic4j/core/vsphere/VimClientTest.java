package io.vic4j.core.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.vmware.vim25.FileLocked;
import com.vmware.vim25.ManagedObjectReference;
import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.vsphere.VsphereSettings.Credentials;
import io.vic4j.core.vsphere.soap.SoapFault;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The transport and the session, against a server that does what no simulator does. */
final class VimClientTest {
  private static final Credentials CREDENTIALS = new Credentials("user", "s3cret-word");
  private static final ManagedObjectReference INSTANCE =
      Moref.of("ServiceInstance", "ServiceInstance");
  private static final ManagedObjectReference TASK = Moref.of("Task", "task-1");
  private FakeServer server;

  @BeforeEach
  void start() throws IOException {
    server = new FakeServer();
    server.returns("CurrentTime", "2026-01-02T03:04:05.678Z");
  }

  @AfterEach
  void stop() {
    boolean unused = Thread.interrupted();
    server.close();
  }

  private VimSession open() {
    return VimSession.open(server.client(), CREDENTIALS);
  }

  private static long now(VimSession session) {
    return session.call("time", vim -> vim.currentTime(INSTANCE)).getTimeInMillis();
  }

  private static void cancelTask(VimSession session) {
    session.run("cancellation", vim -> vim.cancelTask(TASK));
  }

  @Test
  void calls_useOneConnection_andTheSessionsCookie() throws IOException {
    List<String> cookies = new ArrayList<>();
    server.on(
        "CurrentTime",
        (exchange, request) -> {
          cookies.add(exchange.getRequestHeaders().getFirst("Cookie"));
          FakeServer.send(
              exchange,
              200,
              FakeServer.envelope("CurrentTimeResponse", "2026-01-02T03:04:05.678Z"));
        });
    VimSession session = open();
    for (int i = 0; i < 5; i++) {
      assertThat(now(session)).isEqualTo(1767323045678L);
    }
    assertThat(server.connections).hasSize(1);
    assertThat(cookies).containsOnly("vmware_soap_session=\"s1\"");
  }

  @Test
  void zippedAnswer_isRead() {
    server.on(
        "CurrentTime",
        (exchange, request) -> {
          assertThat(exchange.getRequestHeaders().getFirst("Accept-Encoding")).isEqualTo("gzip");
          byte[] body =
              FakeServer.zipped(
                  FakeServer.envelope("CurrentTimeResponse", "2026-01-02T03:04:05.678Z"));
          exchange.getResponseHeaders().add("Content-Encoding", "gzip");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
        });
    assertThat(now(open())).isEqualTo(1767323045678L);
  }

  @Test
  void expiredSession_isRenewedOnce_forAllThatFindItSo() throws Exception {
    VimSession session = open();
    server.on(
        "CurrentTime",
        (exchange, request) -> {
          boolean fresh = exchange.getRequestHeaders().getFirst("Cookie").contains("s2");
          FakeServer.send(
              exchange,
              fresh ? 200 : 500,
              fresh
                  ? FakeServer.envelope("CurrentTimeResponse", "2026-01-02T03:04:05.678Z")
                  : FakeServer.fault("NotAuthenticated", "The session is not authenticated."));
        });
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try {
      CountDownLatch begin = new CountDownLatch(1);
      List<Future<Long>> times = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        times.add(
            threads.submit(
                () -> {
                  begin.await();
                  return now(session);
                }));
      }
      begin.countDown();
      for (Future<Long> time : times) {
        assertThat(time.get(30, TimeUnit.SECONDS)).isEqualTo(1767323045678L);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(server.count("Login")).isEqualTo(2);
  }

  @Test
  void refusedLogin_isUnauthorized_andNotTriedAgainAtOnce() {
    VimSession session = open();
    server.on(
        "CurrentTime",
        (exchange, request) ->
            FakeServer.send(exchange, 500, FakeServer.fault("NotAuthenticated", "over")));
    server.on(
        "Login",
        (exchange, request) ->
            FakeServer.send(exchange, 500, FakeServer.fault("InvalidLogin", "Cannot complete")));
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> now(session)).isInstanceOf(UnauthorizedException.class);
    }
    // One that opened the session and one that was refused: more could lock the account.
    assertThat(server.count("Login")).isEqualTo(2);
  }

  @Test
  void question_isAskedAgain_whenTheConnectionBreaks() {
    VimSession session = open();
    AtomicInteger left = new AtomicInteger(2);
    server.on(
        "RetrievePropertiesEx",
        (exchange, request) -> {
          if (left.getAndDecrement() > 0) {
            throw new IOException("dropped by the test");
          }
          FakeServer.send(
              exchange,
              200,
              FakeServer.envelope(
                  "RetrievePropertiesExResponse",
                  "<objects><obj type=\"Task\">task-1</obj></objects>"));
        });
    assertThat(new Properties(session).of(TASK, "info.state")).isEmpty();
    assertThat(server.count("RetrievePropertiesEx")).isEqualTo(3);
  }

  @Test
  void question_isAskedAgain_whenItsAnswerIsCutOff() {
    VimSession session = open();
    AtomicBoolean cut = new AtomicBoolean(true);
    String answer = FakeServer.envelope("CurrentTimeResponse", "2026-01-02T03:04:05.678Z");
    server.on(
        "CurrentTime",
        (exchange, request) ->
            FakeServer.send(
                exchange, 200, cut.getAndSet(false) ? answer.substring(0, 200) : answer));
    assertThat(now(session)).isEqualTo(1767323045678L);
    assertThat(server.count("CurrentTime")).isEqualTo(2);
  }

  @Test
  void order_isNotGivenTwice_whenItMayHaveBeenCarriedOut() {
    VimSession session = open();
    server.on(
        "CancelTask",
        (exchange, request) -> {
          throw new IOException("dropped by the test");
        });
    assertThatThrownBy(() -> cancelTask(session))
        .isInstanceOfSatisfying(
            BrokenConnectionException.class, e -> assertThat(e.sent()).isTrue());
    assertThat(server.count("CancelTask")).isEqualTo(1);
  }

  @Test
  void order_isGivenAgain_whenTheSessionWasOver() {
    VimSession session = open();
    AtomicBoolean over = new AtomicBoolean(true);
    server.on(
        "CancelTask",
        (exchange, request) -> {
          if (over.getAndSet(false)) {
            FakeServer.send(exchange, 500, FakeServer.fault("NotAuthenticated", "over"));
          } else {
            FakeServer.send(
                exchange,
                200,
                FakeServer.envelope("CancelTaskResponse", "")
                    .replace("<returnval></returnval>", ""));
          }
        });
    cancelTask(session);
    assertThat(server.count("CancelTask")).isEqualTo(2);
  }

  @Test
  void fault_isTheErrorForIt_withTheFaultAsItsCause() {
    VimSession session = open();
    server.on(
        "CancelTask",
        (exchange, request) ->
            FakeServer.send(exchange, 500, FakeServer.fault("FileLocked", "file is locked")));
    assertThatThrownBy(() -> cancelTask(session))
        .isInstanceOf(ConflictException.class)
        .cause()
        .isInstanceOfSatisfying(
            SoapFault.class,
            fault -> assertThat(fault.fault().orElseThrow()).isInstanceOf(FileLocked.class));
  }

  @Test
  void serverWithoutTheApi_isNamed() {
    server.on(
        "RetrieveServiceContent",
        (exchange, request) -> {
          exchange.getResponseHeaders().add("Content-Type", "text/html");
          exchange.sendResponseHeaders(404, -1);
        });
    assertThatThrownBy(this::open)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("no vSphere API answers at")
        .hasMessageContaining("404");
  }

  @Test
  void noServer_isUnavailable() {
    server.close();
    assertThatThrownBy(this::open)
        .isInstanceOfAny(UnavailableException.class, CancelledException.class);
  }

  @Test
  void silentServer_isGivenUp() throws IOException {
    try (FakeServer silent = new FakeServer(Duration.ofMillis(300))) {
      CountDownLatch end = new CountDownLatch(1);
      silent.on(
          "RetrieveServiceContent",
          (exchange, request) -> {
            try {
              end.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      assertThatThrownBy(() -> VimSession.open(silent.client(), CREDENTIALS))
          .isInstanceOf(BrokenConnectionException.class)
          .hasMessageContaining("timed out");
      end.countDown();
    }
  }

  @Test
  void interruptedCall_isCancelled() {
    VimSession session = open();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> now(session)).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void password_isInTheLogin_andNowhereElse() {
    server.on(
        "Login",
        (exchange, request) ->
            FakeServer.send(exchange, 500, FakeServer.fault("InvalidLogin", "Cannot complete")));
    assertThatThrownBy(this::open)
        .isInstanceOf(UnauthorizedException.class)
        .satisfies(
            e -> {
              for (Throwable t = e; t != null; t = t.getCause()) {
                assertThat(t.toString()).doesNotContain("s3cret-word");
              }
            });
    assertThat(CREDENTIALS.toString()).doesNotContain("s3cret-word");
    assertThat(VsphereSettings.builder("https://vc.example", CREDENTIALS).build().toString())
        .doesNotContain("s3cret-word");
    assertThat(server.requests)
        .filteredOn(request -> request.contains("s3cret-word"))
        .allMatch(request -> request.contains("<Login"));
  }

  @Test
  void closedClient_isCancelled() {
    VimSession session = open();
    server.http().close();
    assertThatThrownBy(() -> now(session)).isInstanceOf(CancelledException.class);
  }
}
