package io.vic4j.testkit.kubernetes;

import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A watch by WebSocket. Its sockets are written on the server's own thread, so nobody waits. */
final class WatchSocket extends WebSocketListener implements ApiServer.Watcher {
  private final Consumer<ApiServer.Watcher> begins;
  private final Consumer<ApiServer.Watcher> ended;
  private @Nullable Context context;
  private @Nullable WebSocket socket;

  WatchSocket(Consumer<ApiServer.Watcher> begins, Consumer<ApiServer.Watcher> ended) {
    this.begins = begins;
    this.ended = ended;
  }

  @Override
  public void onOpen(WebSocket webSocket, Response response) {
    context = Vertx.currentContext();
    socket = webSocket;
    begins.accept(this);
  }

  @Override
  public void event(String json) {
    WebSocket to = Objects.requireNonNull(socket);
    onContext(() -> to.send(json));
  }

  @Override
  public void end(String reason) {
    WebSocket to = Objects.requireNonNull(socket);
    onContext(() -> to.close(1001, reason));
  }

  private interface Sending {
    boolean send();
  }

  private void onContext(Sending sending) {
    Objects.requireNonNull(context)
        .runOnContext(
            none -> {
              boolean unused = sending.send();
            });
  }

  @Override
  public void onClosed(WebSocket webSocket, int code, String reason) {
    ended.accept(this);
  }

  @Override
  public void onFailure(WebSocket webSocket, Throwable failure, @Nullable Response response) {
    ended.accept(this);
  }
}
