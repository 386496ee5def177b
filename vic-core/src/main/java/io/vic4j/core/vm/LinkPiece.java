package io.vic4j.core.vm;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * What one side of a link over variables shows the other: see {@link GuestProtocol}.
 *
 * @param connection which connection it is of
 * @param sent the number of the last piece that this side has sent; 0 for none
 * @param got the number of the last piece of the other side that this one has taken; 0 for none
 */
public record LinkPiece(String connection, long sent, long got) {
  /** Whose variables. */
  public enum Side {
    HOST("guestinfo.vic/link"),
    GUEST("guestinfo.vic.link");

    private final String key;

    Side(String key) {
      this.key = key;
    }

    private String dataKey() {
      return key + ".data";
    }
  }

  /** The last that a side has shown; empty if it has shown nothing that can be read. */
  public static Optional<LinkPiece> of(Side side, Map<String, String> variables) {
    String[] words = variables.getOrDefault(side.key, "").split(" ", -1);
    try {
      return words.length != 3
          ? Optional.empty()
          : Optional.of(
              new LinkPiece(words[0], Long.parseLong(words[1]), Long.parseLong(words[2])));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** The content of the piece that was sent, in base64; empty if it is not there yet. */
  public Optional<String> data(Side side, Map<String, String> variables) {
    String prefix = sent + " ";
    return Optional.ofNullable(variables.get(side.dataKey()))
        .filter(value -> value.startsWith(prefix))
        .map(value -> value.substring(prefix.length()));
  }

  /** The change of variables that shows this, with the content of a piece that is new. */
  public Map<String, String> encode(Side side, Optional<String> data) {
    String head = connection + " " + sent + " " + got;
    return data.map(text -> Map.of(side.key, head, side.dataKey(), sent + " " + text))
        .orElse(Map.of(side.key, head));
  }

  /** Takes the content of the next piece from what waits to be sent, in base64. */
  public static String takeNext(ByteArrayOutputStream waiting) {
    byte[] all = waiting.toByteArray();
    int size = Math.min(all.length, GuestProtocol.LINK_BYTES);
    waiting.reset();
    waiting.write(all, size, all.length - size);
    return Base64.getEncoder().encodeToString(Arrays.copyOf(all, size));
  }
}
