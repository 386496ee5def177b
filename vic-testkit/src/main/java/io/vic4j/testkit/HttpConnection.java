package io.vic4j.testkit;

import io.vic4j.image.Bytes;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one HTTP/1.1 connection (RFC 9112), as far as registries need it. One
 * thread's.
 *
 * <p>Why not the JDK's {@code com.sun.net.httpserver}: it sends head and body apart, which costs
 * each small answer the 40 ms of a delayed acknowledgement; it leaves a client that tries TLS
 * first, as skopeo does, without an answer; and it cannot break off where a fault wants it to.
 */
final class HttpConnection implements AutoCloseable {
  private static final int MAX_LINE_BYTES = 64 << 10;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  HttpConnection(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    this.in = new BufferedInputStream(socket.getInputStream());
    this.out = new BufferedOutputStream(socket.getOutputStream(), 64 << 10);
  }

  /** A request, with its header names in lower case. */
  record Request(String method, String target, Map<String, String> headers, Bytes body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  /** The next request; null at the end of the connection, or if this is not HTTP. */
  @Nullable Request next() throws IOException {
    in.mark(1);
    int first = in.read();
    if (first < 0) {
      return null;
    }
    in.reset();
    if (first < 'A' || first > 'Z') {
      // Most likely TLS, whose first byte is 22. Said as Go's servers say it.
      out.write(ascii("HTTP/1.0 400 Bad Request\r\n\r\nThis server speaks plain HTTP.\n"));
      out.flush();
      return null;
    }
    String[] words = line().split(" ", -1);
    if (words.length != 3) {
      return null;
    }
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    if (headers.getOrDefault("expect", "").equalsIgnoreCase("100-continue")) {
      out.write(ascii("HTTP/1.1 100 Continue\r\n\r\n"));
      out.flush();
    }
    return new Request(words[0], words[1], headers, new Bytes(body(headers)));
  }

  private byte[] body(Map<String, String> headers) throws IOException {
    if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
      return chunks();
    }
    int length = number(headers.getOrDefault("content-length", "0"), 10);
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the request ended early");
    }
    return body;
  }

  /** RFC 9112, section 7.1. */
  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (; ; ) {
      int length = number(line().replaceFirst(";.*", "").strip(), 16);
      body.writeBytes(in.readNBytes(length));
      String end = line();
      if (length == 0) {
        while (!end.isEmpty()) {
          end = line();
        }
        return body.toByteArray();
      }
    }
  }

  private static int number(String text, int radix) throws IOException {
    try {
      return Integer.parseUnsignedInt(text, radix);
    } catch (NumberFormatException e) {
      throw new IOException("not a length: " + text, e);
    }
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.size() == MAX_LINE_BYTES) {
        throw new EOFException("the request ended early, or has a line without an end");
      }
      if (next != '\r') {
        line.write(next);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  /** Begins an answer whose body, if any, has this length. */
  void head(int status, Map<String, String> headers, long length) throws IOException {
    head(status, headers, "Content-Length: " + length);
  }

  private void head(int status, Map<String, String> headers, String framing) throws IOException {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " " + status + "\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append(framing).append("\r\n\r\n");
    out.write(ascii(head.toString()));
  }

  /** Sends some of the body. */
  void body(byte[] bytes, int length) throws IOException {
    out.write(bytes, 0, length);
  }

  /** Sends a whole answer that does not say how long it is. */
  void chunked(int status, Map<String, String> headers, byte[] body) throws IOException {
    head(status, headers, "Transfer-Encoding: chunked");
    if (body.length > 0) {
      out.write(ascii(Integer.toHexString(body.length) + "\r\n"));
      out.write(body);
      out.write(ascii("\r\n"));
    }
    out.write(ascii("0\r\n\r\n"));
  }

  void flush() throws IOException {
    out.flush();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Ends the connection, whatever is under way. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no more use either way.
    }
  }
}
