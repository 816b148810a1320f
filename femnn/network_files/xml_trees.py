"""XML of untrusted files as trees: without entities, and not deeper than any mesh file is."""

from xml.etree import ElementTree
from xml.parsers import expat

DEEPEST = 64
"""Elements within each other, at most."""


def parse_xml(content: bytes) -> ElementTree.Element:
    """Return the root of an XML text.

    Args:
        content: the text, in the encoding that it states.

    Raises:
        ValueError: it declares entities, which can name other files or grow without end; it is deeper than
            :data:`DEEPEST`; or it is no XML.
    """
    tree, parser = ElementTree.TreeBuilder(), expat.ParserCreate()
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise ValueError(f"its elements are more than {DEEPEST} deep")
        tree.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        tree.end(tag)

    def refuse(name: str, *_: object) -> None:
        raise ValueError(f"it declares the entity {name[:40]!r}, and no entities are read; take the declaration out")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = tree.data, refuse
    parser.buffer_text = True
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(f"it is no XML: {error}") from error
    return tree.close()
