/**
 * What the HTTP clients of this library have in common: the JDK's client with an end, {@link
 * io.vic4j.core.http.HttpClients}, and whom it trusts, {@link io.vic4j.core.http.Trust}. For the
 * library's own adapters; it may change with any release.
 */
@NullMarked
package io.vic4j.core.http;

import org.jspecify.annotations.NullMarked;
