"""The DIMACS reader: what it reads, and the sentence for everything it cannot read."""

import gzip
import re

import numpy as np
import pytest
from toy import FILES, grid, texts

from benchmarks.dimacs import files_of, read
from routing.errors import InputError

TIMES, LENGTHS, PLACES = FILES


def arcs_in(folder, name=TIMES):
    path = folder / name
    return read(files_of(path if path.exists() else folder / f"{name}.gz"))


def refused(folder, code, *words):
    with pytest.raises(InputError) as caught:
        arcs_in(folder)
    assert caught.value.code == code
    for word in words:
        assert word in str(caught.value)
    assert "/" not in str(caught.value)


@pytest.mark.parametrize("gzipped", [(), FILES, (LENGTHS,)], ids=["plain", "gzipped", "mixed"])
def test_reads(toy, gzipped):
    network = arcs_in(toy(gzipped=gzipped))
    arcs, places = (np.array(rows) for rows in grid())
    assert network.tail.dtype == network.head.dtype == np.int32
    np.testing.assert_array_equal(network.tail, arcs[:, 0] - 1)
    np.testing.assert_array_equal(network.head, arcs[:, 1] - 1)
    np.testing.assert_array_equal(network.seconds, arcs[:, 2] / 100)
    np.testing.assert_array_equal(network.ms, arcs[:, 2] * 10)
    np.testing.assert_array_equal(network.metres, arcs[:, 3] / 10)
    np.testing.assert_array_equal(network.lonlat, places[:, 1:] / 1e6)


@pytest.mark.parametrize("name", FILES)
def test_any_of_the_three_names_the_network(toy, name):
    files = files_of(toy() / name)
    assert files.name == "TOY"
    assert [files.times.name, files.lengths.name, files.places.name] == list(FILES)


@pytest.mark.parametrize("name", ["roads.osm.pbf", "tiny.TOY.gr", "tiny-x.TOY.gr", "tiny-t.gr"])
def test_other_names_are_no_network(tmp_path, name):
    assert files_of(tmp_path / name) is None


def test_irregular_lines_read_alike(toy, tmp_path_factory):
    """Blanks, comments, empty lines and carriage returns take the slow road to the same arrays."""
    regular = arcs_in(toy())
    odd = {
        name: "\r\n".join(
            ["", *(re.sub(" ", "  \t", line) + " \r\nc between" for line in text.splitlines()), "", "c last"]
        ).replace("p  \taux  \tsp  \tco", "p aux sp  co")
        for name, text in texts().items()
    }
    network = arcs_in(toy(odd))
    for name, values in vars(regular).items():
        np.testing.assert_array_equal(getattr(network, name), values)


def test_places_in_any_order(toy):
    head, *lines = texts()[PLACES].splitlines()[1:]
    turned = "\n".join([head, *reversed(lines)])
    np.testing.assert_array_equal(arcs_in(toy({PLACES: turned})).lonlat, arcs_in(toy()).lonlat)


def test_arc_to_itself_is_left_out(toy):
    text = {name: texts()[name].replace("a 1 2 ", "a 1 1 ", 1) for name in (TIMES, LENGTHS)}
    assert len(arcs_in(toy(text)).tail) == len(grid()[0]) - 1


def test_missing_sibling(toy):
    folder = toy()
    (folder / LENGTHS).unlink()
    refused(folder, "dimacs-missing", TIMES, LENGTHS)


@pytest.mark.parametrize("name", FILES)
def test_truncated_gzip(toy, name):
    folder = toy()
    raw = gzip.compress(texts()[name].encode())
    (folder / name).unlink()
    (folder / f"{name}.gz").write_bytes(raw[: len(raw) // 2])
    refused(folder, "dimacs-damaged", f"{name}.gz")


def test_damaged_gzip(toy):
    folder = toy()
    raw = bytearray(gzip.compress(texts()[TIMES].encode()))
    raw[len(raw) // 2] ^= 0xFF
    (folder / TIMES).unlink()
    (folder / f"{TIMES}.gz").write_bytes(bytes(raw))
    refused(folder, "dimacs-damaged", TIMES)


def changed(name, old, new):
    text = texts()[name]
    assert old in text
    return {name: text.replace(old, new, 1)}


WRONG = {
    "no header": (changed(TIMES, "p sp", "c sp"), "dimacs-header", TIMES, "p sp NODES ARCS"),
    "empty file": ({TIMES: ""}, "dimacs-header", TIMES),
    "header of another kind": (changed(TIMES, "p sp", "p max"), "dimacs-line", f"{TIMES}, line 2"),
    "header after the arcs": ({TIMES: "a 1 2 3\np sp 30 1\n"}, "dimacs-header", TIMES),
    "places without header": (changed(PLACES, "p aux", "c aux"), "dimacs-header", PLACES, "p aux sp co NODES"),
    "cut short": ({TIMES: texts()[TIMES][:400]}, "dimacs-", TIMES),
    "cut at a line": ({TIMES: texts()[TIMES].rsplit("\n", 3)[0]}, "dimacs-count", TIMES, "98", "96"),
    "no arcs": ({TIMES: "p sp 30 98\n"}, "dimacs-count", TIMES, "98", "has 0"),
    "node that is not there": (changed(TIMES, "a 2 1 ", "a 2 31 "), "dimacs-line", f"{TIMES}, line 5", "1..30"),
    "node zero": (changed(TIMES, "a 2 1 ", "a 0 1 "), "dimacs-line", f"{TIMES}, line 5", "1..30"),
    "negative weight": (changed(TIMES, "a 2 1 ", "a 2 1 -"), "dimacs-line", f"{TIMES}, line 5", "negative"),
    "negative length": (changed(LENGTHS, "a 2 1 ", "a 2 1 -"), "dimacs-line", f"{LENGTHS}, line 5", "negative"),
    "huge weight": (changed(TIMES, "a 2 1 ", "a 2 1 99999"), "dimacs-line", f"{TIMES}, line 5", "above"),
    "astronomic weight": (changed(TIMES, "a 2 1 ", "a 2 1 " + "9" * 30), "dimacs-line", f"{TIMES}, line 5"),
    "fraction": (changed(TIMES, "a 2 1 ", "a 2 1 0."), "dimacs-line", f"{TIMES}, line 5", "whole numbers"),
    "word": (changed(TIMES, "a 2 1 ", "a two 1 "), "dimacs-line", f"{TIMES}, line 5", "whole numbers"),
    "numbers glued by the letter": (changed(TIMES, "a 2 1 ", "a 2a1 1 "), "dimacs-line", f"{TIMES}, line 5"),
    "three numbers too few": (changed(TIMES, "a 2 1 ", "a 2 "), "dimacs-line", f"{TIMES}, line 5"),
    "line of another kind": (changed(TIMES, "a 2 1 ", "b 2 1 "), "dimacs-line", f"{TIMES}, line 5"),
    "words that balance": (changed(TIMES, "a 2 1 ", "a 2 1 7 "), "dimacs-line", f"{TIMES}, line 5"),
    "other network": (changed(LENGTHS, "a 2 1 ", "a 3 1 "), "dimacs-other-network", "line 5", LENGTHS),
    "other size": ({LENGTHS: "p sp 3 1\na 1 2 3\n"}, "dimacs-other-network", TIMES, LENGTHS),
    "places of another network": ({PLACES: "p aux sp co 1\nv 1 2 3\n"}, "dimacs-other-network", PLACES),
    "place missing": ({PLACES: texts()[PLACES].rsplit("\n", 2)[0]}, "dimacs-count", PLACES, "30", "29"),
    "place twice": (changed(PLACES, "v 2 ", "v 1 "), "dimacs-line", f"{PLACES}, line 4", "already"),
    "place of a node that is not there": (changed(PLACES, "v 2 ", "v 44 "), "dimacs-line", f"{PLACES}, line 4"),
    "place off the globe": (changed(PLACES, "v 2 107", "v 2 207"), "dimacs-line", f"{PLACES}, line 4", "latitude"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_gets_its_sentence(toy, case):
    other, code, *words = WRONG[case]
    with pytest.raises(InputError) as caught:
        arcs_in(toy(other))
    assert caught.value.code.startswith(code)
    for word in words:
        assert word in str(caught.value)
