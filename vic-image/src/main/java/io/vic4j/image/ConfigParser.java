package io.vic4j.image;

import io.vic4j.core.Digest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

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
    config
        .object("Healthcheck")
        .filter(check -> !check.texts("Test").isEmpty())
        .map(ConfigParser::healthcheck)
        .ifPresent(builder::healthcheck);
  }

  private static ImageConfig.Healthcheck healthcheck(JsonFields check) {
    long retries = positive(check, "Retries").orElse(0);
    return new ImageConfig.Healthcheck(
        check.texts("Test"),
        nanos(check, "Interval"),
        nanos(check, "Timeout"),
        nanos(check, "StartPeriod"),
        retries == 0
            ? OptionalInt.empty()
            : OptionalInt.of((int) Math.min(retries, Integer.MAX_VALUE)));
  }

  private static Optional<Duration> nanos(JsonFields check, String field) {
    OptionalLong nanos = positive(check, field);
    return nanos.isPresent() ? Optional.of(Duration.ofNanos(nanos.getAsLong())) : Optional.empty();
  }

  /** Docker writes 0 for what is not given. */
  private static OptionalLong positive(JsonFields check, String field) {
    long value = check.has(field) ? check.requiredLong(field) : 0;
    if (value < 0) {
      throw check.invalid("config.Healthcheck." + field + " is negative: " + value);
    }
    return value == 0 ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private static Instant time(JsonFields fields, String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw fields.invalid("created is not a time of RFC 3339: '" + text + "'");
    }
  }
}
