package io.vic4j.pod.kubernetes;

import io.vic4j.image.registry.CredentialSource;
import io.vic4j.pod.PodSpec;

/**
 * A v1 Pod as this library has it.
 *
 * @param spec what to create
 * @param pullCredentials what the pod's {@code imagePullSecrets} hold for registries, in their
 *     order; for whoever opens the registries that its images come from. Knows none where the pod
 *     names none
 */
public record PodTranslation(PodSpec spec, CredentialSource pullCredentials) {}
