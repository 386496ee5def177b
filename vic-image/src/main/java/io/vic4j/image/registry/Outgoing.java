package io.vic4j.image.registry;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request with a body, which may be sent more than once. Immutable but for the body's array. */
final class Outgoing {
  private static final byte[] EMPTY = new byte[0];

  private final String method;
  private final URI uri;
  private final Map<String, String> headers;
  private final byte[] body;
  private final int offset;
  private final int length;

  private Outgoing(
      String method, URI uri, Map<String, String> headers, byte[] body, int offset, int length) {
    this.method = method;
    this.uri = uri;
    this.headers = headers;
    this.body = body;
    this.offset = offset;
    this.length = length;
  }

  static Outgoing of(String method, URI uri) {
    return new Outgoing(method, uri, Map.of(), EMPTY, 0, 0);
  }

  /** With these bytes, which are not copied: they must not change before the answer has come. */
  Outgoing with(byte[] content, int from, int count) {
    return new Outgoing(method, uri, headers, content, from, count);
  }

  /** With one more header; the same if there is no value. */
  Outgoing with(String name, @Nullable String value) {
    if (value == null) {
      return this;
    }
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Outgoing(method, uri, more, body, offset, length);
  }

  String method() {
    return method;
  }

  URI uri() {
    return uri;
  }

  Map<String, String> headers() {
    return headers;
  }

  byte[] body() {
    return body;
  }

  int offset() {
    return offset;
  }

  int length() {
    return length;
  }
}
