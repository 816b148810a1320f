"""Files of a closed surface for 3D printers: STL, which states no unit and is in mm, and 3MF, which states it."""

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from femnn.errors import ConfigError
from femnn.exporting.surfaces import Surface
from femnn.runtime.stack import meshio

NAMESPACES = "http://schemas.openxmlformats.org/package/2006"
MODEL = "http://schemas.microsoft.com/3dmanufacturing"
"""Beginnings of the names that ECMA-376 (packages) and the 3MF core specification give to their parts."""
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
TYPES = f"""{HEAD}<Types xmlns="{NAMESPACES}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/>
</Types>
"""
RELATIONS = f"""{HEAD}<Relationships xmlns="{NAMESPACES}/relationships">
<Relationship Target="/3D/3dmodel.model" Id="model" Type="{MODEL}/2013/01/3dmodel"/>
</Relationships>
"""


def write_stl(made: Surface, path: Path) -> None:
    """Write triangles as a binary STL file, in mm.

    Raises:
        ConfigError: the file cannot be written.
    """
    try:
        meshio.Mesh(made.points, [("triangle", made.triangles)]).write(path, file_format="stl", binary=True)
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror or error}.") from error


def write_3mf(made: Surface, name: str, path: Path) -> None:
    """Write triangles as one object of a 3MF file, in mm; it stands on the build plate with its lowest corner at 0.

    Args:
        made: a closed surface.
        name: what the object is called.
        path: where to.

    Raises:
        ConfigError: the file cannot be written.
    """
    low = made.points.min(axis=0)
    points = "\n".join(f'<vertex x="{x:.9g}" y="{y:.9g}" z="{z:.9g}"/>' for x, y, z in made.points.tolist())
    corners = "\n".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in made.triangles.tolist())
    title = escape("".join(letter for letter in name if letter.isprintable()), {'"': "&quot;"})
    place = " ".join(f"{x:.9g}" for x in (*np.eye(3).ravel(), *(-low + 0.0)))
    model = f"""{HEAD}<model unit="millimeter" xml:lang="en-US" xmlns="{MODEL}/core/2015/02">
<metadata name="Title">{title}</metadata>
<resources>
<object id="1" type="model" name="{title}">
<mesh>
<vertices>
{points}
</vertices>
<triangles>
{corners}
</triangles>
</mesh>
</object>
</resources>
<build>
<item objectid="1" transform="{place}"/>
</build>
</model>
"""
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, text in (
                ("[Content_Types].xml", TYPES),
                ("_rels/.rels", RELATIONS),
                ("3D/3dmodel.model", model),
            ):
                archive.writestr(part, text)
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror or error}.") from error
