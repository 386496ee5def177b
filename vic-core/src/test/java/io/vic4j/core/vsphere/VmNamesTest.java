package io.vic4j.core.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class VmNamesTest {
  private static final String LONG = "n".repeat(80);
  private final VmNames alone = new VmNames(false, "vic");
  private final VmNames shared = new VmNames(true, "vic");

  @Test
  void whereFoldersTellVmsApart_theNameIsThePlainOne() {
    assertThat(alone.inInventory("red", "web")).isEqualTo("web");
    assertThat(alone.kept("web")).isEmpty();
    assertThat(alone.isOurs(Map.of())).isTrue();
    assertThat(alone.plain("web", "red", Map.of())).isEqualTo("web");
  }

  @Test
  void whereVmsShareAPlace_theNameSaysWhoseTheyAre() {
    assertThat(shared.inInventory("red", "web")).isEqualTo("web@red@vic");
    assertThat(new VmNames(true, "a/b").inInventory("red", "web")).isEqualTo("web@red@a.b");
    assertThat(shared.plain("web@red@vic", "red", shared.kept("web"))).isEqualTo("web");
  }

  @Test
  void nameThatIsTooLong_isCut_andStaysItsOwn() {
    String red = shared.inInventory("red", LONG);
    assertThat(red).hasSize(80).isNotEqualTo(shared.inInventory("blue", LONG));
    assertThat(shared.plain(red, "red", shared.kept(LONG))).isEqualTo(LONG);
  }

  @Test
  void vmOfAnotherFolder_isNotOurs() {
    assertThat(shared.isOurs(shared.kept("web"))).isTrue();
    assertThat(shared.isOurs(new VmNames(true, "other").kept("web"))).isFalse();
    assertThat(shared.isOurs(Map.of())).isFalse();
  }

  @Test
  void nameThatSomebodyGaveInTheInventory_isShown() {
    assertThat(shared.plain("mine", "red", shared.kept("web"))).isEqualTo("mine");
  }
}
