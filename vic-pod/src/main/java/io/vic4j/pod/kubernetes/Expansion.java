package io.vic4j.pod.kubernetes;

import java.util.Optional;
import java.util.function.Function;

/**
 * Puts the values of variables where a text says {@code $(NAME)}. {@code $$} is a dollar sign, so
 * that {@code $$(NAME)} is {@code $(NAME)}; a name that stands for nothing stays as it is written.
 *
 * <p>Source: Kubernetes, API reference, Container v1, {@code command}, {@code args} and {@code
 * env}.
 */
final class Expansion {
  private Expansion() {}

  static String expand(String text, Function<String, Optional<String>> variables) {
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      int dollar = text.indexOf('$', at);
      if (dollar < 0 || dollar + 1 == text.length()) {
        break;
      }
      out.append(text, at, dollar);
      char next = text.charAt(dollar + 1);
      int close = next == '(' ? text.indexOf(')', dollar) : -1;
      if (next == '$') {
        out.append('$');
        at = dollar + 2;
      } else if (close < 0) {
        out.append('$').append(next);
        at = dollar + 2;
      } else {
        String name = text.substring(dollar + 2, close);
        out.append(variables.apply(name).orElse("$(" + name + ")"));
        at = close + 1;
      }
    }
    return out.append(text, at, text.length()).toString();
  }
}
