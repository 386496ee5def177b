package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What an answer of the API server means. */
final class ApiErrors {
  private ApiErrors() {}

  static boolean isNotFound(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
  }

  /** Somebody was faster, or it is there already. */
  static boolean isConflict(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_CONFLICT;
  }

  /** It may not be done, at least not to what is there now. */
  static boolean isForbidden(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_FORBIDDEN;
  }

  /** How long the server wants to be left alone; no time if it does not say. */
  static Duration retryAfter(Throwable failure) {
    if (failure instanceof KubernetesClientException e) {
      @Nullable Status status = e.getStatus();
      @Nullable StatusDetails details = status == null ? null : status.getDetails();
      @Nullable Integer seconds = details == null ? null : details.getRetryAfterSeconds();
      return seconds == null ? Duration.ZERO : Duration.ofSeconds(Math.max(0, seconds));
    }
    return Duration.ZERO;
  }
}
