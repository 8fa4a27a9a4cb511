"""Fresh Python processes that die with their parent: decoders, web processes, the job process.

A child is started by exec, never forked from a process with threads. It gets the name of the
function to run and one pickled argument through a pipe, and imports nothing but that function's
module. This module is imported by every child, so it imports little itself.
"""

import ctypes
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, Final

_ENTRY: Final = "from coverslip.infra.children import _enter; _enter({read}, {parent}, {name!r})"
_PR_SET_PDEATHSIG: Final = 1
_M_ARENA_MAX: Final = -8  # of glibc's malloc.h


def start_child(
    target: str, argument: object, *, inherit: Sequence[int] = (), quiet: bool = False, nice: int = 0
) -> "subprocess.Popen[bytes]":
    """Start a process that calls ``target(argument)`` and exits with what it returns.

    Parameters
    ----------
    target : str
        ``module:function``.
    argument : object
        Picklable.
    inherit : sequence of int
        Descriptors that the child keeps under the same numbers.
    quiet : bool
        Throw away what the child prints: native decoders print whatever a hostile file makes them.
    nice : int
        Added to the child's niceness.
    """
    read, write = os.pipe()
    try:
        code = _ENTRY.format(read=read, parent=os.getpid(), name=target)
        output = subprocess.DEVNULL if quiet else None
        # -P: the current folder, which may hold anything, is no place to import from
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[read, *inherit],
        )
    except BaseException:
        os.close(write)
        raise
    finally:
        os.close(read)
    with suppress(BrokenPipeError), os.fdopen(write, "wb") as pipe:  # broken: whoever waits for it will see that
        pickle.dump((argument, nice), pipe, protocol=5)
    return process


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(0)


def share_arenas() -> None:
    """Keep two arenas of glibc's allocator: one for each thread costs megabytes and gains nothing under one GIL."""
    with suppress(AttributeError, OSError):  # another C library has none
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def resolve(target: str) -> Callable[[Any], int | None]:
    """Import the function that ``module:function`` names."""
    module, _, name = target.partition(":")
    function: Callable[[Any], int | None] = getattr(import_module(module), name)
    return function


def _enter(read: int, parent: int, target: str) -> None:
    """Run in the child: take the argument, import the target, call it."""
    die_with_parent(parent)
    share_arenas()
    with os.fdopen(read, "rb") as pipe:
        argument, nice = pickle.load(pipe)  # noqa: S301 - our own parent wrote it
    if nice:
        os.nice(nice)
    sys.exit(resolve(target)(argument) or 0)
