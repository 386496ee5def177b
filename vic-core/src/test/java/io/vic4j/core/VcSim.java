package io.vic4j.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;

/**
 * A vCenter, or an ESX host, that lives in a process of its own: govmomi's simulator as {@code
 * src/test/vcsim} builds it, which listens on the loopback interface alone.
 *
 * <p>Its datastores are folders of this machine, so that a test can look at what stands in them.
 * Where the program is missing the calling test is skipped, or fails where oracles are required.
 * Closing it ends the process, which removes all that it made.
 */
public final class VcSim implements AutoCloseable {
  private static final long END_SECONDS = 10;
  private static final Duration CONTROL_TIMEOUT = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final JsonNode served;
  private final HttpClient http = HttpClient.newHttpClient();

  private VcSim(Process process, JsonNode served) {
    this.process = process;
    this.served = served;
  }

  /** Starts one that has what these flags say: {@code -esx}, {@code -vms 1000}… */
  public static VcSim start(String... flags) {
    List<String> command = new ArrayList<>();
    command.add(ForeignTool.named("vic-vcsim").program().toString());
    command.addAll(List.of(flags));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String line =
          new BufferedReader(
                  new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
              .readLine();
      if (line == null) {
        end(process);
        throw new AssertionError(command + " said nothing and ended; its reason is on stderr");
      }
      return new VcSim(process, JSON.readTree(line));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the API is: {@code https://127.0.0.1:<port>/sdk}. */
  public URI url() {
    return URI.create(served.get("url").textValue());
  }

  /** The user name that it lets in. */
  public String user() {
    return served.get("user").textValue();
  }

  /** The password of {@link #user()}. */
  public String password() {
    return served.get("password").textValue();
  }

  /** The certificate of the authority that its certificate is of, as PEM. */
  public String caPem() {
    return served.get("caPem").textValue();
  }

  /** The SHA-256 of its certificate, in hexadecimal digits. */
  public String thumbprint() {
    return served.get("thumbprint").textValue();
  }

  /** The inventory path of the first datacenter. */
  public String datacenter() {
    return served.get("datacenter").textValue();
  }

  /** The first datacenter's datastores by name, and the local folder of each. */
  public Map<String, Path> datastores() {
    Map<String, Path> folders = new TreeMap<>();
    served
        .get("datastores")
        .properties()
        .forEach(entry -> folders.put(entry.getKey(), Path.of(entry.getValue().textValue())));
    return folders;
  }

  /** The local folder of a datastore of the first datacenter. */
  public Path datastoreFolder(String name) {
    Path folder = datastores().get(name);
    if (folder == null) {
      throw new AssertionError("no datastore " + name + " among " + datastores().keySet());
    }
    return folder;
  }

  /** The inventory paths at the start of all entities of a type: {@code ResourcePool}… */
  public List<String> inventory(String type) {
    JsonNode paths = served.get("inventory").path(type);
    return StreamSupport.stream(paths.spliterator(), false).map(JsonNode::textValue).toList();
  }

  /** How often each method was called, and each kind of file request: {@code PUT /folder}… */
  public Map<String, Integer> calls() {
    Map<String, Integer> counts = new TreeMap<>();
    control("GET", "/calls")
        .properties()
        .forEach(entry -> counts.put(entry.getKey(), entry.getValue().intValue()));
    return counts;
  }

  /** Begins to count calls anew. */
  public void resetCalls() {
    control("DELETE", "/calls");
  }

  /** Ends the process. */
  @Override
  public void close() {
    end(process);
  }

  private static void end(Process process) {
    try {
      process.getOutputStream().close();
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private JsonNode control(String method, String pathAndQuery) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(served.get("control").textValue() + pathAndQuery))
            .timeout(CONTROL_TIMEOUT)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    try {
      HttpResponse<String> response =
          http.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
      if (response.statusCode() != 200) {
        throw new AssertionError(method + " " + pathAndQuery + ": " + response.body());
      }
      return JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      throw new AssertionError(method + " " + pathAndQuery + " did not answer with JSON", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted during " + method + " " + pathAndQuery, e);
    }
  }
}
