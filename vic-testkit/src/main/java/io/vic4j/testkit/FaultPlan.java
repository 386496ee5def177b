package io.vic4j.testkit;

import io.vic4j.core.CancelledException;
import io.vic4j.core.TimeSource;
import io.vic4j.core.VicException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;
import java.util.function.Supplier;

/**
 * What is to go wrong, and when: the third move, every write, the first power-on whose answer is
 * lost. A {@link FaultyDatastore} and a {@link FaultyHypervisor} follow it; one plan may serve
 * several of them, and may grow while they work.
 *
 * <pre>{@code
 * FaultPlan faults = FaultPlan.by(clock);
 * faults.on(Operation.MOVE).call(3).fails(() -> new UnavailableException("cable pulled", null));
 * faults.on(Operation.POWER_ON).everyCall().delays(Duration.ofSeconds(5));
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class FaultPlan {
  /** What can be made to fail. */
  public enum Operation {
    /** Looking at a place of a datastore. */
    STAT,
    /** Listing a folder of a datastore. */
    LIST,
    /** Opening a file to read it. */
    OPEN,
    /** Reading from an open file. */
    READ,
    /** Beginning a file. */
    CREATE_FILE,
    /** Writing to a file, or setting its length. */
    WRITE,
    /** Committing a file. */
    COMMIT,
    /** Making a folder. */
    CREATE_FOLDER,
    /** Moving a file or folder. */
    MOVE,
    /** Deleting a file or folder. */
    DELETE,
    /** Asking how much a datastore holds. */
    SPACE,
    /** Beginning a virtual disk; writing to it and committing it are as with a file. */
    CREATE_DISK,
    /** Copying a virtual disk. */
    COPY_DISK,
    /** Removing what crashed imports of virtual disks left. */
    SWEEP_DISKS,
    /** Looking at how much a hypervisor has. */
    CAPACITY,
    /** Looking at a network of a hypervisor's. */
    NETWORK_PROBLEM,
    /** Making a VM. */
    CREATE_VM,
    /** Looking up VMs, one or all. */
    FIND_VM,
    /** Powering a VM on. */
    POWER_ON,
    /** Powering a VM off. */
    POWER_OFF,
    /** Removing a VM. */
    REMOVE_VM,
    /** Setting variables of a VM. */
    RECONFIGURE,
    /** Plugging further disks into a VM. */
    PLUG,
    /** Giving a VM another name. */
    RENAME_VM,
    /** Telling a guest something. */
    SEND,
    /** Watching VMs. */
    WATCH,
    /** Opening a log. */
    OPEN_LOG,
    /** Connecting to a guest. */
    OPEN_LINK
  }

  /** What happens around an operation. */
  private interface Fault {
    /** Does the operation, or does not. */
    <T> T around(Supplier<T> operation);
  }

  private record Rule(LongPredicate calls, Fault fault) {}

  private final TimeSource time;
  private final Map<Operation, List<Rule>> rules = new EnumMap<>(Operation.class);
  private final Map<Operation, AtomicLong> counts = new EnumMap<>(Operation.class);

  private FaultPlan(TimeSource time) {
    this.time = time;
  }

  /** Nothing goes wrong yet; delays go by this time. */
  public static FaultPlan by(TimeSource time) {
    return new FaultPlan(time);
  }

  /** Something is to go wrong with this operation. */
  public When on(Operation operation) {
    return new When(operation);
  }

  /** How often the operation was called so far. */
  public synchronized long calls(Operation operation) {
    AtomicLong count = counts.get(operation);
    return count == null ? 0 : count.get();
  }

  /** Nothing goes wrong from now on; calls are counted on. */
  public synchronized void clear() {
    rules.clear();
  }

  void run(Operation operation, Runnable work) {
    run(
        operation,
        () -> {
          work.run();
          return operation;
        });
  }

  <T> T run(Operation operation, Supplier<T> work) {
    Supplier<T> call = work;
    for (Fault fault : next(operation)) {
      Supplier<T> inner = call;
      call = () -> fault.around(inner);
    }
    return call.get();
  }

  private synchronized List<Fault> next(Operation operation) {
    long number = counts.computeIfAbsent(operation, key -> new AtomicLong()).incrementAndGet();
    List<Rule> followed = rules.get(operation);
    if (followed == null) {
      return List.of();
    }
    List<Fault> hits = new ArrayList<>();
    for (Rule rule : followed) {
      if (rule.calls.test(number)) {
        hits.add(rule.fault);
      }
    }
    return hits;
  }

  private synchronized void add(Operation operation, LongPredicate calls, Fault fault) {
    rules.computeIfAbsent(operation, key -> new ArrayList<>()).add(new Rule(calls, fault));
  }

  /** Which calls of an operation go wrong. */
  public final class When {
    private final Operation operation;

    private When(Operation operation) {
      this.operation = operation;
    }

    /** The {@code number}th call from now on, from 1. */
    public What call(long number) {
      if (number < 1) {
        throw new IllegalArgumentException("calls are counted from 1, not " + number);
      }
      long hit = calls(operation) + number;
      return new What(operation, count -> count == hit);
    }

    /** Every call from now on. */
    public What everyCall() {
      return new What(operation, count -> true);
    }
  }

  /** What goes wrong with some calls. */
  public final class What {
    private final Operation operation;
    private final LongPredicate calls;

    private What(Operation operation, LongPredicate calls) {
      this.operation = operation;
      this.calls = calls;
    }

    /** They fail, and nothing has happened. */
    public FaultPlan fails(Supplier<? extends VicException> failure) {
      return with(
          new Fault() {
            @Override
            public <T> T around(Supplier<T> work) {
              throw failure.get();
            }
          });
    }

    /** They do what they should, but the caller gets this failure. */
    public FaultPlan losesAnswer(Supplier<? extends VicException> failure) {
      return with(
          new Fault() {
            @Override
            public <T> T around(Supplier<T> work) {
              T unused = work.get();
              throw failure.get();
            }
          });
    }

    /** They take this long before they begin. */
    public FaultPlan delays(Duration delay) {
      return with(
          new Fault() {
            @Override
            public <T> T around(Supplier<T> work) {
              pause(delay);
              return work.get();
            }
          });
    }

    /** This happens before they begin: a chance to come between. */
    public FaultPlan afterThis(Runnable intervention) {
      return with(
          new Fault() {
            @Override
            public <T> T around(Supplier<T> work) {
              intervention.run();
              return work.get();
            }
          });
    }

    private FaultPlan with(Fault fault) {
      add(operation, calls, fault);
      return FaultPlan.this;
    }

    private void pause(Duration delay) {
      try {
        CompletableFuture<Void> never = new CompletableFuture<>();
        if (time.await(never, delay)) {
          throw new IllegalStateException("what never happens has happened");
        }
      } catch (InterruptedException e) {
        throw CancelledException.from(e, "delayed " + operation);
      }
    }
  }
}
