"""The bytes of an answer, kept for whoever wants to see what came."""

from __future__ import annotations

import zlib

_MOST_KEPT = 8 * 2**20  # bytes of a body, packed: more than any answer takes that is text
_SMALL, _MANY = 4096, 64  # bytes, and pieces: what is more is packed
_TOO_MUCH = b"\n\n: What came after this was more than is kept.\n"
_WITHHELD = b": What came repeated the key in pieces, so it is not kept.\n"


class Body:
    """The bytes of an answer, kept small: the JSON around each word is many times the word, and always the same."""

    def __init__(self) -> None:
        self._packer: zlib._Compress | None = zlib.compressobj(1)
        self._packed: list[bytes] = []
        self._loose: list[bytes] = []  # not packed yet: many at once take less time than each
        self._size = 0
        self._withheld = False

    def add(self, piece: bytes) -> None:
        """Keep more of them."""
        if self._packer is None or self._size > _MOST_KEPT:
            return
        self._loose.append(piece)
        if len(piece) > _SMALL or len(self._loose) >= _MANY:
            self._pack(self._packer)

    def withhold(self) -> None:
        """Keep none of them: they hold the key, in pieces that no one look finds."""
        self._withheld, self._packer = True, None
        self._packed.clear()
        self._loose.clear()

    def end(self) -> None:
        """Take no more: to be ready for more takes a quarter of a megabyte."""
        if self._packer is not None:
            self._pack(self._packer)
            self._packed.append(self._packer.flush())
            self._packer = None

    def read(self) -> bytes:
        """Give them all; a comment in place of those that are not kept."""
        if self._withheld:
            return _WITHHELD
        rest = self._packer.copy().flush() if self._packer is not None else b""
        kept = zlib.decompressobj().decompress(b"".join(self._packed) + rest) + b"".join(self._loose)
        return kept + _TOO_MUCH if self._size > _MOST_KEPT else kept

    def _pack(self, packer: zlib._Compress) -> None:
        packed = packer.compress(b"".join(self._loose))
        self._loose.clear()
        if packed:
            self._packed.append(packed)
            self._size += len(packed)
