"""Tiny OSM files with exact roads, and the folder of real extracts."""

from collections.abc import Callable
from pathlib import Path

import osmium
import pytest
from osmium.osm.mutable import Node, Relation, Way

STEP = 0.001  # degrees between grid nodes: 111.3 m east-west on the equator, 110.6 m north-south

WriteOsm = Callable[..., Path]


@pytest.fixture
def write_osm(tmp_path: Path) -> WriteOsm:
    """Write ways over a grid on the equator: node 10 * row + column lies at (column, row) * STEP.

    Ways are numbered from 1. Of ``nodes`` the tags are given, of ``relations`` the tags and the members: (type,
    id, role), a way unless the type says otherwise.
    """

    def write(
        *ways: tuple[list[int], dict[str, str]],
        name: str = "tiny.osm.pbf",
        lost: tuple[int, ...] = (),
        nodes: dict[int, dict[str, str]] | None = None,
        relations: tuple[tuple[dict[str, str], list[tuple[str, int, str]]], ...] = (),
    ) -> Path:
        path = tmp_path / name
        path.unlink(missing_ok=True)
        tagged = nodes or {}
        used = sorted(({node for nodes, _ in ways for node in nodes} | set(tagged)) - set(lost))
        with osmium.SimpleWriter(str(path)) as writer:
            for node in used:
                place = (node % 10 * STEP, node // 10 * STEP)
                writer.add_node(Node(id=node, location=place, tags=tagged.get(node, {})))
            for number, (refs, tags) in enumerate(ways, start=1):
                writer.add_way(Way(id=number, nodes=refs, tags=tags))
            for number, (tags, members) in enumerate(relations, start=1):
                writer.add_relation(Relation(id=number, members=members, tags={"type": "restriction", **tags}))
        return path

    return write


@pytest.fixture(scope="session")
def extracts() -> Path:
    """Folder with real OpenStreetMap extracts, kept beside the repository."""
    folder = Path(__file__).resolve().parents[4].parent / "shared" / "osm"
    if not (folder / "monaco.osm.pbf").is_file():
        pytest.skip("real extracts are not here: put monaco.osm.pbf into ../shared/osm beside the repository")
    return folder
