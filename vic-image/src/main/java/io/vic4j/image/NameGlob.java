package io.vic4j.image;

import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern for references, as Docker's {@code reference} filter has it: {@code *} and {@code ?}
 * stand for anything but a slash, {@code [a-z]} and {@code [^a-z]} for one character, and a
 * backslash takes the meaning of the next. It has to match the whole name, with the tag or without,
 * in the short form that people write ({@code app} for {@code docker.io/library/app}) or in full.
 *
 * <p>Source: Docker's {@code distribution/reference}, FamiliarMatch, and Go's {@code path.Match}.
 */
record NameGlob(String text, Pattern pattern) {
  static NameGlob parse(String text) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '*' -> regex.append("[^/]*");
        case '?' -> regex.append("[^/]");
        case '[' -> {
          int end = text.indexOf(']', i + 1);
          if (end <= i + 1) {
            throw invalid(text, "a '[' is not closed");
          }
          String set = text.substring(i + 1, end);
          boolean not = set.startsWith("^");
          String members = (not ? set.substring(1) : set).replaceAll("[\\[\\]&~^]", "\\\\$0");
          regex.append(not ? "[^/" : "[").append(members).append(']');
          i = end;
        }
        case '\\' -> {
          if (++i == text.length()) {
            throw invalid(text, "it ends with a backslash");
          }
          regex.append(Pattern.quote(text.substring(i, i + 1)));
        }
        default -> regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    try {
      return new NameGlob(text, Pattern.compile(regex.toString()));
    } catch (PatternSyntaxException e) {
      throw invalid(text, e.getDescription());
    }
  }

  private static InvalidArgumentException invalid(String text, String why) {
    return new InvalidArgumentException("pattern '" + text + "' is not valid: " + why);
  }

  boolean matches(ImageReference name) {
    return isFor(name.toString())
        || isFor(name.familiar())
        || isFor(name.name())
        || isFor(withoutTag(name));
  }

  private static String withoutTag(ImageReference name) {
    String familiar = name.familiar();
    int at = familiar.indexOf('@');
    String noDigest = at < 0 ? familiar : familiar.substring(0, at);
    int colon = noDigest.lastIndexOf(':');
    return colon > noDigest.lastIndexOf('/') ? noDigest.substring(0, colon) : noDigest;
  }

  private boolean isFor(String name) {
    return pattern.matcher(name).matches();
  }
}
