package io.vic4j.pod.kubernetes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class AuthenticationTest {
  @Test
  void subject_isAUserWithGroups() {
    assertThat(Authentication.subject("CN=apiserver\\, main,O=system:masters,O=others,C=DE"))
        .hasValueSatisfying(
            user -> {
              assertThat(user.name()).isEqualTo("apiserver, main");
              assertThat(user.groups()).containsExactlyInAnyOrder("system:masters", "others");
            });
  }

  @Test
  void subjectWithoutAName_isNobody() {
    assertThat(Authentication.subject("O=system:masters")).isEmpty();
    assertThat(Authentication.subject("no name")).isEmpty();
  }

  @Test
  void userThatIsKnown_isInTheGroupOfThose_once() {
    KubeletUser user = KubeletUser.of("bob", List.of("a")).authenticated().authenticated();
    assertThat(user.groups()).containsExactly("a", "system:authenticated");
  }
}
