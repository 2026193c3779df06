"""The bytes of an answer, for users who want to see what came."""

from __future__ import annotations

import zlib

_MOST_KEPT = 8 * 2**20  # bytes of a compressed body, more than any text answer needs
_SMALL, _MANY = 4096, 64  # bytes of a piece, and pieces: more are compressed at once
_TOO_MUCH = b"\n\n: What came after this was more than is kept.\n"


class Body:
    """The compressed bytes of an answer. They are mostly JSON that repeats around each word."""

    def __init__(self) -> None:
        self._packer: zlib._Compress | None = None  # made for the first that is not small
        self._is_open = True
        self._packed: list[bytes] = []
        self._loose: list[bytes] = []  # packed together, which is faster than one by one
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes of memory that it takes."""
        return sum(map(len, (*self._packed, *self._loose)))

    def add(self, piece: bytes) -> None:
        """Add bytes."""
        if not self._is_open or self._size > _MOST_KEPT:
            return
        self._loose.append(piece)
        if len(piece) > _SMALL or len(self._loose) >= _MANY:
            self._packer = self._packer or zlib.compressobj(1)
            self._pack(self._packer)

    def end(self) -> None:
        """Take no more, and free the compressor, which takes a quarter of a megabyte."""
        self._is_open = False
        if self._packer is not None:
            self._pack(self._packer)
            self._packed.append(self._packer.flush())
            self._packer = None

    def read(self) -> bytes:
        """Return all bytes, or a comment instead of those that were too many."""
        rest = self._packer.copy().flush() if self._packer is not None else b""
        packed = b"".join(self._packed) + rest
        kept = (zlib.decompressobj().decompress(packed) if packed else b"") + b"".join(self._loose)
        return kept + _TOO_MUCH if self._size > _MOST_KEPT else kept

    def _pack(self, packer: zlib._Compress) -> None:
        packed = packer.compress(b"".join(self._loose))
        self._loose.clear()
        if packed:
            self._packed.append(packed)
            self._size += len(packed)
