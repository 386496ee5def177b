package io.vic4j.image.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageLocationTest {
  @Test
  void ociWithTag_isALayout() {
    assertThat(ImageLocation.parse("oci:/some/dir:v1"))
        .isEqualTo(new ImageLocation.Layout(Path.of("/some/dir"), "v1"));
  }

  @Test
  void ociWithoutTag_isALayout() {
    assertThat(ImageLocation.parse("oci:dir"))
        .isEqualTo(new ImageLocation.Layout(Path.of("dir"), ""));
  }

  @Test
  void dockerArchive_mayNameAReference() {
    assertThat(ImageLocation.parse("docker-archive:a.tar:host:5000/app:1"))
        .isEqualTo(new ImageLocation.Archive(Path.of("a.tar"), "host:5000/app:1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"debian", "docker://debian", "docker.io/library/debian:latest"})
  void reference_isARegistry(String text) {
    assertThat(ImageLocation.parse(text))
        .isEqualTo(new ImageLocation.Registry(ImageReference.parse("debian")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci:", "oci::tag", "docker-archive:", "docker-archive:f:Not A Name", ""})
  void whatIsNoPlace_isInvalid(String text) {
    assertThatThrownBy(() -> ImageLocation.parse(text))
        .isInstanceOf(InvalidArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "oci:/some/dir:v1, localhost/dir:v1",
    "oci:/some/My_Dir, localhost/my-dir:latest",
    "docker-archive:/x/app.tar, localhost/app:latest",
    "docker-archive:/x/app.tar:app:2, docker.io/library/app:2",
    "debian:12, docker.io/library/debian:12",
  })
  void suggestedName_comesFromWhatWasTyped(String location, String name) {
    assertThat(ImageLocation.parse(location).suggestedName()).contains(ImageReference.parse(name));
  }
}
