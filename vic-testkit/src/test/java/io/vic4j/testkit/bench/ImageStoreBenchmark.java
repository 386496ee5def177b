package io.vic4j.testkit.bench;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.Bytes;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageStore;
import io.vic4j.image.Images;
import io.vic4j.image.PullOptions;
import io.vic4j.image.RawManifest;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.RegistryRequest;
import io.vic4j.testkit.TestImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Random;

/**
 * Measures an image store: {@code list <folder>} lists ten thousand images, {@code shared <folder>}
 * counts the bytes that a second image costs which shares two of three layers, {@code large
 * <folder> <GiB>} pulls a layer that large, to be run with a small heap.
 */
final class ImageStoreBenchmark {
  private static final int IMAGES = 10_000;
  private static final VchName VCH = VchName.of("bench");

  private ImageStoreBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[1]);
    switch (arguments[0]) {
      case "list" -> list(folder);
      case "shared" -> shared(folder);
      case "large" -> large(folder, Integer.parseInt(arguments[2]));
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static ImageStore store(Path folder) {
    LocalDatastore datastore = LocalDatastore.at(folder);
    return ImageStore.in(datastore, LayerDisks.in(datastore));
  }

  private static void list(Path folder) throws IOException {
    if (!Files.exists(folder.resolve("scopes"))) {
      for (int i = 0; i < IMAGES; i++) {
        write(folder, i);
      }
    }
    for (int round = 0; round < 3; round++) {
      ImageStore opened = store(folder);
      time("list of a scope, just opened", () -> opened.scope(VCH).list().images().size());
      for (int i = 0; i < 5; i++) {
        time("list of a scope, again", () -> opened.scope(VCH).list().images().size());
      }
      time("list of the store, again", () -> opened.list().images().size());
    }
  }

  /** The files of one image and its name, as the store writes them. */
  private static void write(Path folder, int number) throws IOException {
    byte[] config =
        ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":[\"app-%d\"],"
                + "\"Env\":[\"PATH=/usr/bin\"],\"Labels\":{\"number\":\"%d\"}},"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\",\"%s\",\"%s\"]}}")
            .formatted(
                number,
                number,
                Digest.sha256("base"),
                Digest.sha256("middle" + number / 10),
                Digest.sha256("top" + number))
            .getBytes(StandardCharsets.UTF_8);
    Digest id = Digest.sha256(config);
    String layer =
        "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"%s\",\"size\":9}";
    byte[] manifest =
        manifest(
            config,
            String.join(
                ",",
                layer.formatted(Digest.sha256("b")),
                layer.formatted(Digest.sha256("m" + number / 10)),
                layer.formatted(Digest.sha256("t" + number))));
    Digest manifestId = Digest.sha256(manifest);
    Path image = Files.createDirectories(folder.resolve("images/sha256/" + id.hex()));
    Files.write(image.resolve("config.json"), config);
    Files.write(image.resolve("manifest.json"), manifest);
    Files.writeString(
        image.resolve("image.json"),
        ("{\"version\":1,\"imageId\":\"%s\",\"manifestDigest\":\"%s\","
                + "\"manifestMediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"source\":\"bench\"}")
            .formatted(id, manifestId));
    Path names = Files.createDirectories(folder.resolve("scopes/bench/references"));
    Files.writeString(
        names.resolve("registry.test+app," + number + "@1.json"),
        "{\"name\":\"registry.test/app:%d\",\"imageId\":\"%s\",\"manifestDigest\":\"%s\",\"resolvedDigest\":\"%s\"}"
            .formatted(number, id, manifestId, manifestId));
  }

  private static byte[] manifest(byte[] config, String layers) {
    return ("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
            + "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"%s\",\"size\":%d},"
            + "\"layers\":[%s]}")
        .formatted(Digest.sha256(config), config.length, layers)
        .getBytes(StandardCharsets.UTF_8);
  }

  private interface Count {
    long count();
  }

  private static void time(String what, Count work) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long begin = System.nanoTime();
    long beginCpu = threads.getCurrentThreadCpuTime();
    long count = work.count();
    System.out.printf(
        "%-30s %6d  %8.1f ms by the clock, %8.1f ms of the processor%n",
        what,
        count,
        (System.nanoTime() - begin) / 1e6,
        (threads.getCurrentThreadCpuTime() - beginCpu) / 1e6);
  }

  private static void shared(Path folder) {
    LocalDatastore datastore = LocalDatastore.at(folder);
    LayerDisks disks = LayerDisks.in(datastore);
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        RegistryClient client = RegistryClient.builder().build();
        ImageService service =
            ImageService.builder(ImageStore.in(datastore, disks), disks).sources(client).build()) {
      TestImage first = threeLayers("first");
      TestImage second = threeLayers("second");
      ImageReference one = registry.add("lib/app:1", first);
      ImageReference two = registry.add("lib/app:2", second);
      Images images = service.images(VCH);
      for (ImageReference reference : new ImageReference[] {one, two, two}) {
        int before = registry.requests().size();
        images.pull(reference, Progress.NONE);
        long bytes =
            registry.requests().stream()
                .skip(before)
                .filter(request -> request.method().equals("GET"))
                .mapToLong(request -> Math.max(size(first, request), size(second, request)))
                .sum();
        System.out.printf("%-40s %10d bytes%n", "pull of " + reference.tag().orElse(""), bytes);
      }
    }
  }

  /** How many bytes the answer had. */
  private static long size(TestImage image, RegistryRequest request) {
    if (request.isManifestFetch()) {
      return image.manifest().size();
    }
    return image.blobs().entrySet().stream()
        .filter(blob -> request.path().endsWith(blob.getKey().toString()))
        .mapToLong(blob -> blob.getValue().size())
        .sum();
  }

  private static TestImage threeLayers(String top) {
    TestImage.Builder builder = TestImage.builder();
    for (String name : new String[] {"base", "middle", top}) {
      byte[] content = new byte[1_000_000];
      new Random(name.hashCode()).nextBytes(content);
      builder.layer(layer -> layer.file(name, content));
    }
    return builder.build();
  }

  /** A tar of one file of so many GiB, made as it is read. */
  private static final class LargeTar extends InputStream {
    private static final int BLOCK = 1 << 20;
    private final byte[] head = new byte[512];
    private final byte[] block = new byte[BLOCK];
    private final long end;
    private long position;

    LargeTar(int gibibytes) {
      long size = (long) gibibytes << 30;
      new Random(1).nextBytes(block);
      byte[] name = "large".getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(name, 0, head, 0, name.length);
      put(100, "0000644\0");
      put(108, "0000000\0");
      put(116, "0000000\0");
      put(124, String.format("%011o\0", size)); // Up to 8 GiB.
      put(136, "00000000000\0");
      put(148, "        ");
      head[156] = '0';
      put(257, "ustar\00000");
      int sum = 0;
      for (byte value : head) {
        sum += value & 0xff;
      }
      put(148, String.format("%06o\0 ", sum));
      this.end = 512 + size + 1024;
    }

    private void put(int at, String text) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(bytes, 0, head, at, bytes.length);
    }

    long size() {
      return end;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      if (position == end) {
        return -1;
      }
      int count;
      if (position < 512) {
        count = (int) Math.min(length, 512 - position);
        System.arraycopy(head, (int) position, buffer, offset, count);
      } else if (position < end - 1024) {
        int at = (int) ((position - 512) % BLOCK);
        count = (int) Math.min(Math.min(length, BLOCK - at), end - 1024 - position);
        System.arraycopy(block, at, buffer, offset, count);
      } else {
        count = (int) Math.min(length, end - position);
        Arrays.fill(buffer, offset, offset + count, (byte) 0);
      }
      position += count;
      return count;
    }
  }

  private static void large(Path folder, int gibibytes) throws Exception {
    MessageDigest computation = Digest.Algorithm.SHA256.newMessageDigest();
    LargeTar tar = new LargeTar(gibibytes);
    byte[] buffer = new byte[1 << 16];
    for (int read = fill(tar, buffer); read > 0; read = fill(tar, buffer)) {
      computation.update(buffer, 0, read);
    }
    Digest diffId = Digest.of(Digest.Algorithm.SHA256, computation);
    byte[] config =
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
            .formatted(diffId)
            .getBytes(StandardCharsets.UTF_8);
    RawManifest manifest =
        RawManifest.of(
            "application/vnd.oci.image.manifest.v1+json",
            manifest(
                config,
                "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"%s\",\"size\":%d}"
                    .formatted(diffId, tar.size())));
    LocalDatastore datastore = LocalDatastore.at(folder);
    LayerDisks disks = LayerDisks.in(datastore);
    long begin = System.nanoTime();
    try (ImageService service =
        ImageService.builder(ImageStore.in(datastore, disks), disks).build()) {
      service
          .images(VCH)
          .pull(
              new Generated(manifest, new Bytes(config), gibibytes),
              PullOptions.DEFAULT.withNames(ImageReference.parse("large:1")),
              Progress.NONE);
    }
    System.out.printf(
        "pull of a layer of %d GiB with a heap of %d MiB: %.1f s%n",
        gibibytes, Runtime.getRuntime().maxMemory() >> 20, (System.nanoTime() - begin) / 1e9);
    Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM"))
        .forEach(System.out::println);
  }

  private static int fill(InputStream in, byte[] buffer) throws IOException {
    return in.readNBytes(buffer, 0, buffer.length);
  }

  /** The image of a tar that is made as it is read. */
  private record Generated(RawManifest manifest, Bytes config, int gibibytes)
      implements ImageSource {
    @Override
    public String name() {
      return "generated";
    }

    @Override
    public RawManifest manifest(Digest digest) {
      return manifest;
    }

    @Override
    public InputStream blob(Descriptor descriptor) {
      return descriptor.mediaType().endsWith("tar")
          ? new LargeTar(gibibytes)
          : new ByteArrayInputStream(config.toArray());
    }

    @Override
    public void close() {}
  }
}
