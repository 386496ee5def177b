package io.vic4j.pod.kubernetes.kubelet;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vic4j.core.ConflictException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;

/** A request that is answered with an error: a status of HTTP, and a line for people. */
final class HttpFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient HttpResponseStatus status;

  HttpFailure(HttpResponseStatus status, String message) {
    super(message);
    this.status = status;
  }

  private HttpFailure(HttpResponseStatus status, String message, Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  static HttpFailure badRequest(String message) {
    return new HttpFailure(HttpResponseStatus.BAD_REQUEST, message);
  }

  static HttpFailure notFound(String message) {
    return new HttpFailure(HttpResponseStatus.NOT_FOUND, message);
  }

  static HttpFailure noPod(String name) {
    return notFound("pods \"" + name + "\" not found");
  }

  static HttpFailure noContainer(String container, String pod) {
    return notFound("container \"" + container + "\" not found in pod \"" + pod + "\"");
  }

  static HttpFailure tooMany() {
    return new HttpFailure(
        HttpResponseStatus.SERVICE_UNAVAILABLE, "too many streams are open; try again later");
  }

  /** How a request is answered that failed so. */
  static HttpFailure of(Throwable failure) {
    if (failure instanceof HttpFailure known) {
      return known;
    }
    if (!(failure instanceof VicException)) {
      return new HttpFailure(
          HttpResponseStatus.INTERNAL_SERVER_ERROR, "internal error; see the node's log", failure);
    }
    return new HttpFailure(status(failure), String.valueOf(failure.getMessage()), failure);
  }

  private static HttpResponseStatus status(Throwable failure) {
    if (failure instanceof NotFoundException) {
      return HttpResponseStatus.NOT_FOUND;
    } else if (failure instanceof InvalidArgumentException) {
      return HttpResponseStatus.BAD_REQUEST;
    } else if (failure instanceof ConflictException) {
      return HttpResponseStatus.CONFLICT;
    } else if (failure instanceof UnsupportedException) {
      return HttpResponseStatus.NOT_IMPLEMENTED;
    } else if (failure instanceof TimedOutException) {
      return HttpResponseStatus.GATEWAY_TIMEOUT;
    } else if (failure instanceof UnavailableException) {
      return HttpResponseStatus.SERVICE_UNAVAILABLE;
    }
    return HttpResponseStatus.INTERNAL_SERVER_ERROR;
  }

  HttpResponseStatus status() {
    return status;
  }

  /** What people are told. */
  String text() {
    return String.valueOf(getMessage());
  }
}
