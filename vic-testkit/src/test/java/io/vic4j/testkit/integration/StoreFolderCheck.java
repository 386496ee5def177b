package io.vic4j.testkit.integration;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.ForeignTool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Looks at the folder of an image store that nobody uses, without the code of the store: with the
 * JDK, a JSON parser and e2fsck.
 */
final class StoreFolderCheck {
  private static final int BLOCK = 64 << 10;
  private static final int STRETCH = 4 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  final List<String> lost = new ArrayList<>();
  final List<String> corrupt = new ArrayList<>();
  final List<String> leaked = new ArrayList<>();

  private StoreFolderCheck(Path folder) {
    this.folder = folder;
  }

  /**
   * Checks a folder.
   *
   * @param expected what each name of each scope may stand for
   */
  static StoreFolderCheck of(Path folder, Map<String, SoakJournal.Expected> expected)
      throws IOException {
    StoreFolderCheck check = new StoreFolderCheck(folder);
    Map<String, String> names = check.names();
    check.compare(names, expected);
    Map<String, Set<String>> images = check.images();
    Set<String> layers = check.layers();
    Set<String> used = new TreeSet<>(names.values());
    for (String id : used) {
      if (!images.containsKey(id)) {
        check.lost.add("image " + id);
      }
    }
    Set<String> needed = new TreeSet<>();
    images.forEach(
        (id, diffIds) -> {
          needed.addAll(diffIds);
          if (!used.contains(id)) {
            check.leaked.add("image " + id);
          }
        });
    needed.stream().filter(id -> !layers.contains(id)).forEach(id -> check.lost.add("layer " + id));
    layers.stream()
        .filter(id -> !needed.contains(id))
        .forEach(id -> check.leaked.add("layer " + id));
    check.leftovers();
    return check;
  }

  @Override
  public String toString() {
    return "lost " + lost.size() + ", corrupt " + corrupt.size() + ", leaked " + leaked.size();
  }

  private List<Path> children(String name) throws IOException {
    Path place = folder.resolve(name);
    if (!Files.isDirectory(place)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(place)) {
      return children.sorted().toList();
    }
  }

  /** What the names of all scopes stand for, by scope and name: the highest version counts. */
  private Map<String, String> names() throws IOException {
    Map<String, String> names = new TreeMap<>();
    for (Path scope : children("scopes")) {
      Map<String, Long> versions = new TreeMap<>();
      String records = "scopes/" + scope.getFileName() + "/references";
      for (Path file : children(records)) {
        String name = file.getFileName().toString();
        int at = name.lastIndexOf('@');
        long version = Long.parseLong(name.substring(at + 1, name.length() - ".json".length()));
        versions.merge(name.substring(0, at), version, Math::max);
      }
      for (Map.Entry<String, Long> record : versions.entrySet()) {
        Path file =
            folder.resolve(records).resolve(record.getKey() + "@" + record.getValue() + ".json");
        JsonNode json = json(file);
        if (json != null && !json.path("removed").asBoolean()) {
          names.put(
              scope.getFileName() + " " + json.path("name").asText(),
              json.path("imageId").asText().replace("sha256:", ""));
        }
      }
      for (Path request : children("scopes/" + scope.getFileName() + "/requests")) {
        JsonNode json = json(request);
        if (json != null && !json.path("removed").asBoolean()) {
          leaked.add("request " + request);
        }
      }
    }
    return names;
  }

  private JsonNode json(Path file) throws IOException {
    JsonNode json = null;
    try {
      json = JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      corrupt.add("file " + file);
    }
    return json;
  }

  private void compare(Map<String, String> names, Map<String, SoakJournal.Expected> expected) {
    expected.forEach(
        (name, allowed) -> {
          String actual = names.getOrDefault(name, SoakJournal.NOTHING);
          if (!allowed.allowed().contains(actual)) {
            lost.add("name " + name + ": " + actual + " instead of " + allowed.allowed());
          }
        });
    names.keySet().stream()
        .filter(name -> !expected.containsKey(name))
        .forEach(name -> leaked.add("name " + name));
  }

  /** The diff IDs of each image. */
  private Map<String, Set<String>> images() throws IOException {
    Map<String, Set<String>> images = new TreeMap<>();
    for (Path image : children("images/sha256")) {
      String id = image.getFileName().toString();
      Set<String> diffIds = new TreeSet<>();
      images.put(id, diffIds);
      try {
        byte[] config = Files.readAllBytes(image.resolve("config.json"));
        byte[] manifest = Files.readAllBytes(image.resolve("manifest.json"));
        JsonNode note = JSON.readTree(Files.readAllBytes(image.resolve("image.json")));
        boolean whole =
            sha256(config).equals(id)
                && ("sha256:" + sha256(manifest)).equals(note.path("manifestDigest").asText())
                && JSON.readTree(manifest)
                    .path("config")
                    .path("digest")
                    .asText()
                    .equals("sha256:" + id);
        if (!whole) {
          corrupt.add("image " + id);
        }
        for (JsonNode diffId : JSON.readTree(config).path("rootfs").path("diff_ids")) {
          diffIds.add(diffId.asText().replace("sha256:", ""));
        }
      } catch (IOException e) {
        corrupt.add("image " + id + ": " + e);
      }
    }
    return images;
  }

  private Set<String> layers() throws IOException {
    Set<String> layers = new TreeSet<>();
    for (Path layer : children("layers/sha256")) {
      String id = layer.getFileName().toString();
      layers.add(id);
      try {
        JsonNode description = JSON.readTree(Files.readAllBytes(layer.resolve("layer.json")));
        Path extent = layer.resolve("layer-flat.vmdk");
        boolean whole =
            description.path("diffId").asText().equals("sha256:" + id)
                && Files.size(extent) == description.path("capacityBytes").asLong()
                && Files.exists(layer.resolve("layer.vmdk"))
                && description.path("checksum").asText().equals("sha256:" + checksum(extent))
                && ForeignTool.named("e2fsck").run("-fn", extent).exitCode() == 0;
        if (!whole) {
          corrupt.add("layer " + id);
        }
      } catch (IOException e) {
        corrupt.add("layer " + id + ": " + e);
      }
    }
    return layers;
  }

  private void leftovers() throws IOException {
    for (String place : List.of("tmp", "leases", "claims", "trash", "quarantine")) {
      children(place).forEach(left -> leaked.add("left " + folder.relativize(left)));
    }
  }

  /**
   * The checksum of a disk as it is documented: of the digests of its stretches of 4 MiB, each of
   * the blocks of 64 KiB that are not zero, with their positions.
   */
  private static String checksum(Path extent) throws IOException {
    try {
      MessageDigest whole = MessageDigest.getInstance("SHA-256");
      MessageDigest stretch = MessageDigest.getInstance("SHA-256");
      boolean begun = false;
      long position = 0;
      try (InputStream in = Files.newInputStream(extent)) {
        for (byte[] block = in.readNBytes(BLOCK); block.length > 0; block = in.readNBytes(BLOCK)) {
          if (!Arrays.equals(block, new byte[block.length])) {
            stretch.update(ByteBuffer.allocate(Long.BYTES).putLong(position).array());
            stretch.update(block);
            begun = true;
          }
          position += block.length;
          if (begun && position % STRETCH == 0) {
            whole.update(stretch.digest());
            begun = false;
          }
        }
      }
      if (begun) {
        whole.update(stretch.digest());
      }
      return HexFormat.of().formatHex(whole.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
