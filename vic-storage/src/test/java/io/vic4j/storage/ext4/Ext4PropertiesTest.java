package io.vic4j.storage.ext4;

import static io.vic4j.storage.ext4.Ext4Image.DIRECTORY;
import static io.vic4j.storage.ext4.Ext4Image.FILE;
import static io.vic4j.storage.ext4.Ext4Image.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.Digest;
import io.vic4j.core.ForeignTool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/** Any sequence of calls gives a clean file system with just what a simple model has. */
class Ext4PropertiesTest {
  enum Kind {
    DIRECTORY,
    FILE,
    SPARSE_FILE,
    SYMLINK,
    LINK,
    REMOVE,
    XATTRS
  }

  /** One call; names come from a small set so that they meet. */
  record Step(Kind kind, int where, int name, int size, long seed) {
    byte[] content() {
      byte[] content = new byte[size];
      new Random(seed).nextBytes(content);
      return content;
    }
  }

  /** What the model has for a node: a directory's children, or text that says what it is. */
  private static final class Model {
    final int handle;
    final String text;
    final Map<String, Model> children = new TreeMap<>();
    final boolean directory;

    Model(int handle, String text, boolean directory) {
      this.handle = handle;
      this.text = text;
      this.directory = directory;
    }

    List<Model> directories() {
      List<Model> found = new ArrayList<>(List.of(this));
      for (Model child : children.values()) {
        if (child.directory) {
          found.addAll(child.directories());
        }
      }
      return found;
    }

    void describe(String path, Map<String, String> into) {
      into.put(path, text);
      children.forEach((name, child) -> child.describe(path + "/" + name, into));
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Integer> sizes =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 200),
            Arbitraries.of(4095, 4096, 4097, 8192, 59, 60),
            Arbitraries.integers().between(0, 70_000));
    return Combinators.combine(
            Arbitraries.of(Kind.class),
            Arbitraries.integers().between(0, 1000),
            Arbitraries.integers().between(0, 12),
            sizes,
            Arbitraries.longs())
        .as(Step::new)
        .list()
        .ofMaxSize(60);
  }

  @Property(tries = 80, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.BOUNDED)
  void anyTree_isCleanAndAsTheModel(@ForAll("steps") List<Step> steps, @ForAll boolean fixed)
      throws IOException {
    Path folder = Files.createTempDirectory("vic-ext4");
    try {
      Ext4Options.Builder options = Ext4Options.builder(Ext4Image.ID);
      if (fixed) {
        options.sizeBytes(16 << 20).journalBytes(4 << 20);
      }
      Model root = new Model(Layout.Inode.ROOT, "directory", true);

      Path image =
          Ext4Image.make(
              folder, options.build(), w -> steps.forEach(step -> perform(step, w, root)));

      Map<String, String> expected = new TreeMap<>();
      root.describe("", expected);
      assertThat(dumped(image, folder.resolve("dump"))).isEqualTo(expected);
    } finally {
      delete(folder);
    }
  }

  private static void perform(Step step, Ext4Writer w, Model root) {
    List<Model> directories = root.directories();
    Model parent = directories.get(step.where() % directories.size());
    String name = "name" + "x".repeat(step.name() % 5 * 60) + step.name();
    byte[] nameBytes = bytes(name);
    assertThat(w.find(parent.handle, nameBytes).isPresent())
        .isEqualTo(parent.children.containsKey(name));
    if (step.kind() == Kind.REMOVE) {
      if (parent.children.remove(name) != null) {
        w.remove(parent.handle, nameBytes);
      }
      return;
    }
    if (step.kind() == Kind.XATTRS) {
      byte[] value = new byte[step.size() % 3000];
      w.setAttributes(parent.handle, DIRECTORY.withXattrs(Ext4Xattrs.none().with("user.x", value)));
      return;
    }
    if (parent.children.containsKey(name)) {
      return;
    }
    Model made = make(step, w, parent, nameBytes);
    if (made != null) {
      parent.children.put(name, made);
    }
  }

  private static Model make(Step step, Ext4Writer w, Model parent, byte[] name) {
    byte[] content = step.content();
    switch (step.kind()) {
      case DIRECTORY -> {
        return new Model(w.makeDirectory(parent.handle, name, DIRECTORY), "directory", true);
      }
      case FILE -> {
        int node = w.beginFile(parent.handle, name, FILE);
        w.write(content, 0, content.length);
        w.endFile();
        return new Model(node, file(content), false);
      }
      case SPARSE_FILE -> {
        int node = w.beginFile(parent.handle, name, FILE);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        int half = content.length / 2;
        for (int hole : new int[] {(int) (step.seed() & 0x7FFF), 5, 0, 12_288, 4096}) {
          w.write(content, 0, half);
          whole.write(content, 0, half);
          w.writeHole(hole);
          whole.writeBytes(new byte[hole]);
        }
        w.endFile();
        return new Model(node, file(whole.toByteArray()), false);
      }
      case SYMLINK -> {
        String target = "t".repeat(1 + step.size() % 4095);
        return new Model(
            w.makeSymlink(parent.handle, name, bytes(target), FILE), "link " + target, false);
      }
      case LINK -> {
        for (Model sibling : parent.children.values()) {
          if (!sibling.directory) {
            w.link(parent.handle, name, sibling.handle);
            return sibling;
          }
        }
        return null;
      }
      default -> throw new AssertionError(step);
    }
  }

  private static String file(byte[] content) {
    return "file " + Digest.sha256(content);
  }

  /** The tree that debugfs finds. */
  private static Map<String, String> dumped(Path image, Path target) throws IOException {
    Files.createDirectory(target);
    ForeignTool.named("debugfs").check("-R", "rdump / " + target, image);
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(target)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        String name = path.equals(target) ? "" : "/" + target.relativize(path);
        if (Files.isSymbolicLink(path)) {
          found.put(name, "link " + Files.readSymbolicLink(path));
        } else if (Files.isDirectory(path)) {
          found.put(name, "directory");
        } else {
          found.put(name, file(Files.readAllBytes(path)));
        }
      }
    }
    return found;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
