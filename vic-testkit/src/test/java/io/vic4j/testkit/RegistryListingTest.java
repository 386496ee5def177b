package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.image.RefusedException;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.image.registry.RegistryPolicy;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What there is in a registry. */
class RegistryListingTest {
  private static final TestImage IMAGE = TestImage.builder().env("A", "b").build();
  private static final String TAGS = ".*/tags/list";

  private final EmbeddedRegistry registry = EmbeddedRegistry.start();
  private final RegistryClient client = RegistryClient.builder().sleeper(wait -> {}).build();
  private final ImageReference app = registry.reference("lib/app");

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  private List<String> tagged(int count) {
    List<String> tags = IntStream.range(0, count).mapToObj(i -> "t%04d".formatted(i)).toList();
    tags.forEach(tag -> registry.add("lib/app:" + tag, IMAGE));
    return tags;
  }

  @Test
  void tags_areReadOverAllPages() {
    List<String> tags = tagged(2500);

    assertThat(client.tags(app, 10_000)).isEqualTo(tags);
    assertThat(registry.requests()).hasSize(3);
  }

  @Test
  void moreThanTheLimit_isReportedWithoutReadingOn() {
    tagged(30);

    assertThat(client.tags(app, 30)).hasSize(30);
    registry.forgetRequests();
    assertThatThrownBy(() -> client.tags(app, 10))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("more than 10 names");
    assertThat(registry.requests()).hasSize(2);
  }

  @Test
  void pageThatFails_isAskedForAgain() {
    List<String> tags = tagged(1500);
    registry.faults().onPath(TAGS).nth(2, RegistryFault.status(503));

    assertThat(client.tags(app, 10_000)).isEqualTo(tags);
    assertThat(registry.requests()).hasSize(3);
  }

  @Test
  void circle_isReported() {
    tagged(1);
    String first = "/v2/lib/app/tags/list?n=10";
    registry
        .faults()
        .onPath(TAGS)
        .always(
            RegistryFault.status(200)
                .header("Link", "<" + first + ">; rel=\"next\"")
                .saying("{\"tags\":[\"a\"]}"));

    assertThatThrownBy(() -> client.tags(app, 10))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("in a circle");
  }

  @Test
  void linkElsewhere_isNotFollowedWithCredentials() {
    try (EmbeddedRegistry other = EmbeddedRegistry.start()) {
      registry
          .faults()
          .onPath(TAGS)
          .nth(
              1,
              RegistryFault.status(200)
                  .header("Link", "<http://" + other.address() + "/v2/lib/app/tags/list>; rel=next")
                  .saying("{\"tags\":[\"a\"]}"));
      other.add("lib/app:b", IMAGE);

      assertThat(client.tags(app, 10)).containsExactly("a", "b");
      assertThat(other.requests().get(0).authorization()).isEmpty();
    }
  }

  @Test
  void emptyRepository_hasNoTags() {
    registry.faults().onPath(TAGS).always(RegistryFault.status(200).saying("{\"tags\":null}"));

    assertThat(client.tags(app, 10)).isEmpty();
  }

  @Test
  void nonsense_isUnavailable() {
    for (String body : List.of("[]", "{", "{\"tags\":[1]}", "hello")) {
      registry.faults().clear();
      registry.faults().onPath(TAGS).always(RegistryFault.status(200).saying(body));

      assertThatThrownBy(() -> client.tags(app, 10))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("not understood");
    }
  }

  @Test
  void unknownRepository_isNotFound() {
    assertThatThrownBy(() -> client.tags(app, 10))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("NAME_UNKNOWN");
  }

  @Test
  void repositories_areThoseOfTheCatalogThatThePolicyAllows() {
    registry.add("lib/b:1", IMAGE);
    registry.add("lib/a:1", IMAGE);
    registry.add("secret/a:1", IMAGE);
    RegistryPolicy policy = RegistryPolicy.builder().deny("*/secret/**").build();
    try (RegistryClient careful = RegistryClient.builder().policy(policy).build()) {
      assertThat(careful.repositories(registry.address(), 10))
          .containsExactly(registry.reference("lib/a"), registry.reference("lib/b"));
      assertThatThrownBy(() -> careful.tags(registry.reference("secret/a"), 10))
          .isInstanceOf(RefusedException.class);
    }
  }
}
