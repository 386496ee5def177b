package io.vic4j.core;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/**
 * Has e2fsck and qemu-img judge every disk that a test leaves in a {@link TempDir} field, so that
 * no test can forget to: it is registered for all tests of all modules, by this jar's {@code
 * META-INF/services}. Tests of jqwik, which JUnit's extensions do not reach, call {@link #judge}.
 */
public final class DiskJudge implements AfterEachCallback {
  private static final String DISK = ".vmdk";
  private static final String FLAT_EXTENT = "-flat.vmdk";

  /** Made by JUnit. */
  public DiskJudge() {}

  /** Marks a test, or a class of tests, that leaves damaged disks, or disks of no file system. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  public @interface Exempt {
    /** Why they are so. */
    String value();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    boolean exempt =
        AnnotationSupport.isAnnotated(context.getElement(), Exempt.class)
            || AnnotationSupport.isAnnotated(context.getTestClass(), Exempt.class);
    if (exempt || context.getExecutionException().isPresent()) {
      return;
    }
    for (Object instance : context.getRequiredTestInstances().getAllInstances()) {
      for (Field field :
          AnnotationSupport.findAnnotatedFields(
              instance.getClass(),
              TempDir.class,
              found -> found.getType().equals(Path.class),
              HierarchyTraversalMode.TOP_DOWN)) {
        judge(valueOf(field, instance));
      }
    }
  }

  private static Path valueOf(Field field, Object instance) {
    try {
      field.setAccessible(true);
      return (Path) field.get(instance);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Fails the test unless each disk below this folder passes {@code qemu-img check}, and the file
   * system in each flat extent {@code e2fsck -fn}. What is being staged, below a {@code tmp}, is no
   * disk yet.
   */
  public static void judge(Path folder) {
    for (Path disk : disksBelow(folder)) {
      if (disk.toString().endsWith(FLAT_EXTENT)) {
        assertClean(disk);
      } else {
        ForeignTool.named("qemu-img").check("check", "-f", "vmdk", disk);
      }
    }
  }

  private static List<Path> disksBelow(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(DISK))
          .filter(file -> !folder.relativize(file).toString().matches("(.*/)?tmp/.*"))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails the test unless e2fsck, asked to change nothing, finds nothing in this file system. */
  public static void assertClean(Path image) {
    ForeignTool.Result result = ForeignTool.named("e2fsck").run("-fn", image);
    if (result.exitCode() != 0 || result.text().contains("<n>") || result.text().contains("? no")) {
      fail(
          "e2fsck -fn "
              + image
              + ": exit code "
              + result.exitCode()
              + "\n"
              + result.text()
              + result.err());
    }
  }
}
