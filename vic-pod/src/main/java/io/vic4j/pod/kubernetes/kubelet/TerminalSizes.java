package io.vic4j.pod.kubernetes.kubelet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.vm.GuestProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Reads the sizes of a client's terminal, as {@code {"Width":80,"Height":24}}, one by one. */
final class TerminalSizes extends OutputStream {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int MAX_BYTES = 1024;
  private static final int MAX_SIDE = 0xFFFF;

  private final GuestProcess process;
  private final StringBuilder text = new StringBuilder();

  TerminalSizes(GuestProcess process) {
    this.process = process;
  }

  @Override
  public void write(int oneByte) throws IOException {
    write(new byte[] {(byte) oneByte}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    text.append(new String(bytes, offset, length, StandardCharsets.US_ASCII));
    for (int end = text.indexOf("}"); end >= 0; end = text.indexOf("}")) {
      take(text.substring(0, end + 1));
      text.delete(0, end + 1);
    }
    if (text.length() > MAX_BYTES) {
      throw new IOException("that is not the size of a terminal");
    }
  }

  private void take(String json) throws IOException {
    try {
      JsonNode size = MAPPER.readTree(json);
      int columns = size.path("Width").asInt();
      int rows = size.path("Height").asInt();
      // A client whose terminal has no size yet sends zeros.
      if (rows > 0 && rows <= MAX_SIDE && columns > 0 && columns <= MAX_SIDE) {
        process.resize(rows, columns);
      }
    } catch (JsonProcessingException e) {
      throw new IOException("that is not the size of a terminal", e);
    }
  }
}
