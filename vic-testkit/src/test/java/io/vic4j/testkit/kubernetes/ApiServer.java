package io.vic4j.testkit.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.Dispatcher;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An API server in memory, on fabric8's mock web server. Unlike fabric8's CRUD mode it has what a
 * kubelet lives by: field selectors, status subresources, optimistic concurrency, watches from a
 * version on, the graceful deletion of pods, and preconditions of deletions.
 *
 * <p>Source: Kubernetes, "Kubernetes API Concepts".
 */
final class ApiServer implements AutoCloseable {
  private static final Pattern PATH =
      Pattern.compile(
          "/(?:api|apis/[^/]+)/v1(?:/namespaces/(?<ns>[^/]+))?/(?<kind>[a-z]+)"
              + "(?:/(?<name>[^/]+))?(?:/(?<sub>[a-z]+))?");
  private static final Set<String> WITH_STATUS = Set.of("pods", "nodes");
  private static final String GONE = "x-gone";

  private record Key(String kind, String namespace, String name) {
    @Override
    public String toString() {
      return kind + "/" + namespace + "/" + name;
    }
  }

  private record Change(long version, Key key, @Nullable ObjectNode before, ObjectNode after) {}

  private record Call(
      String method,
      String kind,
      String namespace,
      @Nullable String name,
      @Nullable String sub,
      Map<String, String> query,
      ObjectNode body,
      String contentType) {
    Key key() {
      return new Key(kind, namespace, String.valueOf(name));
    }

    boolean selects(ObjectNode object) {
      return ApiObjects.selected(query.get("fieldSelector"), object);
    }
  }

  private static final Logger CHATTER = Logger.getLogger(MockWebServer.class.getName());

  private final ObjectMapper json = new ObjectMapper();
  private final MockWebServer server = new MockWebServer();
  private final InstantSource time;
  private final TreeMap<String, ObjectNode> objects = new TreeMap<>();
  private final List<Change> history = new ArrayList<>();
  private final Set<Watch> watches = new CopyOnWriteArraySet<>();
  private long version = 1;
  private long forgotten;
  private long requests;
  private volatile Set<String> unknown = Set.of();
  private volatile Function<String, Optional<MockResponse>> faults = line -> Optional.empty();

  ApiServer(InstantSource time) {
    this.time = time;
    CHATTER.setLevel(Level.WARNING);
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            return answer(request);
          }
        });
    server.start();
  }

  String url() {
    return server.url("/").toString();
  }

  /** Has it be an older one, which drops these fields of statuses. */
  void drops(String... fields) {
    unknown = Set.of(fields);
  }

  /**
   * Has requests fail.
   *
   * @param faults the answer to a request, such as {@code PUT /api/v1/...}; empty to do it
   */
  void faults(Function<String, Optional<MockResponse>> faults) {
    this.faults = faults;
  }

  /** An answer that says no. */
  static MockResponse failure(int code, String reason) {
    String details = code == 429 ? ",\"details\":{\"retryAfterSeconds\":1}" : "";
    MockResponse response =
        new MockResponse()
            .setResponseCode(code)
            .setHeader("Content-Type", "application/json")
            .setBody(
                "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\""
                    + reason
                    + "\",\"message\":\"injected or real: "
                    + reason
                    + "\",\"code\":"
                    + code
                    + details
                    + "}");
    return code == 429 ? response.setHeader("Retry-After", "1") : response;
  }

  /** Ends all watches, as a load balancer does. */
  void dropWatches() {
    for (Watch watch : List.copyOf(watches)) {
      watches.remove(watch);
      watch.watcher().end("dropped");
    }
  }

  /** Forgets what has changed: who watches from an earlier version, has to list. */
  synchronized void compact() {
    history.clear();
    forgotten = version;
  }

  synchronized long requests() {
    return requests;
  }

  // ---- What a test does behind the node's back.

  synchronized <T extends HasMetadata> T create(T object) {
    return put(object, "POST", null);
  }

  synchronized <T extends HasMetadata> T update(T object) {
    return put(object, "PUT", object.getMetadata().getName());
  }

  private <T extends HasMetadata> T put(T object, String method, @Nullable String name) {
    String namespace = object.getMetadata().getNamespace();
    Call call =
        new Call(
            method,
            object.getPlural(),
            namespace == null ? "" : namespace,
            name,
            null,
            Map.of(),
            tree(Serialization.asJson(object)),
            "");
    MockResponse response = handle(call);
    if (response.code() >= 300) {
      throw new IllegalStateException(response.getBody().readUtf8());
    }
    @SuppressWarnings("unchecked")
    Class<T> type = (Class<T>) object.getClass();
    return Serialization.unmarshal(response.getBody().readUtf8(), type);
  }

  synchronized <T> List<T> all(String kind, Class<T> type) {
    return objects.entrySet().stream()
        .filter(it -> it.getKey().startsWith(kind + "/"))
        .map(it -> Serialization.unmarshal(it.getValue().toString(), type))
        .toList();
  }

  synchronized <T> Optional<T> find(String kind, String namespace, String name, Class<T> type) {
    return Optional.ofNullable(objects.get(new Key(kind, namespace, name).toString()))
        .map(it -> Serialization.unmarshal(it.toString(), type));
  }

  /** Deletes; pods with their grace, unless another one is given. */
  synchronized void delete(String kind, String namespace, String name, @Nullable Long grace) {
    ObjectNode options = json.createObjectNode();
    if (grace != null) {
      options.put("gracePeriodSeconds", grace);
    }
    MockResponse unused =
        handle(new Call("DELETE", kind, namespace, name, null, Map.of(), options, ""));
  }

  // ---- Requests.

  private MockResponse answer(RecordedRequest request) {
    String line = request.getMethod() + " " + request.getPath();
    Optional<MockResponse> fault = faults.apply(line);
    if (fault.isPresent()) {
      return fault.get();
    }
    String target = request.getPath();
    Optional<String> discovery = ApiDiscovery.answer(URI.create(target).getPath());
    if (discovery.isPresent()) {
      return ApiObjects.ok(200, tree(discovery.get()));
    }
    String contentType = request.getHeader("Content-Type");
    Optional<Call> asked =
        call(
            request.getMethod(),
            target,
            request.getBody() == null ? "" : request.getBody().readUtf8(),
            contentType == null ? "" : contentType);
    if (asked.isEmpty()) {
      return failure(404, "NotFound");
    }
    Call call = asked.get();
    if ("true".equals(call.query().get("watch"))) {
      return new MockResponse()
          .withWebSocketUpgrade(
              new WatchSocket(watcher -> begin(new Watch(call, watcher)), this::end));
    }
    synchronized (this) {
      requests++;
      return handle(call);
    }
  }

  private Optional<Call> call(String method, String target, String body, String contentType) {
    URI uri = URI.create(target);
    Matcher path = PATH.matcher(uri.getPath());
    if (!path.matches()) {
      return Optional.empty();
    }
    Map<String, String> query = new HashMap<>();
    if (uri.getQuery() != null) {
      for (String pair : uri.getQuery().split("&")) {
        String[] parts = pair.split("=", 2);
        query.put(parts[0], parts.length > 1 ? parts[1] : "");
      }
    }
    String namespace = path.group("ns");
    return Optional.of(
        new Call(
            method,
            path.group("kind"),
            namespace == null ? "" : namespace,
            path.group("name"),
            path.group("sub"),
            query,
            body.isBlank() ? json.createObjectNode() : tree(body),
            contentType));
  }

  private MockResponse handle(Call call) {
    return switch (call.method()) {
      case "GET" -> call.name() == null ? list(call) : get(call);
      case "POST" -> "token".equals(call.sub()) ? token(call) : post(call);
      case "PUT", "PATCH" -> change(call);
      case "DELETE" -> remove(call);
      default -> failure(405, "MethodNotAllowed");
    };
  }

  private MockResponse get(Call call) {
    ObjectNode object = objects.get(call.key().toString());
    return object == null ? failure(404, "NotFound") : ApiObjects.ok(200, object);
  }

  private MockResponse list(Call call) {
    ObjectNode list = json.createObjectNode();
    list.put("apiVersion", "v1").put("kind", ApiDiscovery.listKind(call.kind()));
    list.putObject("metadata").put("resourceVersion", Long.toString(version));
    var items = list.putArray("items");
    String prefix = call.kind() + "/" + (call.namespace().isEmpty() ? "" : call.namespace() + "/");
    objects.entrySet().stream()
        .filter(it -> it.getKey().startsWith(prefix))
        .map(Map.Entry::getValue)
        .filter(call::selects)
        .forEach(items::add);
    return ApiObjects.ok(200, list);
  }

  /** A token that says which one it is; the last request is kept, as {@code tokenrequests}. */
  private MockResponse token(Call call) {
    if (!objects.containsKey(call.key().toString())) {
      return failure(404, "NotFound");
    }
    ObjectNode request = call.body().deepCopy();
    String end = now(request.at("/spec/expirationSeconds").asLong());
    String token = "token " + requests + " of " + call.name();
    request.putObject("status").put("token", token).put("expirationTimestamp", end);
    objects.put(new Key("tokenrequests", call.namespace(), call.name()).toString(), request);
    return ApiObjects.ok(201, request);
  }

  private MockResponse post(Call call) {
    ObjectNode object = call.body().deepCopy();
    ObjectNode meta = object.withObject("/metadata");
    Key key = new Key(call.kind(), call.namespace(), meta.path("name").asText());
    if (objects.containsKey(key.toString())) {
      return failure(409, "AlreadyExists");
    }
    if (!call.namespace().isEmpty()) {
      meta.put("namespace", call.namespace());
    }
    meta.put("uid", UUID.randomUUID().toString());
    meta.put("creationTimestamp", now(0));
    meta.put("generation", 1);
    store(key, null, object);
    return ApiObjects.ok(201, object);
  }

  private MockResponse change(Call call) {
    ObjectNode before = objects.get(call.key().toString());
    if (before == null) {
      return failure(404, "NotFound");
    }
    String asked = call.body().path("metadata").path("resourceVersion").asText();
    if (!asked.isEmpty() && !asked.equals(ApiObjects.version(before))) {
      return failure(409, "Conflict");
    }
    ObjectNode after =
        call.method().equals("PUT")
            ? call.body().deepCopy()
            : ApiObjects.merged(before, call.body());
    if ("status".equals(call.sub())) {
      ObjectNode status = after.withObject("/status").remove(unknown);
      after = before.deepCopy();
      after.set("status", status);
    } else if (WITH_STATUS.contains(call.kind())) {
      after.remove("status");
      if (before.has("status")) {
        after.set("status", before.get("status"));
      }
    }
    ObjectNode meta = after.withObject("/metadata");
    for (String fixed :
        List.of("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")) {
      meta.remove(fixed);
      if (before.path("metadata").has(fixed)) {
        meta.set(fixed, before.path("metadata").get(fixed));
      }
    }
    meta.put("resourceVersion", ApiObjects.version(before));
    if (!after.equals(before)) {
      store(call.key(), before, after);
    }
    return ApiObjects.ok(200, after);
  }

  private MockResponse remove(Call call) {
    ObjectNode before = objects.get(call.key().toString());
    if (before == null) {
      return failure(404, "NotFound");
    }
    JsonNode uid = call.body().path("preconditions").path("uid");
    if (uid.isTextual() && !uid.asText().equals(before.path("metadata").path("uid").asText())) {
      return failure(409, "Conflict");
    }
    long grace = call.kind().equals("pods") ? ApiObjects.grace(before, call.body()) : 0;
    if (grace == 0) {
      ObjectNode last = before.deepCopy();
      objects.remove(call.key().toString());
      last.withObject("/metadata").put("resourceVersion", Long.toString(++version));
      tell(new Change(version, call.key(), before, last.put(GONE, true)));
      return ApiObjects.ok(200, before);
    }
    JsonNode had = before.path("metadata").path("deletionGracePeriodSeconds");
    if (had.isNumber() && had.asLong() <= grace) {
      return ApiObjects.ok(202, before);
    }
    ObjectNode after = before.deepCopy();
    after
        .withObject("/metadata")
        .put("deletionTimestamp", now(grace))
        .put("deletionGracePeriodSeconds", grace);
    store(call.key(), before, after);
    return ApiObjects.ok(202, after);
  }

  private void store(Key key, @Nullable ObjectNode before, ObjectNode after) {
    after.withObject("/metadata").put("resourceVersion", Long.toString(++version));
    objects.put(key.toString(), after);
    tell(new Change(version, key, before, after));
  }

  private void tell(Change change) {
    history.add(change);
    watches.forEach(watch -> watch.tell(change));
  }

  private String now(long laterSeconds) {
    return time.instant().truncatedTo(ChronoUnit.SECONDS).plusSeconds(laterSeconds).toString();
  }

  private ObjectNode tree(String text) {
    try {
      return (ObjectNode) json.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One watch. Told under the server's lock, so in order. */
  private record Watch(Call call, Watcher watcher) {
    void tell(Change change) {
      boolean matches =
          change.key().kind().equals(call.kind())
              && (call.namespace().isEmpty() || call.namespace().equals(change.key().namespace()))
              && (call.name() == null || call.name().equals(change.key().name()));
      if (!matches) {
        return;
      }
      ObjectNode before = change.before();
      boolean was = before != null && call.selects(before);
      boolean is = !change.after().has(GONE) && call.selects(change.after());
      if (was || is) {
        String type = !was ? "ADDED" : is ? "MODIFIED" : "DELETED";
        ObjectNode object = change.after().deepCopy();
        object.remove(GONE);
        watcher.event("{\"type\":\"" + type + "\",\"object\":" + object + "}");
      }
    }
  }

  /** Begins to tell what has changed since the version that was asked for, and what will. */
  private synchronized void begin(Watch watch) {
    String from = watch.call().query().getOrDefault("resourceVersion", "0");
    long since = from.isEmpty() ? 0 : Long.parseLong(from);
    if (since < forgotten) {
      watch
          .watcher()
          .event(
              "{\"type\":\"ERROR\",\"object\":"
                  + failure(410, "Expired").getBody().readUtf8()
                  + "}");
      watch.watcher().end("expired");
      return;
    }
    for (Change change : history) {
      if (change.version() > since) {
        watch.tell(change);
      }
    }
    watches.add(watch);
  }

  private void end(Watcher watcher) {
    watches.removeIf(it -> it.watcher() == watcher);
  }

  /** Who is told of changes, one after the other; must not wait. */
  interface Watcher {
    /** A change, as a watch event in JSON. */
    void event(String json);

    /** There are no more. */
    void end(String reason);
  }

  /**
   * Begins a watch.
   *
   * @param target the path and the query of its request
   * @return ends it
   */
  Runnable watch(String target, Watcher watcher) {
    begin(new Watch(call("GET", target, "", "").orElseThrow(), watcher));
    return () -> end(watcher);
  }
}
