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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the cluster whose a token is, and what its owner may ask a node for, as a kubelet does with
 * webhook authentication and authorization: the client's user needs the role {@code
 * system:auth-delegator}.
 *
 * <pre>{@code
 * ClusterReviews reviews = ClusterReviews.of(client, "vic-1");
 * KubernetesNode.builder(client, host, "vic-1")
 *     .kubelet(kubelet -> kubelet.tokens(reviews).authorizer(reviews) ...)
 * }</pre>
 *
 * <p>Thread-safe. What a user may is remembered for 30 seconds. The client stays the caller's.
 *
 * <p>Source: Kubernetes, "Kubelet authentication/authorization".
 */
public final class ClusterReviews implements TokenAuthenticator, KubeletAuthorizer {
  private static final Logger log = LoggerFactory.getLogger(ClusterReviews.class);
  private static final Duration KEPT = Duration.ofSeconds(30);

  private record Question(KubeletUser user, String verb, String subresource) {}

  private final KubernetesClient client;
  private final String nodeName;
  private final ShortCache<Question, Boolean> answers;

  private ClusterReviews(KubernetesClient client, String nodeName, InstantSource time) {
    this.client = client;
    this.nodeName = nodeName;
    this.answers = new ShortCache<>(time, KEPT);
  }

  /**
   * Reviews of the users of a node.
   *
   * @param nodeName the node's
   */
  public static ClusterReviews of(KubernetesClient client, String nodeName) {
    return of(client, nodeName, InstantSource.system());
  }

  /**
   * Reviews of the users of a node.
   *
   * @param nodeName the node's
   * @param time tells for how long answers are remembered
   */
  public static ClusterReviews of(KubernetesClient client, String nodeName, InstantSource time) {
    return new ClusterReviews(client, nodeName, time);
  }

  @Override
  public Optional<KubeletUser> authenticate(String token) {
    TokenReview review =
        asked(
            "a token",
            () ->
                client
                    .tokenReviews()
                    .create(
                        new TokenReviewBuilder().withNewSpec().withToken(token).endSpec().build()));
    if (review.getStatus() == null || !Boolean.TRUE.equals(review.getStatus().getAuthenticated())) {
      log.debug("a token is nobody's: {}", review.getStatus());
      return Optional.empty();
    }
    UserInfo user = review.getStatus().getUser();
    return Optional.of(
        new KubeletUser(
            user.getUsername(),
            user.getUid() == null ? "" : user.getUid(),
            user.getGroups() == null ? List.of() : user.getGroups(),
            user.getExtra() == null ? Map.of() : user.getExtra()));
  }

  @Override
  public boolean allows(KubeletUser user, String verb, String subresource) {
    Question question = new Question(user, verb, subresource);
    return answers.get(question, () -> Optional.of(ask(question))).orElseThrow();
  }

  private boolean ask(Question question) {
    KubeletUser user = question.user();
    SubjectAccessReview review =
        asked(
            "user " + user.name(),
            () ->
                client
                    .authorization()
                    .v1()
                    .subjectAccessReview()
                    .create(
                        new SubjectAccessReviewBuilder()
                            .withNewSpec()
                            .withUser(user.name())
                            .withUid(user.uid().isEmpty() ? null : user.uid())
                            .withGroups(user.groups())
                            .withExtra(user.extra())
                            .withNewResourceAttributes()
                            .withVersion("v1")
                            .withResource("nodes")
                            .withName(nodeName)
                            .withVerb(question.verb())
                            .withSubresource(question.subresource())
                            .endResourceAttributes()
                            .endSpec()
                            .build()));
    return review.getStatus() != null && Boolean.TRUE.equals(review.getStatus().getAllowed());
  }

  private static <T> T asked(String whom, Supplier<@Nullable T> request) {
    try {
      T review = request.get();
      if (review != null) {
        return review;
      }
      throw new UnavailableException("the API server did not answer the review of " + whom, null);
    } catch (KubernetesClientException e) {
      throw new UnavailableException("the API server did not answer the review of " + whom, e);
    }
  }
}
