"""How far a long run is, as one line of a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_BAR: Final = 24


@dataclass(frozen=True)
class Progress:
    """What has been done since the start."""

    step: str
    """What is being done, e.g. `cleaning`."""
    pages: int = 0
    size: int = 0
    """Bytes of the pages' text, about."""
    reused: int = 0
    """Pages of batches that were done before; not in `pages`."""
    total: int | None = None
    """All pages, when that is known."""

    def line(self, seconds: float) -> str:
        """Bar, counts, rate and time left, after so many seconds; no character of any page."""
        done = self.pages + self.reused
        rate = self.pages / seconds if seconds > 0 else 0.0
        parts = [self.step]
        if self.total:
            share = min(done / self.total, 1.0)
            filled = int(share * _BAR)
            parts.append(f"[{'#' * filled}{'-' * (_BAR - filled)}] {share:4.0%}")
        parts.append(f"{done:,} pages")
        if rate:
            parts.append(f"{rate:,.0f} pages/s, {self.size / seconds / 1e6:.1f} MB/s")
        if self.reused:
            parts.append(f"{self.reused:,} done before")
        if self.total and rate and done < self.total:
            parts.append(f"{_time((self.total - done) / rate)} left")
        return "  ".join(parts)


def _time(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
