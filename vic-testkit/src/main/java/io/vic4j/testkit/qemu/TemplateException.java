package io.vic4j.testkit.qemu;

import java.io.IOException;

/** A VM does not go on from its template. */
final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1;

  TemplateException(IOException cause) {
    super(cause.getMessage(), cause);
  }
}
