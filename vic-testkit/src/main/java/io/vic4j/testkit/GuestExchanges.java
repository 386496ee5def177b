package io.vic4j.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.link.Packet;
import io.vic4j.core.vm.Signal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The guest's side of {@link Packet}s, for an in-memory guest. All of it happens under the
 * hypervisor's lock.
 */
final class GuestExchanges {
  /** What an exchange does with what the host sends. */
  interface Handler {
    /** Some bytes for the guest. */
    default void input(byte[] content) {}

    /** No more bytes for the guest. */
    default void endInput() {}

    default void signal(Signal signal) {}

    default void resize(int rows, int columns) {}

    /** The host is not interested any more. */
    void cancel();
  }

  /** What a guest does when it is asked for something. */
  interface Service {
    /**
     * Begins what was asked for.
     *
     * @return what handles the rest; null if that was all, and it was {@linkplain Outlet#end ended}
     */
    @Nullable Handler open(JsonNode request, Outlet outlet);
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Service service;
  private final Map<Integer, Outlet> outlets = new HashMap<>();
  private final Map<Integer, Handler> handlers = new HashMap<>();
  private @Nullable PlayedLink link;

  GuestExchanges(Service service) {
    this.service = service;
  }

  static ObjectNode json() {
    return JSON.createObjectNode();
  }

  /** A host connects; the one before is heard no more. */
  void connect(PlayedLink fresh) {
    PlayedLink old = link;
    if (old != null) {
      old.end();
    }
    link = fresh;
  }

  /** The power is gone. */
  void losePower() {
    PlayedLink old = link;
    if (old != null) {
      old.end();
    }
    link = null;
    handlers.clear();
    outlets.clear();
  }

  void take(Packet packet) {
    int exchange = packet.exchange();
    if (packet.type() == Packet.Type.HELLO) {
      List.copyOf(handlers.values()).forEach(Handler::cancel);
      handlers.clear();
      outlets.clear();
      send(Packet.hello(packet.payload()));
    } else if (packet.type() == Packet.Type.OPEN) {
      open(exchange, packet.text());
    } else {
      Outlet outlet = outlets.get(exchange);
      Handler handler = handlers.get(exchange);
      if (outlet != null && packet.type() == Packet.Type.CREDIT) {
        outlet.credit(packet.payload());
      } else if (handler != null) {
        handle(handler, packet);
      }
    }
  }

  private void open(int exchange, String request) {
    Outlet outlet = new Outlet(exchange);
    outlets.put(exchange, outlet);
    Handler handler = service.open(read(request), outlet);
    if (handler != null && outlets.containsKey(exchange)) {
      handlers.put(exchange, handler);
    }
  }

  private void handle(Handler handler, Packet packet) {
    switch (packet.type()) {
      case DATA -> {
        ByteBuffer payload = packet.payload();
        int channel = payload.get();
        byte[] content = new byte[payload.remaining()];
        payload.get(content);
        handler.input(content);
        send(Packet.credit(packet.exchange(), channel, content.length));
      }
      case EOF -> handler.endInput();
      case CONTROL -> {
        JsonNode control = read(packet.text());
        if (control.path("do").asText().equals("signal")) {
          handler.signal(Signal.parse(control.path("signal").asText()));
        } else {
          handler.resize(control.path("rows").asInt(), control.path("columns").asInt());
        }
      }
      case CANCEL -> handler.cancel();
      default -> {} // Not for guests.
    }
  }

  private static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the host sends what is no JSON: " + json, e);
    }
  }

  private void send(Packet packet) {
    PlayedLink current = link;
    if (current != null) {
      current.send(packet);
    }
  }

  /** What goes to the host in one exchange: no faster than the host gives credit. */
  final class Outlet {
    private final int exchange;
    private final Map<Integer, Long> credit = new HashMap<>();
    private final List<ByteBuffer> waiting = new ArrayList<>();
    private final List<Integer> channels = new ArrayList<>();
    private @Nullable String end;

    Outlet(int exchange) {
      this.exchange = exchange;
    }

    void opened(ObjectNode details) {
      send(Packet.json(Packet.Type.OPENED, exchange, details.toString()));
    }

    void data(int channel, ByteBuffer content) {
      if (end == null) {
        waiting.add(content.duplicate());
        channels.add(channel);
        flush();
      }
    }

    /** The end, once all is sent. */
    void end(ObjectNode how) {
      if (end == null) {
        end = how.toString();
        flush();
      }
    }

    void refuse(String error, String message) {
      end(json().put("error", error).put("message", message));
    }

    private void credit(ByteBuffer payload) {
      int channel = payload.get();
      credit.merge(channel, (long) payload.getInt(), (old, more) -> left(channel) + more);
      flush();
    }

    private long left(int channel) {
      return credit.computeIfAbsent(channel, key -> (long) Packet.WINDOW_BYTES);
    }

    private void flush() {
      for (int i = 0; i < waiting.size(); ) {
        int channel = channels.get(i);
        ByteBuffer content = waiting.get(i);
        while (content.hasRemaining() && left(channel) > 0) {
          int count =
              (int) Math.min(Math.min(content.remaining(), Packet.MAX_DATA_BYTES), left(channel));
          byte[] piece = new byte[count];
          content.get(piece);
          credit.put(channel, left(channel) - count);
          send(Packet.data(exchange, channel, piece, 0, count));
        }
        if (content.hasRemaining()) {
          i++; // The other channel may have credit.
        } else {
          waiting.remove(i);
          channels.remove(i);
        }
      }
      if (end != null && waiting.isEmpty() && outlets.remove(exchange, this)) {
        handlers.remove(exchange);
        send(Packet.json(Packet.Type.END, exchange, end));
      }
    }
  }
}
