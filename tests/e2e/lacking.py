# SPDX-License-Identifier: MIT
"""lacking.py CALL ERRNO PROGRAM...: run a program on a kernel that lacks a call.

strace can do that as well, but not behind a filter of calls: what it makes fail
it makes as number -1, and for that the filter kills. Here one more filter does
it, and the most severe verdict counts (seccomp(2)).
"""
import ctypes
import errno
import os
import struct
import sys

# The same on every architecture of this project but for mips (o32 adds 4000).
NUMBERS = {"openat2": 437, "landlock_restrict_self": 446}

# linux/prctl.h, linux/seccomp.h, linux/filter.h
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ERRNO = 0x00050000
SECCOMP_RET_ALLOW = 0x7fff0000
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06


def refuse(number, error):
    """Make a call fail from here on, in this process and those it starts."""
    code = b"".join(struct.pack("HBBI", *op) for op in (
        (LOAD, 0, 0, 0),  # struct seccomp_data begins with the number
        (JUMP_IF_EQUAL, 0, 1, number),
        (RETURN, 0, 0, SECCOMP_RET_ERRNO | error),
        (RETURN, 0, 0, SECCOMP_RET_ALLOW)))
    memory = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HP", len(code) // 8, ctypes.addressof(memory))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or \
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program):
        raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    refuse(NUMBERS[sys.argv[1]], getattr(errno, sys.argv[2]))
    os.execvp(sys.argv[3], sys.argv[3:])
