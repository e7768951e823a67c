"""Where the command begins, ready to be interrupted while the rest of it is still being imported."""

from __future__ import annotations

import sys

from dataset_builder.interrupts import Interrupts, interrupted

TYPE_CHECKING = False  # `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """The command line, see `dataset_builder.cli`."""
    interrupts = Interrupts()
    try:
        interrupts.listen()
        from dataset_builder.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(interrupted())
    except Exception:
        if interrupts.came:
            sys.exit(interrupted())
        raise


if __name__ == "__main__":
    main()
