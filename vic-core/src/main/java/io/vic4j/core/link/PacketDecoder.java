package io.vic4j.core.link;

import java.util.Optional;
import java.util.function.Consumer;

/** Makes packets of a stream of bytes, as they come. Not thread-safe. */
public final class PacketDecoder {
  private final byte[] encoded = new byte[Packet.MAX_BYTES + Packet.MAX_BYTES / 254 + 2];
  private final Consumer<Packet> receiver;
  private int length;
  private boolean tooLong;

  /** A decoder that gives each packet to {@code receiver}, and drops what is none. */
  public PacketDecoder(Consumer<Packet> receiver) {
    this.receiver = receiver;
  }

  /** Takes some bytes, and gives away the packets that are whole with them. */
  public void feed(byte[] bytes, int offset, int count) {
    for (int i = offset; i < offset + count; i++) {
      if (bytes[i] == 0) {
        Optional<Packet> packet = tooLong ? Optional.empty() : packet();
        length = 0;
        tooLong = false;
        packet.ifPresent(receiver);
      } else if (length < encoded.length) {
        encoded[length++] = bytes[i];
      } else {
        tooLong = true;
      }
    }
  }

  private Optional<Packet> packet() {
    return Cobs.decode(encoded, length)
        .filter(plain -> plain.remaining() >= Packet.HEADER_BYTES)
        .filter(plain -> plain.remaining() <= Packet.MAX_BYTES)
        .flatMap(
            plain -> {
              Optional<Packet.Type> type = Packet.Type.of(plain.get());
              int exchange = plain.getInt();
              return type.map(it -> Packet.of(it, exchange, plain));
            });
  }
}
