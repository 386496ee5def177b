package io.vic4j.core.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.InvalidArgumentException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatastorePathTest {
  @Test
  void resolve_goesDown_parentGoesUp() {
    DatastorePath path = DatastorePath.parse("layers").resolve("sha256/ab");
    assertThat(path).hasToString("layers/sha256/ab");
    assertThat(path.parent()).hasToString("layers/sha256");
    assertThat(path.name()).isEqualTo("ab");
    assertThat(path.startsWith(DatastorePath.parse("layers"))).isTrue();
    assertThat(path.startsWith(DatastorePath.parse("lay"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/a", "a/", "a//b", ".", "..", "a/../b", "a\\b", "a\nb", "\uD800"})
  void whatCouldLeaveTheDatastore_isRefused(String text) {
    assertThatThrownBy(() -> DatastorePath.parse(text))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("not a name in a datastore");
  }

  @Test
  void namesLongerThanFileSystemsTake_areRefused() {
    assertThatThrownBy(() -> DatastorePath.parse("ä".repeat(128)))
        .isInstanceOf(InvalidArgumentException.class);
    assertThat(DatastorePath.parse("a".repeat(255)).name()).hasSize(255);
  }

  @Test
  void theRoot_hasNoParent() {
    assertThat(DatastorePath.parse("")).isEqualTo(DatastorePath.ROOT);
    assertThatThrownBy(DatastorePath.ROOT::parent).isInstanceOf(IllegalStateException.class);
  }

  @Property
  void parse_readsBackToString(@ForAll String text) {
    try {
      DatastorePath path = DatastorePath.parse(text);
      assertThat(DatastorePath.parse(path.toString())).isEqualTo(path);
      assertThat(path).hasToString(text);
    } catch (InvalidArgumentException e) {
      assertThat(e).hasMessageContaining("not a name");
    }
  }
}
