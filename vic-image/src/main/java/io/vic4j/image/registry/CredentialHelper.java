package io.vic4j.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.CancelledException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A program {@code docker-credential-…} that knows credentials.
 *
 * <p>Source: docker/docker-credential-helpers, "Usage": {@code get} reads the server's address from
 * its standard input and writes JSON; with nothing to tell it fails and says so on its standard
 * output. A user name of {@code <token>} means an identity token.
 */
final class CredentialHelper {
  private static final int MAX_ANSWER_BYTES = 64 << 10;
  private static final int MAX_QUOTE = 200;
  private static final String NOT_FOUND = "credentials not found";
  private static final String TOKEN_USER = "<token>";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String program;
  private final Duration timeout;

  /**
   * A program.
   *
   * @param timeout how long it may take; then it is ended
   */
  CredentialHelper(String program, Duration timeout) {
    this.program = program;
    this.timeout = timeout;
  }

  /** What it knows for a server; empty if it knows nothing. */
  Optional<Credentials> credentials(String server) {
    Process process = start();
    FutureTask<byte[]> talk = new FutureTask<>(() -> talk(process, server));
    Thread reader = new Thread(talk, "vic4j-credential-helper");
    reader.setDaemon(true);
    reader.start();
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      byte[] answer = talk.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      if (answer.length > MAX_ANSWER_BYTES) {
        throw failed("answered more than " + MAX_ANSWER_BYTES + " bytes", null);
      }
      if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        throw new TimeoutException();
      }
      return process.exitValue() == 0 ? read(answer) : notTold(server, answer);
    } catch (TimeoutException e) {
      throw failed("did not answer within " + timeout.toMillis() + " ms", null);
    } catch (ExecutionException e) {
      throw failed("cannot be talked to", e.getCause());
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "question to " + program);
    } finally {
      end(process);
    }
  }

  private Process start() {
    try {
      return new ProcessBuilder(program, "get")
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw new NotFoundException(
          "credential helper",
          program,
          "credential helper not found: "
              + program
              + " cannot be run: "
              + e.getMessage()
              + "; install it, or take it out of the Docker config",
          e);
    }
  }

  private static byte[] talk(Process process, String server) throws IOException {
    try (OutputStream question = process.getOutputStream()) {
      question.write(server.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It need not read the question to refuse it.
    }
    try (InputStream answer = process.getInputStream()) {
      return answer.readNBytes(MAX_ANSWER_BYTES + 1);
    }
  }

  /** Whatever it has started is ended too: it holds the pipe open that is read from. */
  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private Optional<Credentials> read(byte[] answer) {
    JsonNode found;
    try {
      found = JSON.readTree(answer);
    } catch (IOException e) {
      // Not kept as the cause: the parser's message may quote the secret.
      throw failed("answered what is no JSON", null);
    }
    String user = found.path("Username").asText("");
    String secret = found.path("Secret").asText("");
    if (secret.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        user.equals(TOKEN_USER)
            ? Credentials.identityToken(secret)
            : Credentials.basic(user, secret));
  }

  private Optional<Credentials> notTold(String server, byte[] answer) {
    String said =
        new String(answer, StandardCharsets.UTF_8).replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    if (said.startsWith(NOT_FOUND)) {
      return Optional.empty();
    }
    throw new UnauthorizedException(
        program
            + " gives no credentials for "
            + server
            + (said.isEmpty() ? "" : ": ")
            + (said.length() > MAX_QUOTE ? said.substring(0, MAX_QUOTE) + "…" : said));
  }

  private UnavailableException failed(String how, @Nullable Throwable cause) {
    return new UnavailableException("credential helper " + program + " " + how, cause);
  }
}
