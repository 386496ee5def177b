#include "textflag.h"

#define SYS_clone 56

// func vfork(flags uintptr) (pid uintptr, errno syscall.Errno)
// The child's calls write over the stack below this frame, the address to which this returns among it: it is kept where
// the kernel leaves it alone.
TEXT ·vfork(SB), NOSPLIT, $0-24
	MOVQ	flags+0(FP), DI
	XORL	SI, SI
	XORL	DX, DX
	XORL	R10, R10
	XORL	R8, R8
	XORL	R9, R9
	MOVL	$SYS_clone, AX
	POPQ	R12
	SYSCALL
	PUSHQ	R12
	CMPQ	AX, $0xfffffffffffff001
	JLS	made
	MOVQ	$-1, pid+8(FP)
	NEGQ	AX
	MOVQ	AX, errno+16(FP)
	RET
made:
	MOVQ	AX, pid+8(FP)
	MOVQ	$0, errno+16(FP)
	RET
