package io.vic4j.core.vm;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.link.LinkStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection of {@link VariableLinks}. */
final class VariableLink implements LinkStream {
  private static final Logger log = LoggerFactory.getLogger(VariableLink.class);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration CHANGE = Duration.ofSeconds(5);
  private static final int ATTEMPTS = 16;

  private final VariableCommands.Machines machines;
  private final String id;
  private final OptionalLong run;
  private final LinkStream.Receiver receiver;
  private final String connection = UUID.randomUUID().toString().replace("-", "");
  private final Thread reader;

  /** Held by who changes the variables. Taken before the other lock, never after it. */
  private final Object turn = new Object();

  // Guards what follows.
  private final Object lock = new Object();
  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
  private long sent;
  private long acknowledged;
  private long got;
  private boolean owesAnswer;
  private boolean over;

  private VariableLink(
      VariableCommands.Machines machines, VmRecord vm, LinkStream.Receiver receiver) {
    this.machines = machines;
    this.id = vm.id();
    this.run = run(vm);
    this.receiver = receiver;
    this.reader = new Thread(this::read, "vic4j-link-" + vm.name());
    reader.setDaemon(true);
  }

  static VariableLink begin(
      VariableCommands.Machines machines, VmRecord vm, LinkStream.Receiver receiver) {
    VariableLink link = new VariableLink(machines, vm, receiver);
    link.reader.start();
    return link;
  }

  private static OptionalLong run(VmRecord vm) {
    try {
      return OptionalLong.of(GuestProtocol.run(vm.variables()));
    } catch (VicException e) {
      return OptionalLong.empty(); // It has no tether; nobody will answer.
    }
  }

  private boolean isThere(VmRecord vm) {
    return vm.power() == PowerState.ON && run(vm).equals(run);
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    synchronized (lock) {
      try {
        while (waiting.size() > 2 * GuestProtocol.LINK_BYTES && !over) {
          lock.wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        InterruptedIOException cut = new InterruptedIOException("interrupted");
        cut.initCause(e);
        throw cut;
      }
      if (over) {
        throw new IOException("the connection has ended");
      }
      waiting.writeBytes(bytes);
    }
    try {
      show();
    } catch (VicException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Shows the guest the next piece, if it has taken the one before, and what was taken of it. */
  private void show() {
    synchronized (turn) {
      LinkPiece piece;
      Optional<String> data;
      synchronized (lock) {
        boolean sends = acknowledged == sent && waiting.size() > 0;
        if (over || (!sends && !owesAnswer)) {
          return;
        }
        data = sends ? Optional.of(next()) : Optional.empty();
        owesAnswer = false;
        piece = new LinkPiece(connection, sent, got);
      }
      change(piece.encode(LinkPiece.Side.HOST, data));
    }
  }

  /** Takes the next piece from what waits; the lock is held. */
  private String next() {
    sent++;
    lock.notifyAll();
    return LinkPiece.takeNext(waiting);
  }

  private void change(Map<String, String> variables) {
    ConflictException conflict = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<VmRecord> vm = machines.find(id).filter(this::isThere);
      if (vm.isEmpty()) {
        return; // Its reader will tell.
      }
      String version = vm.get().changeVersion();
      try {
        VmRecord unused = machines.reconfigure(id, variables, version);
        return;
      } catch (ConflictException e) {
        conflict = e;
        awaitChange(version);
      }
    }
    throw new UnavailableException(
        "VM " + id + " is reconfigured all the time: its guest cannot be told anything", conflict);
  }

  private void awaitChange(String version) {
    try {
      Optional<VmRecord> unused =
          machines.await(id, vm -> !isThere(vm) || !vm.changeVersion().equals(version), CHANGE);
    } catch (TimedOutException e) {
      log.debug("no news of VM {}", id, e);
    }
  }

  /** Takes what the guest shows, to the end of the connection. */
  private void read() {
    try {
      while (!isOver()) {
        Optional<VmRecord> vm;
        try {
          vm = machines.await(id, this::isNews, PATIENCE);
        } catch (TimedOutException e) {
          continue;
        }
        if (vm.filter(this::isThere).isEmpty()) {
          return;
        }
        byte[] content = take(vm.get().variables());
        if (content != null) {
          receiver.received(content, content.length);
        }
        show();
      }
    } catch (CancelledException e) {
      log.debug("closed", e);
    } catch (VicException e) {
      log.warn("the connection to the guest of VM {} has ended: {}", id, e.getMessage());
      log.debug("the connection", e);
    } finally {
      end();
      receiver.ended();
    }
  }

  private boolean isOver() {
    synchronized (lock) {
      return over;
    }
  }

  private boolean isNews(VmRecord vm) {
    if (!isThere(vm)) {
      return true;
    }
    Optional<LinkPiece> shown = shown(vm.variables());
    synchronized (lock) {
      return shown.isPresent()
          && ((shown.get().got() == sent && acknowledged < sent)
              || (shown.get().sent() == got + 1
                  && shown.get().data(LinkPiece.Side.GUEST, vm.variables()).isPresent()));
    }
  }

  private Optional<LinkPiece> shown(Map<String, String> variables) {
    return LinkPiece.of(LinkPiece.Side.GUEST, variables)
        .filter(piece -> piece.connection().equals(connection));
  }

  private byte @Nullable [] take(Map<String, String> variables) {
    Optional<LinkPiece> shown = shown(variables);
    if (shown.isEmpty()) {
      return null;
    }
    synchronized (lock) {
      if (shown.get().got() == sent) {
        acknowledged = sent;
      }
      Optional<String> data = shown.get().data(LinkPiece.Side.GUEST, variables);
      if (shown.get().sent() != got + 1 || data.isEmpty()) {
        return null;
      }
      got++;
      owesAnswer = true;
      try {
        return Base64.getDecoder().decode(data.get());
      } catch (IllegalArgumentException e) {
        throw new UnavailableException("the guest sends what cannot be read", e);
      }
    }
  }

  private void end() {
    synchronized (lock) {
      over = true;
      lock.notifyAll();
    }
  }

  @Override
  public void close() {
    end();
    reader.interrupt();
  }
}
