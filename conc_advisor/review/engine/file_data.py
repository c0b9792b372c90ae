"""What a file holds, before anything of it is understood."""

import hashlib
from typing import Final

from conc_advisor.review.engine.orders import FileOrder
from conc_advisor.scanning.source import read_data

_DIGEST_BYTES: Final = 16


def digest_of(data: bytes) -> bytes:
    """Return 16 bytes that tell this text from any other."""
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest()


def data_of(order: FileOrder) -> bytes:
    """Return what a file holds; raises `UnreadableError`."""
    return read_data(order.path) if order.data is None else order.data
