package io.vic4j.core.vsphere;

import io.vic4j.core.NotFoundException;
import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.http.BodyStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a datastore over HTTP. A request whose connection breaks is repeated: each of them
 * may be made twice. Thread-safe.
 */
final class FolderHttp {
  private static final Logger log = LoggerFactory.getLogger(FolderHttp.class);
  private static final String LENGTH = "Content-Length";
  private static final int ATTEMPTS = 4;

  private final VimSession session;
  private final VimHttp http;
  private final FileAddresses addresses;
  private final Duration answerTimeout;

  FolderHttp(VimSession session, VimHttp http, FileAddresses addresses, Duration answerTimeout) {
    this.session = session;
    this.http = http;
    this.addresses = addresses;
    this.answerTimeout = answerTimeout;
  }

  /**
   * The length of a file.
   *
   * @return empty if there is no such file
   */
  OptionalLong length(DatastorePath file) {
    HttpResponse<BodyStream> head =
        send(
            file,
            () ->
                HttpRequest.newBuilder(addresses.url(file))
                    .method("HEAD", BodyPublishers.noBody()));
    VimHttp.discard(head);
    int status = head.statusCode();
    if (status == 404 || status == 301) {
      return OptionalLong.empty();
    }
    require(head, file, 200);
    // A folder is no file: it has a page, whose length nobody knows, or another address.
    return head.headers().firstValueAsLong(LENGTH);
  }

  /**
   * Reads from a place to the end, or for a number of bytes.
   *
   * @param count how many bytes; negative for all
   * @return the answer, which begins at that place; the caller closes its body
   * @throws NotFoundException if there is no such file
   */
  HttpResponse<BodyStream> get(DatastorePath file, long from, long count) {
    HttpResponse<BodyStream> answer =
        send(
            file,
            () -> {
              HttpRequest.Builder request = HttpRequest.newBuilder(addresses.url(file)).GET();
              if (from > 0 || count >= 0) {
                request.header(
                    "Range", "bytes=" + from + "-" + (count < 0 ? "" : from + count - 1));
              }
              return request;
            });
    boolean part = answer.statusCode() == 206;
    if (!part && !(answer.statusCode() == 200 && from == 0)) {
      VimHttp.discard(answer);
      throw answer.statusCode() == 404 || answer.statusCode() == 301
          ? new NotFoundException("file", file.toString())
          : failure(answer, file);
    }
    return answer;
  }

  /**
   * Writes a file, over one that is there.
   *
   * @param content made anew for each attempt
   * @return false if its folder is not there
   */
  boolean put(DatastorePath file, Supplier<BodyPublisher> content) {
    HttpResponse<BodyStream> answer =
        send(
            file,
            () ->
                HttpRequest.newBuilder(addresses.url(file))
                    .header("Content-Type", "application/octet-stream")
                    .PUT(content.get()));
    VimHttp.discard(answer);
    int status = answer.statusCode();
    if (status == 404 || status == 409) {
      return false;
    }
    require(answer, file, 200, 201, 204);
    return true;
  }

  private HttpResponse<BodyStream> send(DatastorePath file, Supplier<HttpRequest.Builder> request) {
    boolean renewed = false;
    for (int attempt = 1; ; attempt++) {
      String cookie = session.client().session();
      try {
        HttpRequest.Builder builder = request.get();
        if (cookie != null) {
          builder.header("Cookie", cookie);
        }
        HttpResponse<BodyStream> answer = http.send(builder, answerTimeout);
        int status = answer.statusCode();
        if (VimHttp.isFromProxy(status)) {
          VimHttp.discard(answer);
          throw new BrokenConnectionException(failure(answer, file).getMessage(), true, null);
        }
        if (status != 401 || renewed) {
          return answer;
        }
        VimHttp.discard(answer);
        session.renewed(cookie);
        renewed = true;
      } catch (BrokenConnectionException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        log.debug("access to '{}' is tried again: {}", file, e.getMessage());
        VimHttp.pause("access to " + file, attempt);
      }
    }
  }

  /** What it means that an answer could not be read to its end. */
  BrokenConnectionException broken(DatastorePath file, Throwable cause) {
    return http.brokenInAnswer(addresses.url(file), cause);
  }

  private void require(HttpResponse<BodyStream> answer, DatastorePath file, int... wanted) {
    for (int status : wanted) {
      if (answer.statusCode() == status) {
        return;
      }
    }
    throw failure(answer, file);
  }

  private VicException failure(HttpResponse<BodyStream> answer, DatastorePath file) {
    int status = answer.statusCode();
    URI uri = answer.uri();
    String what =
        "file '" + addresses.absoluteText(file) + "': HTTP " + status + " from " + uri.getHost();
    return switch (status) {
      case 401, 403 ->
          new UnauthorizedException(what + "; the user needs Datastore.FileManagement there");
      case 507 -> new OutOfSpaceException(what + ": the datastore is full", null);
      default -> new UnavailableException(what, null);
    };
  }
}
