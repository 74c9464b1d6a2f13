"""Arrays small enough to travel in a page.

    q = round((a − low) / step),   |low + step q − a| ≤ step / 2

with 2^b − 1 steps between the extremes. What follows in the first axis is much like
what went before, so differences of neighbours are compressed (zlib), high bytes apart
from low ones.
"""

import zlib
from base64 import b64decode, b64encode
from typing import Any

import numpy as np

from evophys_lib.physics.grid import Array

Packed = dict[str, Any]


def pack(values: Array, *, bytes_each: int) -> Packed:
    """An array (n, …) with 1 or 2 bytes for a number, JSON-able."""
    values = values.astype(np.float64)
    low, high = float(values.min()), float(values.max())
    step = (high - low) / (256**bytes_each - 1) or 1.0
    kind = np.uint8 if bytes_each == 1 else np.dtype("<u2")
    q = np.rint((values - low) / step).astype(kind).reshape(len(values), -1)
    moved = np.diff(q, axis=0, prepend=q[:1] * 0)  # modulo 256^b
    planes = moved.reshape(-1, 1).view(np.uint8).T[::-1]  # (b, n), high bytes first
    return {
        "shape": list(values.shape),
        "low": low,
        "step": step,
        "bytes": bytes_each,
        "data": b64encode(zlib.compress(planes.tobytes(), 9)).decode("ascii"),
    }


def unpack(packed: Packed) -> Array:
    """The array again, each number within half a step."""
    planes = np.frombuffer(zlib.decompress(b64decode(packed["data"])), np.uint8)
    planes = planes.reshape(packed["bytes"], -1)[::-1]  # low bytes first
    kind = np.uint8 if packed["bytes"] == 1 else np.dtype("<u2")
    moved = np.ascontiguousarray(planes.T).view(kind).reshape(packed["shape"])
    q = np.cumsum(moved, axis=0, dtype=kind)
    values: Array = packed["low"] + packed["step"] * q.astype(np.float64)
    return values
