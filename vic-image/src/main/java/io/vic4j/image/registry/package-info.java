/**
 * Images from registries and to them, by the OCI distribution specification 1.1.
 *
 * <p>Start with {@link io.vic4j.image.registry.RegistryClient}; {@link
 * io.vic4j.image.registry.CredentialSource} says how it signs in, {@link
 * io.vic4j.image.registry.RegistryPolicy} where it may go.
 */
@NullMarked
package io.vic4j.image.registry;

import org.jspecify.annotations.NullMarked;
