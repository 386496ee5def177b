package io.vic4j.core.vm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.CorruptException;
import java.util.Optional;

/**
 * Commands and their acknowledgements in {@link GuestProtocol}, as trees. Reading throws if a field
 * is missing.
 */
final class CommandJson {
  private static final String SIGNAL = "signal";
  private static final String STOP = "stop";
  private static final String KILL = "kill";

  private CommandJson() {}

  static ObjectNode command(IssuedCommand issued) {
    ObjectNode node =
        JsonNodeFactory.instance.objectNode().put("run", issued.run()).put("seq", issued.seq());
    GuestCommand command = issued.command();
    if (command instanceof GuestCommand.SendSignal send) {
      node.put("command", SIGNAL)
          .put("session", send.session())
          .put("signal", send.signal().name());
    } else {
      node.put("command", command instanceof GuestCommand.Kill ? KILL : STOP);
    }
    return node;
  }

  static IssuedCommand command(JsonNode node) {
    String word = GuestJson.text(node, "command");
    GuestCommand command =
        switch (word) {
          case SIGNAL ->
              new GuestCommand.SendSignal(
                  GuestJson.text(node, "session"), Signal.parse(GuestJson.text(node, "signal")));
          case STOP -> new GuestCommand.Stop();
          case KILL -> new GuestCommand.Kill();
          default -> throw new CorruptException("no command: " + word, null);
        };
    return new IssuedCommand(GuestJson.number(node, "run"), GuestJson.number(node, "seq"), command);
  }

  static ObjectNode ack(CommandAck ack) {
    ObjectNode node =
        JsonNodeFactory.instance.objectNode().put("run", ack.run()).put("seq", ack.seq());
    ack.refusal().ifPresent(refusal -> node.put("error", GuestJson.word(refusal)));
    return node;
  }

  static CommandAck ack(JsonNode node) {
    return new CommandAck(
        GuestJson.number(node, "run"),
        GuestJson.number(node, "seq"),
        node.has("error")
            ? Optional.of(GuestJson.word(CommandAck.Refusal.class, node, "error"))
            : Optional.empty());
  }
}
