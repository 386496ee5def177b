package io.vic4j.image;

import io.vic4j.core.ImageReference;
import io.vic4j.core.Platform;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;

/** A request as a file. */
final class StoredRequestFormat implements VersionedRecords.Format<StoredRequest> {
  @Override
  public byte[] write(StoredRequest request) {
    RequestOptions options = request.options();
    var node =
        JsonText.object()
            .put("id", request.id())
            .put("reference", request.reference().toString())
            .put("platform", options.pull().platform().toString())
            .put("priority", options.priority().name())
            .put("service", request.service())
            .put("asked", request.asked().toString())
            .put("attempts", request.attempts());
    var names = node.putArray("names");
    options.pull().names().forEach(name -> names.add(name.toString()));
    return JsonText.bytes(node);
  }

  @Override
  public StoredRequest read(String what, byte[] content) {
    JsonFields fields = JsonFields.parse(what, content);
    List<ImageReference> names = fields.texts("names").stream().map(ImageReference::parse).toList();
    PullOptions pull = new PullOptions(Platform.parse(fields.requiredText("platform")), names);
    return new StoredRequest(
        fields.requiredText("id"),
        ImageReference.parse(fields.requiredText("reference")),
        new RequestOptions(pull, priority(fields), true),
        fields.requiredText("service"),
        asked(fields),
        (int) Math.min(Integer.MAX_VALUE, fields.requiredLong("attempts")));
  }

  private static Priority priority(JsonFields fields) {
    String text = fields.requiredText("priority");
    for (Priority priority : Priority.values()) {
      if (priority.name().equals(text)) {
        return priority;
      }
    }
    throw fields.invalid("priority is '" + text + "'");
  }

  private static Instant asked(JsonFields fields) {
    try {
      return Instant.parse(fields.requiredText("asked"));
    } catch (DateTimeException e) {
      throw fields.invalid("asked is no time: " + e.getMessage());
    }
  }
}
