package io.vic4j.testkit.demo;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.PullResult;
import io.vic4j.image.PullResult.PulledLayer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a pull came to, for people and for programs.
 *
 * @param reference what was asked for
 * @param datastore where it went
 * @param result what came of it
 */
record PullReport(String reference, Datastore datastore, PullResult result) {
  void print(Console console) {
    console.out().println("image     " + result.image().id());
    console.out().println("manifest  " + result.image().manifestDigest());
    console.table(
        List.of("LAYER", "TRANSFERRED", "CONTENT", "ENTRIES", "TIME"),
        result.layers().stream().map(this::row).toList());
    console
        .out()
        .println(
            "received  "
                + Sizes.of(result.transferredBytes())
                + " in "
                + Steps.seconds(result.took()));
    console.out().println("disks     " + datastore.name() + "/layers/sha256/<LAYER…>/layer.vmdk");
  }

  /** What people call a file on the datastore. */
  String place(DatastorePath path) {
    return datastore instanceof LocalDatastore local
        ? local.localPath(path).toString()
        : datastore.name() + "/" + path;
  }

  private List<String> row(PulledLayer layer) {
    return List.of(
        layer.layer().diffId().shortHex(),
        layer.alreadyThere() ? "already there" : Sizes.of(layer.transferredBytes()),
        Sizes.of(layer.disk().tarBytes()),
        Long.toString(layer.disk().entries()),
        Steps.seconds(layer.took()));
  }

  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("reference", reference);
    json.put("imageId", result.image().id());
    json.put("manifestDigest", result.image().manifestDigest());
    json.put("platform", result.image().platform().toString());
    json.put("transferredBytes", result.transferredBytes());
    json.put("milliseconds", result.took().toMillis());
    json.put("layers", result.layers().stream().map(this::layerJson).toList());
    return json;
  }

  private Map<String, Object> layerJson(PulledLayer layer) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("digest", layer.layer().blob().digest());
    json.put("diffId", layer.layer().diffId());
    json.put("alreadyThere", layer.alreadyThere());
    json.put("transferredBytes", layer.transferredBytes());
    json.put("tarBytes", layer.disk().tarBytes());
    json.put("entries", layer.disk().entries());
    json.put("fileSystemUuid", layer.disk().fileSystemUuid());
    json.put("disk", place(layer.disk().path()));
    json.put("milliseconds", layer.took().toMillis());
    return json;
  }
}
