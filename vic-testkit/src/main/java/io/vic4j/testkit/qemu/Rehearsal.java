package io.vic4j.testkit.qemu;

import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.GuestProtocol;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.storage.FileDisks;
import io.vic4j.storage.ScratchDisk;
import io.vic4j.storage.ScratchDisks;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import java.util.stream.IntStream;

/** The VM that a machine is until it stands by: its one program writes a line, and ends. */
final class Rehearsal {
  private static final String PROGRAM = "program";
  private static final int EXECUTABLE = 0755;
  private static final long SCRATCH_BYTES = 32 << 20;

  // System V ABI, AMD64 Architecture Processor Supplement: the ELF header and one program header,
  // with the code and its text behind them, are loaded as they lie in the file.
  private static final int ELF_HEADER_BYTES = 64;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int X86_64 = 62;
  private static final int READ_AND_EXECUTE = 5;
  private static final long ADDRESS = 0x40_0000;
  private static final int PAGE_BYTES = 4096;

  private Rehearsal() {}

  /**
   * A VM, with new disks.
   *
   * @param folder where they are made
   */
  static VmDefinition of(
      LocalDatastore datastore, DatastorePath folder, String id, Standby.Kind kind) {
    UUID layer = new UUID(0, 1);
    DatastorePath program =
        FileDisks.in(datastore)
            .create(
                folder,
                "layer",
                layer,
                List.of(new FileDisks.Entry(PROGRAM, program(), EXECUTABLE, 0)));
    ScratchDisk scratch =
        ScratchDisks.in(datastore)
            .create(folder, "scratch", SCRATCH_BYTES, ScratchDisks.fileSystemUuid(1));
    ContainerVmSpec.Builder spec =
        ContainerVmSpec.builder("rehearsal")
            .cpus(kind.machine().cpus())
            .memory(kind.machine().memory())
            .disk(DiskAttachment.layer(program, layer))
            .disk(DiskAttachment.scratch(scratch.path(), scratch.fileSystemUuid()))
            .session(
                SessionSpec.builder("main")
                    .layers(List.of(layer))
                    .scratch(scratch.fileSystemUuid())
                    .argv("/" + PROGRAM)
                    .build());
    IntStream.range(0, kind.networks())
        .forEach(i -> spec.network(NetworkAttachment.dhcp("rehearsal" + i)));
    return definition(id, spec.build());
  }

  private static VmDefinition definition(String id, ContainerVmSpec spec) {
    SortedMap<String, String> variables = GuestProtocol.encode(id, spec);
    variables.putAll(GuestProtocol.announceRun(1));
    return new VmDefinition(
        id,
        spec.name(),
        spec.name(),
        spec.cpus(),
        spec.memory(),
        Optional.empty(),
        spec.disks(),
        spec.networks(),
        spec.sessions().stream().map(SessionSpec::name).toList(),
        variables);
  }

  /** A program for Linux: it writes a line to its standard output, and ends with 0. */
  private static ByteBuffer program() {
    byte[] code = {
      (byte) 0xb8,
      1,
      0,
      0,
      0, // mov eax, 1 (write)
      (byte) 0xbf,
      1,
      0,
      0,
      0, // mov edi, 1
      0x48,
      (byte) 0x8d,
      0x35,
      16,
      0,
      0,
      0, // lea rsi, [rip + 16] (the text)
      (byte) 0xba,
      2,
      0,
      0,
      0, // mov edx, 2
      0x0f,
      5, // syscall
      (byte) 0xb8,
      60,
      0,
      0,
      0, // mov eax, 60 (exit)
      0x31,
      (byte) 0xff, // xor edi, edi
      0x0f,
      5, // syscall
      'x',
      '\n',
    };
    int start = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES;
    int size = start + code.length;
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    elf.putShort((short) 2).putShort((short) X86_64).putInt(1); // An executable.
    elf.putLong(ADDRESS + start).putLong(ELF_HEADER_BYTES).putLong(0).putInt(0);
    elf.putShort((short) ELF_HEADER_BYTES);
    elf.putShort((short) PROGRAM_HEADER_BYTES).putShort((short) 1);
    elf.putShort((short) 0).putShort((short) 0).putShort((short) 0); // It has no sections.
    elf.putInt(1).putInt(READ_AND_EXECUTE).putLong(0); // To be loaded.
    elf.putLong(ADDRESS).putLong(ADDRESS).putLong(size).putLong(size).putLong(PAGE_BYTES);
    return elf.put(code).flip();
  }
}
