package io.vic4j.pod.kubernetes.kubelet;

import io.vic4j.core.vm.ExecSpec;
import java.util.List;

/**
 * What a client wants of a process, and which of its streams.
 *
 * <p>Source: Kubernetes, the kubelet's {@code remotecommand} options, whose parameters are {@code
 * input}, {@code output}, {@code error} and {@code tty}; and {@code PodExecOptions} of {@code v1},
 * whose parameters {@code stdin}, {@code stdout} and {@code stderr} some clients send.
 *
 * @param command the program and its arguments; empty to attach
 */
record ExecRequest(
    List<String> command, boolean stdin, boolean stdout, boolean stderr, boolean tty) {
  ExecRequest {
    command = List.copyOf(command);
  }

  /**
   * Reads the parameters of a request.
   *
   * @throws HttpFailure if no stream is asked for
   */
  static ExecRequest of(Query query) {
    boolean tty = query.flag("tty");
    ExecRequest request =
        new ExecRequest(
            query.all("command"),
            query.flag("input") || query.flag("stdin"),
            query.flag("output") || query.flag("stdout"),
            // All that is printed to a terminal is output.
            !tty && (query.flag("error") || query.flag("stderr")),
            tty);
    if (!request.stdin && !request.stdout && !request.stderr) {
      throw HttpFailure.badRequest("you must specify at least 1 of stdin, stdout, stderr");
    }
    return request;
  }

  /** The process to begin beside a container. */
  ExecSpec spec(String container) {
    if (command.isEmpty()) {
      throw HttpFailure.badRequest("you must specify at least one command");
    }
    return ExecSpec.builder(container, command).stdin(stdin).tty(tty).build();
  }
}
