package io.vic4j.core.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

final class PacketTest {
  private static List<Packet> decode(byte[] stream, int step) {
    List<Packet> packets = new ArrayList<>();
    PacketDecoder decoder = new PacketDecoder(packets::add);
    for (int i = 0; i < stream.length; i += step) {
      decoder.feed(stream, i, Math.min(step, stream.length - i));
    }
    return packets;
  }

  @Property
  void data_comesBack_howeverItIsCut(
      @ForAll @Size(max = 1000) byte[] content,
      @ForAll int exchange,
      @ForAll @IntRange(min = 0, max = 2) int channel,
      @ForAll @IntRange(min = 1, max = 300) int step) {
    byte[] encoded = Packet.data(exchange, channel, content, 0, content.length).encoded();
    for (int i = 0; i < encoded.length; i++) {
      assertThat(encoded[i] == 0).isEqualTo(i == encoded.length - 1);
    }
    List<Packet> packets = decode(encoded, step);
    assertThat(packets).hasSize(1);
    assertThat(packets.get(0).type()).isEqualTo(Packet.Type.DATA);
    assertThat(packets.get(0).exchange()).isEqualTo(exchange);
    ByteBuffer payload = packets.get(0).payload();
    assertThat(payload.get()).isEqualTo((byte) channel);
    assertThat(payload).isEqualTo(ByteBuffer.wrap(content));
  }

  // The paper's own examples, and the lengths around a full block.
  @Example
  void blocks_areAsThePaperHasThem() {
    assertThat(Cobs.encode(ByteBuffer.wrap(new byte[] {0}))).containsExactly(1, 1, 0);
    assertThat(Cobs.encode(ByteBuffer.wrap(new byte[] {0x45, 0, 0, 0x2C})))
        .containsExactly(2, 0x45, 1, 2, 0x2C, 0);
    for (int length : new int[] {253, 254, 255, 508, 509}) {
      byte[] ones = new byte[length];
      java.util.Arrays.fill(ones, (byte) 1);
      byte[] encoded = Cobs.encode(ByteBuffer.wrap(ones));
      assertThat(encoded).hasSize(length + 1 + (length + 253) / 254);
      assertThat(Cobs.decode(encoded, encoded.length - 1)).contains(ByteBuffer.wrap(ones));
    }
  }

  @Property
  void garbage_neverFails_andIsOverWithTheNextZero(@ForAll @Size(max = 500) byte[] garbage) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(garbage);
    stream.write(0);
    stream.writeBytes(Packet.json(Packet.Type.END, 7, "{}").encoded());
    List<Packet> packets = decode(stream.toByteArray(), 16);
    assertThat(packets.get(packets.size() - 1).text()).isEqualTo("{}");
  }

  @Example
  void packetThatIsTooLong_isDropped_andTheNextOneIsNot() {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    byte[] block = new byte[Packet.MAX_BYTES * 3];
    java.util.Arrays.fill(block, (byte) 5);
    stream.writeBytes(block);
    stream.write(0);
    stream.writeBytes(Packet.empty(Packet.Type.CANCEL, 9).encoded());
    assertThat(decode(stream.toByteArray(), 1000)).extracting(Packet::exchange).containsExactly(9);
  }
}
