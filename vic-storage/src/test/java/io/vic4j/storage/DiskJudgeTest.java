package io.vic4j.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.DiskJudge;
import io.vic4j.storage.ext4.Ext4Judge;
import io.vic4j.storage.tar.RawTar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The judge of all disks that tests leave sees what is wrong, and is asked each time. */
@DiskJudge.Exempt("damaged on purpose")
class DiskJudgeTest {
  private static Optional<String> registered = Optional.empty();

  @RegisterExtension
  static final BeforeEachCallback SETTINGS =
      context ->
          registered =
              context.getConfigurationParameter("junit.jupiter.extensions.autodetection.enabled");

  @TempDir Path folder;

  private LayerDisk disk() {
    return LayerStore.at(folder).build(new RawTar().file("a", "b").end());
  }

  @Test
  void judge_isAskedAboutAllTests() {
    assertThat(registered).contains("true");
    assertThat(ServiceLoader.load(Extension.class)).hasAtLeastOneElementOfType(DiskJudge.class);
  }

  @Test
  void judge_canFail_onADamagedFileSystem() throws IOException {
    LayerDisk disk = disk();
    Ext4Judge.damage(LayerStore.at(folder).file(disk.extentPath()), 1024 + 0x40);
    assertThatThrownBy(() -> DiskJudge.judge(folder))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("e2fsck");
  }

  @Test
  void judge_canFail_onADescriptorWithoutItsExtent() throws IOException {
    Path extent = LayerStore.at(folder).file(disk().extentPath());
    Files.delete(extent);
    assertThatThrownBy(() -> DiskJudge.judge(folder))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("qemu-img");
  }

  @Test
  void judge_leavesOutWhatIsStaged() throws IOException {
    Path staged = Files.createDirectories(folder.resolve("tmp/one"));
    Files.writeString(staged.resolve("layer-flat.vmdk"), "half");
    DiskJudge.judge(folder);
  }
}
