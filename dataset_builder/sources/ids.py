"""A set of article ids for millions of pages."""

from __future__ import annotations

from array import array


class IdSet:
    """Remembers article ids (16 hex digits) in 11 to 21 bytes each. Open addressing; ids are parts
    of SHA-256, so they are their own hash."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * 1024))
        self._count = 0
        self._zero = False  # 0 marks a free slot

    def __len__(self) -> int:
        return self._count + self._zero

    def add(self, article_id: str) -> bool:
        """Add an id; whether it is new."""
        value = int(article_id, 16)
        if not value:
            new, self._zero = not self._zero, True
            return new
        if self._count * 4 >= len(self._slots) * 3:
            self._grow()
        if not _put(self._slots, value):
            return False
        self._count += 1
        return True

    def _grow(self) -> None:
        slots = array("Q", bytes(16 * len(self._slots)))
        for value in self._slots:
            if value:
                _put(slots, value)
        self._slots = slots


def _put(slots: array[int], value: int) -> bool:
    mask = len(slots) - 1
    at = value & mask
    while slots[at]:
        if slots[at] == value:
            return False
        at = (at + 1) & mask
    slots[at] = value
    return True
