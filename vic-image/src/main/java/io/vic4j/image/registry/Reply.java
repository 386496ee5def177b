package io.vic4j.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.http.BodyStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** An answer: its head, and its body still to be read. Close it, or its body. */
final class Reply implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_ERROR_BYTES = 64 << 10;
  private static final int MAX_QUOTE = 200;

  private final HttpResponse<BodyStream> response;

  Reply(HttpResponse<BodyStream> response) {
    this.response = response;
  }

  int status() {
    return response.statusCode();
  }

  /** Who answered in the end, after redirects. */
  URI uri() {
    return response.uri();
  }

  boolean isHttp2() {
    return response.version() == HttpClient.Version.HTTP_2;
  }

  HttpHeaders headers() {
    return response.headers();
  }

  String header(String name) {
    return headers().firstValue(name).orElse("");
  }

  InputStream body() {
    return response.body();
  }

  /** The length that the answer says it has; empty if it does not say, or says nonsense. */
  OptionalLong contentLength() {
    try {
      return headers().firstValueAsLong("Content-Length");
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /** The whole body, if it is not longer than the limit. */
  byte[] content(int limitBytes, String what) throws TransientException {
    try {
      byte[] content =
          contentLength().orElse(0) > limitBytes ? null : body().readNBytes(limitBytes + 1);
      if (content == null || content.length > limitBytes) {
        throw new UnsupportedException(
            what + " is longer than " + limitBytes + " bytes, the most that is taken");
      }
      return content;
    } catch (IOException e) {
      throw Transport.broken(uri(), e);
    }
  }

  /** How long the other side wants to be left alone (RFC 9110, section 10.2.3). */
  @Nullable Duration retryAfter(Instant now) {
    String text = header("Retry-After").strip();
    try {
      if (text.matches("[0-9]{1,9}")) {
        return Duration.ofSeconds(Long.parseLong(text));
      }
      Instant then = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
      return then.isAfter(now) ? Duration.between(now, then) : Duration.ZERO;
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /**
   * The status and what the body says about it, shortly, for a message: {@code 404
   * (MANIFEST_UNKNOWN: manifest unknown)}. Reads and closes the body.
   */
  String quote() {
    String said = "";
    try (InputStream in = body()) {
      said = said(in.readNBytes(MAX_ERROR_BYTES));
    } catch (IOException e) {
      // The status has to do.
    }
    return said.isEmpty() ? "HTTP " + status() : "HTTP " + status() + " (" + said + ")";
  }

  private static String said(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    StringBuilder said = new StringBuilder();
    try {
      // OCI distribution specification 1.1, "Error Codes".
      for (JsonNode error : JSON.readTree(body).path("errors")) {
        String code = error.path("code").asText("");
        String message = error.path("message").asText("");
        said.append(said.isEmpty() ? "" : "; ")
            .append(code)
            .append(code.isEmpty() || message.isEmpty() ? "" : ": ")
            .append(message);
      }
    } catch (JsonProcessingException e) {
      said.append(text.replaceAll("(?is)<(script|style|head)\\b.*?</\\1>", " "));
    } catch (IOException e) {
      throw new IllegalStateException("no input or output here", e);
    }
    String line =
        said.toString().replaceAll("<[^>]*>", " ").replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    return line.length() <= MAX_QUOTE ? line : line.substring(0, MAX_QUOTE) + "…";
  }

  /** Reads a short body to its end, so that the connection can be used again, and closes it. */
  void discard() {
    try (InputStream in = body()) {
      if (contentLength().orElse(Long.MAX_VALUE) <= MAX_ERROR_BYTES) {
        in.skipNBytes(contentLength().orElse(0));
        in.read();
      }
    } catch (IOException e) {
      // Then there will be a new connection.
    }
  }

  @Override
  public void close() {
    response.body().close();
  }
}
