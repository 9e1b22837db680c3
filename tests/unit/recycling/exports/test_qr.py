"""QR codes: a picture that says its name, and that holds exactly the text."""

import re
from xml.etree import ElementTree

import pytest
import segno

from recycling.exports.qr import qr_svg

LINK = "https://recycling.example.cn/b/C9WnXybLavSO1OM2BUfnCjVdsfdLs3x0"


def drawn(svg):
    """The dark modules of the picture, as a table, from its path of strokes."""
    root = ElementTree.fromstring(svg)
    size = int(root.attrib["viewBox"].split()[2])
    table = [[0] * size for _ in range(size)]
    path = next(p for p in root.iter() if p.tag.endswith("path") and p.attrib.get("stroke"))
    assert path.attrib["stroke"] == "#000"
    x = y = 0.0
    for command, arguments in re.findall(r"([Mmhv])([-\d. ]+)", path.attrib["d"]):
        numbers = [float(n) for n in arguments.split()]
        if command == "M":
            x, y = numbers
        elif command == "m":
            x, y = x + numbers[0], y + numbers[1]
        else:
            for k in range(int(numbers[0])):
                table[int(y)][int(x) + k] = 1
            x += numbers[0]
    return table


def test_the_picture_holds_the_text():
    wanted = [list(row) for row in segno.make(LINK, error="m", micro=False).matrix_iter(border=4)]
    assert drawn(qr_svg(LINK, "x")) == [[1 if m else 0 for m in row] for row in wanted]


def test_it_has_a_name_and_cannot_be_broken_out_of():
    svg = qr_svg(LINK, '二维码 "><script>alert(1)</script>')
    root = ElementTree.fromstring(svg)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == '二维码 "><script>alert(1)</script>'
    assert "<script" not in svg
    assert root.attrib["class"] == "qr"
    assert 'fill="#fff"' in svg, "it stays readable in the dark"


@pytest.mark.parametrize("text", ["", "x" * 501])
def test_what_no_phone_would_read_is_refused(text):
    with pytest.raises(ValueError, match="1 to 500"):
        qr_svg(text, "x")
