package io.vic4j.testkit;

import io.vic4j.image.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer of an embedded registry, as it would be if nothing were done wrong. */
record RegistryAnswer(int status, Map<String, String> headers, Bytes body) {
  static RegistryAnswer of(int status) {
    return new RegistryAnswer(status, Map.of(), new Bytes(new byte[0]));
  }

  static RegistryAnswer of(int status, String mediaType, byte[] body) {
    return new RegistryAnswer(status, Map.of("Content-Type", mediaType), new Bytes(body));
  }

  /** An error as OCI distribution specification 1.1, "Error Codes", has it. */
  static RegistryAnswer error(int status, String code, String message) {
    String body =
        "{\"errors\":[{\"code\":\""
            + code
            + "\",\"message\":\""
            + message
            + "\",\"detail\":{}}]}\n";
    return of(status, "application/json", body.getBytes(StandardCharsets.UTF_8));
  }

  /** The same with another status. */
  RegistryAnswer as(int otherStatus) {
    return new RegistryAnswer(otherStatus, headers, body);
  }

  RegistryAnswer with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new RegistryAnswer(status, more, body);
  }
}
