package io.vic4j.core.link;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * One packet between the host and the tether of a guest, over a stream of bytes in each direction.
 *
 * <p>A packet is its type (1 byte), the exchange that it belongs to (4 bytes, big-endian) and a
 * payload. On the stream it is encoded by consistent overhead byte stuffing, so that it holds no
 * zero, and ended by one. So both sides find the next packet whatever came before it: the program
 * on the host may vanish in the middle of one, and another one connect. What is no packet is
 * dropped.
 *
 * <table>
 *   <caption>Packets</caption>
 *   <tr><th>type</th><th>from</th><th>payload</th></tr>
 *   <tr><td>{@link Type#HELLO}</td><td>both</td><td>16 bytes; exchange 0. The host's first packet,
 *   after a zero. The guest ends all exchanges that are open, then answers with the same bytes;
 *   what came before that answer is not for this host.</td></tr>
 *   <tr><td>{@link Type#OPEN}</td><td>host</td><td>JSON: the request. Begins an exchange, whose
 *   number the host chooses: not 0, and none that this connection had.</td></tr>
 *   <tr><td>{@link Type#OPENED}</td><td>guest</td><td>JSON: it has begun.</td></tr>
 *   <tr><td>{@link Type#DATA}</td><td>both</td><td>1 byte channel, then at most {@value
 *   #MAX_DATA_BYTES} bytes</td></tr>
 *   <tr><td>{@link Type#EOF}</td><td>both</td><td>1 byte channel: it has no more data.</td></tr>
 *   <tr><td>{@link Type#CREDIT}</td><td>both</td><td>1 byte channel, 4 bytes: how many more bytes
 *   of data the sender of this takes. Each channel begins with {@value #WINDOW_BYTES}; who sends
 *   more than it may has its exchange ended.</td></tr>
 *   <tr><td>{@link Type#CONTROL}</td><td>host</td><td>JSON: {@code do} is {@code signal}, with
 *   {@code signal} ({@code SIGINT}), or {@code resize}, with {@code rows} and {@code
 *   columns}</td></tr>
 *   <tr><td>{@link Type#END}</td><td>guest</td><td>JSON: how the exchange ended; its last packet.
 *   </td></tr>
 *   <tr><td>{@link Type#CANCEL}</td><td>host</td><td>The guest is to end what it does; {@code END}
 *   comes all the same.</td></tr>
 * </table>
 *
 * <p>Channel 0 goes to the guest (standard input, a tar to unpack); 1 and 2 come from it (standard
 * output or a tar, standard error). {@code END} has {@code code} or {@code signal} of a process, as
 * a report of {@code GuestProtocol} has them; {@code error} ({@code not_found}, {@code conflict},
 * {@code invalid}, {@code failed}) and {@code message} of what was not done; or neither.
 *
 * <p><b>Requests</b>, by their field {@code request}:
 *
 * <ul>
 *   <li>{@code exec}: {@code session}, {@code argv}, {@code env} (list of {@code NAME=value},
 *       beside the session's), {@code workingDirectory} and {@code user} (the session's where
 *       missing), {@code tty}, {@code stdin}, {@code rows}, {@code columns}. A program that is not
 *       there ends with 127, one that cannot be executed with 126, with a {@code message}. {@code
 *       conflict} if the session does not run or the guest is about to stop.
 *   <li>{@code attach}: {@code session}. Channel 0 is the session's standard input, {@code EOF} its
 *       end. Ends with the session's process. What it prints is in its log, not here.
 *   <li>{@code stats}: ends with {@code stats}; see {@code GuestStats}.
 *   <li>{@code copy_out}: {@code session}, {@code path}, {@code followLink}. {@code OPENED} has
 *       {@code name}, {@code mode}, {@code sizeBytes}, {@code modified} and {@code linkTarget};
 *       channel 1 is a tar whose names begin with the path's last part.
 *   <li>{@code copy_in}: {@code session}, {@code path} of a directory. Channel 0 is a tar.
 *   <li>{@code replace_files}: {@code fileSystem} (UUID) of a disk of files, {@code volume}: a
 *       folder of it. Channel 0 is a tar of files and folders, which are what the volume shows from
 *       then on, all of them or, if that fails, none. Where they are what it shows already, nothing
 *       is done. It lasts until the power is gone.
 *   <li>{@code dial}: {@code host} ({@code 127.0.0.1} where missing), {@code port}. A TCP
 *       connection; channels 0 and 1 are its directions.
 * </ul>
 *
 * @see <a href="https://doi.org/10.1109/90.769765">S. Cheshire, M. Baker: Consistent Overhead Byte
 *     Stuffing</a>
 */
public final class Packet {
  /** The most bytes of data in one packet. */
  public static final int MAX_DATA_BYTES = 16 * 1024;

  /** How many bytes of data may be under way on a channel before the receiver gives credit. */
  public static final int WINDOW_BYTES = 64 * 1024;

  static final int HEADER_BYTES = 5;

  /** The longest packet: its header, and data or JSON. */
  static final int MAX_BYTES = MAX_DATA_BYTES + 64;

  /** The most characters of JSON that surely fit. */
  static final int MAX_JSON_BYTES = MAX_DATA_BYTES;

  /** What a packet is for. */
  public enum Type {
    /** Begins a connection. */
    HELLO(1),
    /** Begins an exchange. */
    OPEN(2),
    /** An exchange was begun. */
    OPENED(3),
    /** Bytes of a channel. */
    DATA(4),
    /** A channel's end. */
    EOF(5),
    /** Lets the other side send more. */
    CREDIT(6),
    /** A signal or another size for an exchange's process. */
    CONTROL(7),
    /** An exchange is over. */
    END(8),
    /** An exchange is to be over. */
    CANCEL(9);

    private final byte code;

    Type(int code) {
      this.code = (byte) code;
    }

    static Optional<Type> of(byte code) {
      return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
    }
  }

  private final Type type;
  private final int exchange;
  private final ByteBuffer payload;

  private Packet(Type type, int exchange, ByteBuffer payload) {
    this.type = type;
    this.exchange = exchange;
    this.payload = payload;
    if (HEADER_BYTES + payload.remaining() > MAX_BYTES) {
      throw new IllegalArgumentException(
          type + " of " + payload.remaining() + " bytes does not fit a packet");
    }
  }

  /** A packet; the payload is not copied. */
  static Packet of(Type type, int exchange, ByteBuffer payload) {
    return new Packet(type, exchange, payload.slice());
  }

  /** A packet whose payload is JSON. */
  public static Packet json(Type type, int exchange, String json) {
    return of(type, exchange, ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)));
  }

  /** A packet without payload. */
  public static Packet empty(Type type, int exchange) {
    return of(type, exchange, ByteBuffer.allocate(0));
  }

  /** A host's greeting, or the answer to it. */
  public static Packet hello(ByteBuffer nonce) {
    return of(Type.HELLO, 0, nonce);
  }

  /** Bytes of a channel, copied. */
  public static Packet data(int exchange, int channel, byte[] content, int offset, int length) {
    ByteBuffer payload = ByteBuffer.allocate(1 + length);
    payload.put((byte) channel).put(content, offset, length).flip();
    return of(Type.DATA, exchange, payload);
  }

  /** The end of a channel. */
  public static Packet eof(int exchange, int channel) {
    return of(Type.EOF, exchange, ByteBuffer.wrap(new byte[] {(byte) channel}));
  }

  /** Leave to send more on a channel. */
  public static Packet credit(int exchange, int channel, int bytes) {
    return of(
        Type.CREDIT, exchange, ByteBuffer.allocate(5).put((byte) channel).putInt(bytes).flip());
  }

  /** What it is for. */
  public Type type() {
    return type;
  }

  /** Which exchange it belongs to. */
  public int exchange() {
    return exchange;
  }

  /** Its payload, as a new buffer that cannot be written. */
  public ByteBuffer payload() {
    return payload.asReadOnlyBuffer();
  }

  /** Its payload as text. */
  public String text() {
    return StandardCharsets.UTF_8.decode(payload()).toString();
  }

  /** As it goes onto the stream, its end included. */
  public byte[] encoded() {
    ByteBuffer plain = ByteBuffer.allocate(HEADER_BYTES + payload.remaining());
    plain.put(type.code).putInt(exchange).put(payload()).flip();
    return Cobs.encode(plain);
  }

  /** Its type, exchange and length. */
  @Override
  public String toString() {
    return type + "[" + exchange + ", " + payload.remaining() + " bytes]";
  }
}
