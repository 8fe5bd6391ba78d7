"""How much one asker may ask of a server: requests in a time, by a bucket that fills again, and requests under way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

#: Askers that are known before those are forgotten who are owed nothing.
MOST_KNOWN = 100_000


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests a second in the long run, as many more at once after a rest, and requests that are not answered yet."""

    per_second: float = 100.0
    burst: int = 5_000
    under_way: int = 2_000

    def __post_init__(self) -> None:
        if not (self.per_second > 0 and self.burst >= 1 and self.under_way >= 1):
            raise ValueError("limits of requests are above zero")


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float
    under_way: int = 0


class Rates:
    """What each asker has left. `clock` gives seconds that never go back."""

    def __init__(self, limits: RateLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits, self._clock = limits, clock
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def begin(self, who: str) -> float:
        """0 when a request may go on, to be followed by `end`; else the seconds after which the next may."""
        limits, now = self.limits, self._clock()
        with self._lock:
            if who not in self._buckets and len(self._buckets) >= MOST_KNOWN:
                self._forget(now)
            bucket = self._buckets.setdefault(who, _Bucket(limits.burst, now))
            bucket.left = min(limits.burst, bucket.left + (now - bucket.at) * limits.per_second)
            bucket.at = now
            if bucket.left < 1:
                return (1 - bucket.left) / limits.per_second
            if bucket.under_way >= limits.under_way:
                return 1.0
            bucket.left -= 1
            bucket.under_way += 1
            return 0.0

    def end(self, who: str) -> None:
        """A request that went on is answered."""
        with self._lock:
            self._buckets[who].under_way -= 1

    def _forget(self, now: float) -> None:
        limits = self.limits
        self._buckets = {
            who: b
            for who, b in self._buckets.items()
            if b.under_way or b.left + (now - b.at) * limits.per_second < limits.burst
        }


def network_of(address: str) -> str:
    """Whom an address stands for: itself; of IPv6 its first 64 bits, as one household has all addresses below (RFC 6177 §2)."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found)
