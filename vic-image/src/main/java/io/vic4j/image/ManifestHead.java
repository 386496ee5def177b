package io.vic4j.image;

import io.vic4j.core.UnsupportedException;

/**
 * What a manifest or an index is, before it is read as one.
 *
 * <p>What the source says and what the content says of itself must agree, and an index must not be
 * a manifest too: otherwise one tool would see another image than the next under one digest (OCI
 * image specification 1.1, "mediaType" of manifest and index).
 */
record ManifestHead(String what, String mediaType, JsonFields fields) {
  static ManifestHead read(RawManifest raw) {
    String what = "manifest " + raw.digest();
    String said = MediaTypes.normalize(raw.mediaType());
    if (MediaTypes.isSchema1(said)) {
      throw schema1(what);
    }
    if (!said.isEmpty()) {
      requireKnown(what, said);
    }
    JsonFields fields = JsonFields.parse(what, raw.content().toArray());
    long schemaVersion = fields.requiredLong("schemaVersion");
    if (schemaVersion == 1) {
      throw schema1(what);
    }
    if (schemaVersion != 2) {
      throw new UnsupportedException(
          what + " has the schema version " + schemaVersion + ", which is not supported");
    }
    boolean manifest = fields.has("config") || fields.has("layers");
    boolean index = fields.has("manifests");
    String own = fields.text("mediaType").orElse("");
    if (!own.isEmpty()) {
      requireKnown(what, own);
    }
    if (!own.isEmpty() && !said.isEmpty() && !own.equals(said)) {
      throw fields.invalid("its source calls it '" + said + "', but it calls itself '" + own + "'");
    }
    String mediaType =
        !own.isEmpty()
            ? own
            : !said.isEmpty() ? said : index ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
    if (MediaTypes.isIndex(mediaType) ? manifest : index) {
      throw fields.invalid("it is of the type '" + mediaType + "', but has fields of the other");
    }
    return new ManifestHead(what, mediaType, fields);
  }

  private static void requireKnown(String what, String mediaType) {
    if (!MediaTypes.isIndex(mediaType) && !MediaTypes.isManifest(mediaType)) {
      throw new UnsupportedException(
          what + " is of the media type '" + mediaType + "', which is not supported");
    }
  }

  private static UnsupportedException schema1(String what) {
    return new UnsupportedException(
        what
            + " is of Docker's schema 1, which is not supported;"
            + " push the image again with a tool of this decade");
  }
}
