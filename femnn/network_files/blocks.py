"""Blocks of a drawing, taken apart into what is seen of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.insert import Insert

from femnn.errors import ConfigError

BY_BLOCK = "0"
"""What is drawn on this layer within a block is on the layer that the block is inserted on."""
MOST = 1_000_000
"""Entities that the blocks of a drawing may hold in all."""


class Blocks:
    """Takes blocks apart, and counts what comes of them."""

    def __init__(self, path: Path) -> None:
        """Begin.

        Args:
            path: file of the drawing, for messages.
        """
        self._path, self._entities = path, 0
        self._inserted: Counter[str] = Counter()
        self._sizes: dict[str, int] = {}

    @property
    def note(self) -> str:
        """What is to be said of the blocks; empty where there are none."""
        names = ", ".join(
            f"{name!r} {count} times" if count > 1 else f"{name!r}" for name, count in self._inserted.items()
        )
        return f"blocks are taken apart: {names}" if names else ""

    def apart(self, insert: Insert) -> Iterator[DXFEntity]:
        """Yield what a block holds, in world coordinates and on the layers where it is seen.

        A block in another file, or without a definition, is yielded as it is.

        Args:
            insert: the block where it is inserted, once or in rows and columns.

        Raises:
            ConfigError: a block is in itself, or blocks hold more than :data:`MOST` entities in all.
        """
        # Counted before anything is copied: blocks within blocks multiply
        self._entities += self._count(insert, ())
        if self._entities > MOST:
            raise ConfigError(
                f"Cannot read {self._path}: its blocks hold more than {MOST:,} entities; save the lattice alone."
            )
        yield from self._parts(insert)

    def _parts(self, insert: Insert) -> Iterator[DXFEntity]:
        if _is_foreign(insert):
            yield insert
            return
        self._inserted[str(insert.dxf.name)] += insert.mcount
        for one in insert.multi_insert() if insert.mcount > 1 else [insert]:
            for part in one.virtual_entities():
                if part.dxf.get("layer", BY_BLOCK) == BY_BLOCK:
                    part.dxf.layer = insert.dxf.get("layer", BY_BLOCK)
                if insert.dxf.get("invisible", 0):
                    part.dxf.invisible = 1
                # Extended data name one node or bond, not one in every place
                part.xdata = None
                if isinstance(part, Insert):
                    yield from self._parts(part)
                else:
                    yield part

    def _count(self, insert: Insert, within: tuple[str, ...]) -> int:
        """Entities that a block comes to, with those of the blocks in it."""
        name = str(insert.dxf.name)
        if name in within:
            raise ConfigError(
                f"Cannot read {self._path}: the block {name!r} is in itself; explode it in the CAD program."
            )
        block = None if _is_foreign(insert) else insert.block()
        if block is None:
            return 1
        if name not in self._sizes:
            own = (*within, name)
            self._sizes[name] = sum(self._count(part, own) if isinstance(part, Insert) else 1 for part in block)
        return self._sizes[name] * max(1, insert.mcount)


def _is_foreign(insert: Insert) -> bool:
    """Whether a block is in another file, or is not defined."""
    block = insert.block()
    return block is None or block.block is None or block.block.is_xref or block.block.is_xref_overlay
