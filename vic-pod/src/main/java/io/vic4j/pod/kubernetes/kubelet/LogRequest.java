package io.vic4j.pod.kubernetes.kubelet;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vic4j.core.vm.LogEntry.Output;
import io.vic4j.core.vm.LogOptions;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a client wants of a log.
 *
 * <p>Source: Kubernetes API, {@code PodLogOptions} of {@code v1}, whose names the parameters have.
 *
 * @param previous whether of the run before the present one
 * @param timestamps whether each line is to begin with its time
 * @param limitBytes at most so much
 * @param options the rest
 */
record LogRequest(
    boolean previous, boolean timestamps, OptionalLong limitBytes, LogOptions options) {
  /**
   * Reads the parameters of a request.
   *
   * @throws HttpFailure if they say what cannot be
   */
  static LogRequest of(Query query, Instant now) {
    OptionalLong sinceSeconds = query.number("sinceSeconds", 1);
    Optional<Instant> since = query.time("sinceTime");
    if (sinceSeconds.isPresent() && since.isPresent()) {
      throw new HttpFailure(
          HttpResponseStatus.UNPROCESSABLE_ENTITY,
          "at most one of sinceTime or sinceSeconds may be specified");
    }
    if (sinceSeconds.isPresent()) {
      since = Optional.of(before(now, sinceSeconds.getAsLong()));
    }
    LogOptions options =
        new LogOptions(
            0,
            query.flag("follow"),
            query.number("tailLines", 0),
            since,
            Optional.empty(),
            LogOptions.ALL.outputs());
    switch (query.text("stream").orElse("All")) {
      case "All", "" -> {}
      case "Stdout" -> options = options.only(Output.STDOUT);
      case "Stderr" -> options = options.only(Output.STDERR);
      default -> throw HttpFailure.badRequest("parameter stream is All, Stdout or Stderr");
    }
    return new LogRequest(
        query.flag("previous"), query.flag("timestamps"), query.number("limitBytes", 1), options);
  }

  private static Instant before(Instant now, long seconds) {
    return now.minusSeconds(Math.min(seconds, now.getEpochSecond()));
  }

  /** What to read of a log of which this part is of the run that is meant. */
  LogOptions within(LogOptions run) {
    Optional<Instant> since = run.since();
    if (options.since().isPresent() && since.filter(options.since().get()::isBefore).isEmpty()) {
      since = options.since();
    }
    return new LogOptions(
        run.position(),
        options.follow() && !previous,
        options.tail(),
        since,
        run.until(),
        options.outputs());
  }
}
