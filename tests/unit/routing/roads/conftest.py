"""Tiny OSM files with exact roads, and the folder of real extracts."""

from collections.abc import Callable
from pathlib import Path

import osmium
import pytest
from osmium.osm.mutable import Node, Way

STEP = 0.001  # degrees between grid nodes: 111.3 m east-west on the equator, 110.6 m north-south

WriteOsm = Callable[..., Path]


@pytest.fixture
def write_osm(tmp_path: Path) -> WriteOsm:
    """Write ways over a grid on the equator: node 10 * row + column lies at (column, row) * STEP."""

    def write(*ways: tuple[list[int], dict[str, str]], name: str = "tiny.osm.pbf", lost: tuple[int, ...] = ()) -> Path:
        path = tmp_path / name
        path.unlink(missing_ok=True)
        used = sorted({node for nodes, _ in ways for node in nodes} - set(lost))
        with osmium.SimpleWriter(str(path)) as writer:
            for node in used:
                writer.add_node(Node(id=node, location=(node % 10 * STEP, node // 10 * STEP)))
            for number, (nodes, tags) in enumerate(ways, start=1):
                writer.add_way(Way(id=number, nodes=nodes, tags=tags))
        return path

    return write


@pytest.fixture(scope="session")
def extracts() -> Path:
    """Folder with real OpenStreetMap extracts, kept beside the repository."""
    folder = Path(__file__).resolve().parents[4].parent / "shared" / "osm"
    if not (folder / "monaco.osm.pbf").is_file():
        pytest.skip("real extracts are not here: put monaco.osm.pbf into ../shared/osm beside the repository")
    return folder
