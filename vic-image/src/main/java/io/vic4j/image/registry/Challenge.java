package io.vic4j.image.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One way to sign in that an answer offers in WWW-Authenticate (RFC 9110, section 11.6.1).
 *
 * @param scheme such as {@code basic} or {@code bearer}, in lower case
 * @param parameters by name in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
  /** Checks nothing: what a server offers is taken as it is. */
  Challenge {
    parameters = Map.copyOf(parameters);
  }

  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  /** All that these header values offer. What is not understood is left out. */
  static List<Challenge> parse(List<String> headerValues) {
    List<Challenge> challenges = new ArrayList<>();
    headerValues.forEach(value -> new Parser(value).readInto(challenges));
    return challenges;
  }

  private static final class Parser {
    private final String text;
    private int position;

    Parser(String text) {
      this.text = text;
    }

    /*
     * A list of schemes and parameters, both separated by commas; a name with '=' behind it is a
     * parameter of the scheme before it, any other begins a scheme.
     */
    void readInto(List<Challenge> challenges) {
      String scheme = "";
      Map<String, String> parameters = new LinkedHashMap<>();
      while (skip(" \t,=")) {
        String name = token();
        skip(" \t");
        if (position < text.length() && text.charAt(position) == '=') {
          position++;
          skip(" \t");
          parameters.putIfAbsent(name, value());
        } else {
          add(challenges, scheme, parameters);
          scheme = name;
          parameters = new LinkedHashMap<>();
        }
      }
      add(challenges, scheme, parameters);
    }

    private static void add(
        List<Challenge> challenges, String scheme, Map<String, String> parameters) {
      if (!scheme.isEmpty()) {
        challenges.add(new Challenge(scheme, parameters));
      }
    }

    /** Goes on to the next character that is none of these; false at the end. */
    private boolean skip(String characters) {
      while (position < text.length() && characters.indexOf(text.charAt(position)) >= 0) {
        position++;
      }
      return position < text.length();
    }

    private String token() {
      return raw().toLowerCase(Locale.ROOT);
    }

    private String raw() {
      int start = position;
      while (position < text.length() && " \t,=\"".indexOf(text.charAt(position)) < 0) {
        position++;
      }
      if (position == start && position < text.length()) {
        position++; // A stray quote: go over it, or this would never end.
      }
      return text.substring(start, position);
    }

    private String value() {
      if (position >= text.length() || text.charAt(position) != '"') {
        return position < text.length() && text.charAt(position) == ',' ? "" : raw();
      }
      StringBuilder value = new StringBuilder();
      for (position++; position < text.length() && text.charAt(position) != '"'; position++) {
        if (text.charAt(position) == '\\' && position + 1 < text.length()) {
          position++;
        }
        value.append(text.charAt(position));
      }
      position++;
      return value.toString();
    }
  }
}
