package io.vic4j.core.vsphere.soap;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An answer that is cut off, is no SOAP, or holds what no vSphere server sends. */
public final class MalformedAnswerException extends IOException {
  private static final long serialVersionUID = 1;

  MalformedAnswerException(String message) {
    this(message, null);
  }

  MalformedAnswerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
