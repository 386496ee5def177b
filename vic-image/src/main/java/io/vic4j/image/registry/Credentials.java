package io.vic4j.image.registry;

import io.vic4j.core.InvalidArgumentException;

/**
 * What a client shows to a registry to sign in. No {@code toString} shows the secret part, and no
 * message or log of this library does.
 */
public sealed interface Credentials {
  /** A user's name and password, or an access token used as one. */
  static Credentials basic(String username, String password) {
    return new Basic(username, password);
  }

  /** A token that a token server gave for the user, to be exchanged for short-lived ones. */
  static Credentials identityToken(String token) {
    return new IdentityToken(token);
  }

  /** Whose credentials they are, for messages; never the secret. */
  String principal();

  /**
   * A user's name and password, sent as HTTP basic authentication (RFC 7617) to the registry or to
   * its token server, whichever the registry asks for.
   *
   * @param username without a colon or control characters
   * @param password without control characters
   */
  record Basic(String username, String password) implements Credentials {
    /** Checks that both can be sent as RFC 7617, section 2, has it. */
    public Basic {
      if (username.isEmpty() || username.indexOf(':') >= 0 || hasControls(username)) {
        throw new InvalidArgumentException(
            "a user name must not be empty nor hold a colon or control characters");
      }
      if (hasControls(password)) {
        throw new InvalidArgumentException(
            "the password of '" + username + "' holds control characters");
      }
    }

    @Override
    public String principal() {
      return "user '" + username + "'";
    }

    @Override
    public String toString() {
      return "Basic[username=" + username + "]";
    }

    private static boolean hasControls(String text) {
      return text.chars().anyMatch(Character::isISOControl);
    }
  }

  /**
   * A refresh token for the registry's token server (OAuth 2.0, RFC 6749, section 6).
   *
   * @param token the token as it was given
   */
  record IdentityToken(String token) implements Credentials {
    /** Checks that there is one. */
    public IdentityToken {
      if (token.isBlank()) {
        throw new InvalidArgumentException("an identity token must not be empty");
      }
    }

    @Override
    public String principal() {
      return "an identity token";
    }

    @Override
    public String toString() {
      return "IdentityToken[]";
    }
  }
}
