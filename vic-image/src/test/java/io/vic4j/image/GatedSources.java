package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Registries whose blobs can be held up, and which count what is fetched. */
final class GatedSources implements ImageSources {
  /** Blobs in the order in which their transfers began. */
  final List<Digest> begun = Collections.synchronizedList(new ArrayList<>());

  final AtomicInteger manifestsRead = new AtomicInteger();
  final AtomicInteger opened = new AtomicInteger();
  final AtomicInteger closed = new AtomicInteger();
  private final Map<ImageReference, SampleImage> images = new ConcurrentHashMap<>();
  private final Map<Digest, Gate> gates = new ConcurrentHashMap<>();

  /** Holds up one blob. */
  static final class Gate {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    void awaitReached() {
      await(reached);
    }

    void open() {
      open.countDown();
    }

    private static void await(CountDownLatch latch) {
      try {
        if (!latch.await(30, TimeUnit.SECONDS)) {
          throw new AssertionError("nobody came within 30 s");
        }
      } catch (InterruptedException e) {
        throw CancelledException.from(e, "wait at a gate");
      }
    }
  }

  GatedSources with(String reference, SampleImage image) {
    images.put(ImageReference.parse(reference), image);
    return this;
  }

  /** Shuts the way of a layer's blob. */
  Gate shut(SampleImage image, int layer) {
    return gates.computeIfAbsent(image.layerBlob(layer).digest(), digest -> new Gate());
  }

  @Override
  public ImageSource open(ImageReference reference) {
    SampleImage image = images.get(reference);
    if (image == null) {
      throw new NotFoundException("image", reference.toString());
    }
    opened.incrementAndGet();
    MapSource source = new MapSource(reference.toString(), image.manifest).with(image);
    return new ImageSource() {
      @Override
      public String name() {
        return source.name();
      }

      @Override
      public RawManifest manifest() {
        manifestsRead.incrementAndGet();
        return source.manifest();
      }

      @Override
      public RawManifest manifest(Digest digest) {
        manifestsRead.incrementAndGet();
        return source.manifest(digest);
      }

      @Override
      public InputStream blob(Descriptor descriptor) {
        begun.add(descriptor.digest());
        InputStream blob = source.blob(descriptor);
        Gate gate = gates.get(descriptor.digest());
        return gate == null ? blob : new GatedStream(blob, gate);
      }

      @Override
      public void close() {
        closed.incrementAndGet();
      }
    };
  }

  private static final class GatedStream extends FilterInputStream {
    private final Gate gate;

    GatedStream(InputStream in, Gate gate) {
      super(in);
      this.gate = gate;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      gate.reached.countDown();
      Gate.await(gate.open);
      return super.read(buffer, offset, length);
    }
  }
}
