package io.vic4j.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
      builder
          .environment()
          .put("GOGC", "400"); // It is small, and would collect garbage all the time.
      Process process = builder.start();
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
    control("GET", "/calls", "")
        .properties()
        .forEach(entry -> counts.put(entry.getKey(), entry.getValue().intValue()));
    return counts;
  }

  /** Begins to count calls anew. */
  public void resetCalls() {
    control("DELETE", "/calls", "");
  }

  /** Has the next call of a method end as this kind says; see the other. */
  public void fault(String method, String kind) {
    fault(method, 1, 1, kind);
  }

  /**
   * Has calls of a method end otherwise: from the nth of those to come on, so many of them.
   *
   * @param method a SOAP method, {@code *} for all of them, or {@code PUT /folder} and the like
   * @param kind {@code fault:NoPermission} or any other fault type of the API, {@code
   *     task:NoDiskSpace} for a task that ends with it, {@code drop-before}, {@code drop-after}
   *     (executed, but not answered), {@code truncate:<bytes>} of the answer, {@code cut:<bytes>}
   *     of an upload, {@code delay:<milliseconds>}, {@code status:<code>}, {@code expire} (all
   *     sessions, just before)
   */
  public void fault(String method, int nth, int times, String kind) {
    control(
        "POST",
        "/faults?method=%s&nth=%d&times=%d&kind=%s"
            .formatted(encoded(method), nth, times, encoded(kind)),
        "");
  }

  /** Forgets the faults that are still to come. */
  public void clearFaults() {
    control("DELETE", "/faults", "");
  }

  /** Ends all sessions, with their collectors and views. */
  public void expireSessions() {
    control("POST", "/expire", "");
  }

  /** Takes these privileges from everybody, on everything, and gives all others back. */
  public void deny(String... privileges) {
    control(
        "PUT",
        Stream.of(privileges)
            .map(privilege -> "privilege=" + encoded(privilege))
            .collect(Collectors.joining("&", "/denied?", "")),
        "");
  }

  /**
   * Sets a property, to bring about what no call of the API does.
   *
   * @param type the type of the object
   * @param object its name, or its reference's value
   * @param path the property: {@code summary.accessible}; in arrays, that of all elements
   * @param value a number, a word or text
   */
  public void property(String type, String object, String path, Object value) {
    control(
        "PUT",
        "/property?type=%s&object=%s&path=%s&value=%s"
            .formatted(encoded(type), encoded(object), encoded(path), encoded(value.toString())),
        "");
  }

  /** How many sessions there are. */
  public int sessions() {
    return control("GET", "/sessions", "").intValue();
  }

  /** The names of all machines, sorted. */
  public List<String> machines() {
    return StreamSupport.stream(control("GET", "/machines", "").spliterator(), false)
        .map(JsonNode::textValue)
        .toList();
  }

  /** What came to leases of imports, in the order in which it ended. */
  public List<Upload> uploads() {
    return StreamSupport.stream(control("GET", "/uploads", "").spliterator(), false)
        .map(
            upload ->
                new Upload(
                    upload.get("file").textValue(),
                    upload.get("bytes").longValue(),
                    upload.get("status").intValue(),
                    Path.of(upload.get("stored").textValue())))
        .toList();
  }

  /**
   * An upload to a lease.
   *
   * @param file the datastore path of the disk that it is for
   * @param bytes how much came
   * @param status what it was answered with
   * @param stored the local file that keeps what came
   */
  public record Upload(String file, long bytes, int status, Path stored) {}

  /**
   * Sets guest variables as the guest of a running machine does, without a call of the API.
   *
   * @param machine its name, or its reference's value
   * @param outlivePower whether they are still there when it is off
   */
  public void guestSets(String machine, Map<String, String> variables, boolean outlivePower) {
    control(
        "POST",
        "/guest?vm=" + encoded(machine) + "&volatile=" + !outlivePower,
        JSON.valueToTree(variables).toString());
  }

  /** Powers a running machine off as its guest does. */
  public void guestPowersOff(String machine) {
    control("POST", "/guest/off?vm=" + encoded(machine), "");
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

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private JsonNode control(String method, String pathAndQuery, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(served.get("control").textValue() + pathAndQuery))
            .timeout(CONTROL_TIMEOUT)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
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
