package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vic4j.core.UnavailableException;
import io.vic4j.pod.kubernetes.kubelet.KubeletAuthorizer;
import io.vic4j.pod.kubernetes.kubelet.KubeletUser;
import io.vic4j.pod.kubernetes.kubelet.TokenAuthenticator;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the API server who has a token, and who may do what to the node, as a kubelet does whose
 * authentication and authorization are {@code webhook}.
 *
 * <p>Source: Kubernetes, "Kubelet authentication/authorization"; {@code pkg/kubelet/apis/config/v1}
 * for how long answers hold. Thread-safe.
 */
final class ClusterReviews implements TokenAuthenticator, KubeletAuthorizer {
  private static final Duration ALLOWED_KEPT = Duration.ofMinutes(5);
  private static final Duration DENIED_KEPT = Duration.ofSeconds(30);

  private record Question(KubeletUser user, String verb, String subresource) {}

  private final KubernetesClient client;
  private final String nodeName;
  private final ShortCache<Question, Boolean> allowed;
  private final ShortCache<Question, Boolean> denied;

  ClusterReviews(KubernetesClient client, String nodeName, InstantSource time) {
    this.client = client;
    this.nodeName = nodeName;
    this.allowed = new ShortCache<>(time, ALLOWED_KEPT);
    this.denied = new ShortCache<>(time, DENIED_KEPT);
  }

  @Override
  public Optional<KubeletUser> authenticate(String token) {
    TokenReview review = new TokenReviewBuilder().withNewSpec().withToken(token).endSpec().build();
    var status = asked("token", () -> client.resource(review).create()).getStatus();
    if (status == null || !Boolean.TRUE.equals(status.getAuthenticated())) {
      return Optional.empty();
    }
    UserInfo user = status.getUser();
    return Optional.of(
        new KubeletUser(
            text(user.getUsername()),
            text(user.getUid()),
            user.getGroups() == null ? List.of() : user.getGroups(),
            user.getExtra() == null ? Map.of() : user.getExtra()));
  }

  @Override
  public boolean allows(KubeletUser user, String verb, String subresource) {
    Question question = new Question(user, verb, subresource);
    if (denied.find(question).isPresent()) {
      return false;
    }
    boolean allows =
        allowed.get(question, () -> Optional.of(ask(question)).filter(it -> it)).isPresent();
    if (!allows) {
      denied.put(question, false);
    }
    return allows;
  }

  private boolean ask(Question question) {
    KubeletUser user = question.user();
    SubjectAccessReview review =
        new SubjectAccessReviewBuilder()
            .withNewSpec()
            .withUser(user.name())
            .withUid(user.uid().isEmpty() ? null : user.uid())
            .withGroups(List.copyOf(user.groups()))
            .withExtra(user.extra())
            .withNewResourceAttributes()
            .withVerb(question.verb())
            .withGroup("")
            .withVersion("v1")
            .withResource("nodes")
            .withSubresource(question.subresource())
            .withName(nodeName)
            .endResourceAttributes()
            .endSpec()
            .build();
    var status = asked("right", () -> client.resource(review).create()).getStatus();
    return status != null && Boolean.TRUE.equals(status.getAllowed());
  }

  private static <T> T asked(String what, Supplier<T> request) {
    try {
      return request.get();
    } catch (KubernetesClientException e) {
      throw new UnavailableException("the API server did not review a " + what, e);
    }
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }
}
