package io.vic4j.testkit.integration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.Digest;
import io.vic4j.core.ForeignTool;
import io.vic4j.image.ImageSource;
import io.vic4j.image.layout.OciLayout;
import io.vic4j.storage.LayerTar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An image in an OCI layout, made and unpacked by umoci, with one of each thing that a file system
 * can hold. Needs root, for owners, devices and capabilities.
 */
public final class UmociImage {
  /** What each layer does to the root file system, in shell; run in its top folder. */
  private static final String[] LAYERS = {
    """
    mkdir -p bin etc usr/lib empty deep/a/b/c opaque/below gone/with/children
    printf '#!/bin/sh\\n' > bin/sh && chmod 4755 bin/sh
    printf data > etc/data && chown 70000:80000 etc/data && chmod 0640 etc/data
    printf one > etc/linked && ln etc/linked usr/lib/linked-too && ln etc/linked deep/a/linked-deep
    ln -s ../etc/data usr/lib/relative && ln -s /etc/data usr/lib/absolute && ln -s nowhere dangling
    ln -s "$(printf 'x%.0s' $(seq 200))" long-target
    mknod etc/null c 1 3 && mknod etc/disk b 8 1 && mkfifo etc/pipe
    printf old > old && touch -d '1969-07-20 20:17:40.5 UTC' old
    printf new > future && touch -d '2100-01-01 00:00:00 UTC' future
    printf x > user-attribute && setfattr -n user.note -v 'some note' user-attribute
    printf x > capable && setcap cap_net_bind_service+ep capable
    printf x > acl && setfacl -m u:1234:r acl
    mkdir sticky && chmod 1777 sticky && mkdir setgid && chmod 2775 setgid
    truncate -s 3M sparse && printf end >> sparse
    head -c 5000000 /dev/urandom > random
    printf x > "$(printf 'n%.0s' $(seq 255))" && printf x > "$(printf 'caf\\351')"
    printf x > opaque/below/hidden && printf x > gone/with/children/file && printf x > dies
    mkdir many && (cd many && seq -f 'file-%05g' 3000 | xargs touch)
    """,
    """
    rm -r gone dies && rm etc/linked
    rm dangling && mkdir dangling && printf x > dangling/now-a-directory
    rm -r empty && printf x > empty
    printf changed > etc/data && chown 1:2 etc/data
    rm many/file-01*
    chmod 0700 deep/a
    """,
    """
    mkdir gone && printf back > gone/again
    ln usr/lib/linked-too usr/lib/linked-three
    printf more > deep/a/b/c/leaf
    """,
  };

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path layout;
  private final Path work;

  private UmociImage(Path layout, Path work) {
    this.layout = layout;
    this.work = work;
  }

  /** Makes the image, tag {@code app}, in a new layout below {@code folder}. */
  public static UmociImage make(Path folder) {
    UmociImage image = new UmociImage(folder.resolve("layout"), folder);
    ForeignTool umoci = ForeignTool.named("umoci");
    umoci.check("init", "--layout", image.layout);
    umoci.check("new", "--image", image.tagged());
    for (int i = 0; i < LAYERS.length; i++) {
      Path bundle = folder.resolve("bundle-" + i);
      umoci.check("unpack", "--image", image.tagged(), bundle);
      image.shell(bundle.resolve("rootfs"), LAYERS[i]);
      umoci.check("repack", "--image", image.tagged(), bundle);
    }
    image.shell(folder, "mkdir -p fresh && printf x > fresh/visible");
    umoci.check(
        "insert", "--image", image.tagged(), "--opaque", folder.resolve("fresh"), "/opaque");
    umoci.check("config", "--image", image.tagged(), "--config.cmd", "/bin/sh");
    return image;
  }

  /** Its layers, lowest first, as blobs in the layout. */
  public List<LayerTar> layers() {
    try (ImageSource source = OciLayout.open(layout, "app")) {
      JsonNode manifest = JSON.readTree(source.manifest().content().toArray());
      List<LayerTar> layers = new ArrayList<>();
      for (JsonNode layer : manifest.path("layers")) {
        Path blob = blob(layer.path("digest").asText());
        layers.add(new LayerTar(diffId(layers.size(), manifest), () -> Files.newInputStream(blob)));
      }
      return layers;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Digest diffId(int layer, JsonNode manifest) throws IOException {
    Path config = blob(manifest.path("config").path("digest").asText());
    JsonNode diffIds = JSON.readTree(Files.readAllBytes(config)).path("rootfs").path("diff_ids");
    return Digest.parse(diffIds.get(layer).asText());
  }

  private Path blob(String digest) {
    return layout.resolve("blobs/sha256").resolve(Digest.parse(digest).hex());
  }

  /** What skopeo and umoci call it. */
  public String tagged() {
    return layout + ":app";
  }

  /** What umoci makes of the image: the folder of the root file system. */
  Path unpacked() {
    Path bundle = work.resolve("unpacked");
    ForeignTool.named("umoci").check("unpack", "--image", tagged(), bundle);
    return bundle.resolve("rootfs");
  }

  private void shell(Path folder, String script) {
    ForeignTool.Result result =
        ForeignTool.named("sh").runIn(folder, Map.of("LC_ALL", "C"), "-ec", script);
    if (result.exitCode() != 0) {
      throw new AssertionError("exit " + result.exitCode() + ": " + result.err());
    }
  }
}
