"""Being asked to end, by Ctrl-C or otherwise. Imports next to nothing: it is there first."""

from __future__ import annotations

import signal
import sys

TYPE_CHECKING = False  # `typing` itself takes longer to import than all of this
if TYPE_CHECKING:
    from typing import NoReturn

INTERRUPTED = 130


class Interrupts:
    """Handler of the signals that ask to end: raises KeyboardInterrupt, and remembers it came.

    A library that is interrupted, above all while it is being imported, may turn it into an error
    of its own; what was meant is still an interruption.
    """

    came = False

    def __call__(self, _signal: int, _frame: object) -> NoReturn:
        """Called by Python when a signal came."""
        self.came = True
        raise KeyboardInterrupt

    def listen(self) -> None:
        """Ctrl-C, being told to end, and a terminal that closes; not what `nohup` wants ignored."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self)


def interrupted() -> int:
    """Say so; the exit code."""
    if sys.stderr is not None:
        sys.stderr.write("interrupted; nothing is half-written, run the same command again\n")
        sys.stderr.flush()
    return INTERRUPTED
