package io.vic4j.pod.kubernetes.kubelet;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.vm.ExitStatus;
import java.nio.charset.StandardCharsets;

/**
 * How the end of a process is told to a client.
 *
 * <p>Source: Kubernetes, {@code k8s.io/apimachinery/pkg/util/remotecommand}: since version 4 of the
 * protocol the error stream has a {@code Status} of {@code v1}; before, it has a text, and nothing
 * after success.
 */
enum StatusFormat {
  TEXT,
  JSON;

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int INTERNAL_ERROR = 500;

  /** All is well. */
  byte[] success() {
    return this == TEXT ? new byte[0] : bytes(status("Success"));
  }

  /**
   * A process is over.
   *
   * @param message what went wrong, if its process could not be begun; else empty
   */
  byte[] ended(ExitStatus exit, String message) {
    if (exit.isSuccess()) {
      return success();
    }
    if (exit.shellCode().isEmpty()) {
      return failed("command terminated: " + exit + (message.isEmpty() ? "" : ": " + message));
    }
    int code = exit.shellCode().getAsInt();
    String text =
        "command terminated with non-zero exit code: "
            + exit
            + (message.isEmpty() ? "" : ": " + message);
    if (this == TEXT) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    ObjectNode status = status("Failure").put("message", text).put("reason", "NonZeroExitCode");
    status
        .putObject("details")
        .putArray("causes")
        .addObject()
        .put("reason", "ExitCode")
        .put("message", Integer.toString(code));
    return bytes(status);
  }

  /** The process is lost, or it was never had. */
  byte[] failed(String message) {
    if (this == TEXT) {
      return message.getBytes(StandardCharsets.UTF_8);
    }
    return bytes(
        status("Failure")
            .put("message", message)
            .put("reason", "InternalError")
            .put("code", INTERNAL_ERROR));
  }

  private static ObjectNode status(String word) {
    ObjectNode status = MAPPER.createObjectNode();
    status.putObject("metadata");
    return status.put("status", word);
  }

  private static byte[] bytes(ObjectNode status) {
    return status.toString().getBytes(StandardCharsets.UTF_8);
  }
}
