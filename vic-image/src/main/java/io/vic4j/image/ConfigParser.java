package io.vic4j.image;

import io.vic4j.core.Digest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** Reads an image's config. Source: OCI image specification 1.1, image configuration. */
final class ConfigParser {
  private ConfigParser() {}

  static ImageConfig parse(byte[] content) {
    JsonFields fields = JsonFields.parse("config " + Digest.sha256(content), content);
    ImageConfig.Builder builder = ImageConfig.builder().platform(ImageIndex.platform(fields));
    fields
        .text("created")
        .filter(text -> !text.isEmpty())
        .map(text -> time(fields, text))
        .ifPresent(builder::created);
    fields.text("author").filter(text -> !text.isEmpty()).ifPresent(builder::author);
    fields.object("config").ifPresent(config -> execution(config, builder));
    JsonFields rootfs = fields.requiredObject("rootfs");
    if (!rootfs.requiredText("type").equals("layers")) {
      throw fields.invalid("rootfs.type is '" + rootfs.requiredText("type") + "', not 'layers'");
    }
    List<ImageConfig.History> history = new ArrayList<>();
    for (JsonFields step : fields.objects("history")) {
      history.add(
          new ImageConfig.History(
              step.text("created_by").orElse(""),
              step.text("comment").orElse(""),
              step.flag("empty_layer")));
    }
    return builder.diffIds(rootfs.digests("diff_ids")).history(history).build();
  }

  private static void execution(JsonFields config, ImageConfig.Builder builder) {
    builder
        .env(config.texts("Env"))
        .entrypoint(config.texts("Entrypoint"))
        .cmd(config.texts("Cmd"))
        .user(config.text("User").orElse(""))
        .exposedPorts(config.keys("ExposedPorts"))
        .volumes(config.keys("Volumes"))
        .labels(config.textMap("Labels"));
    config.text("WorkingDir").filter(dir -> !dir.isEmpty()).ifPresent(builder::workingDir);
    config.text("StopSignal").filter(signal -> !signal.isEmpty()).ifPresent(builder::stopSignal);
  }

  private static Instant time(JsonFields fields, String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw fields.invalid("created is not a time of RFC 3339: '" + text + "'");
    }
  }
}
