"""A scenario's report as a PDF: it says what the page says, its map is drawn, nothing lies beside the page."""

import re
from pathlib import Path
from urllib.parse import quote

import pypdfium2
import pypdfium2.raw
import pytest

from recycling import network
from recycling.accounts.actors import system
from recycling.errors import UnavailableError
from recycling.exports import fonts, scenario_pdf
from recycling.exports.scenario_pdf import Dots, Drawing, Site, Table, Tornado
from recycling.road_changes import ClosureRule, close
from recycling.sites.scenarios import make
from recycling.sites.ways import WaysDesk
from web import site_pdf
from web.app import create_app
from web.services import Services

pytestmark = pytest.mark.skipif(
    not any(Path(path).is_file() for path in fonts.KNOWN), reason="no Chinese font here: run tests/prepare-system"
)
A4 = (595.28, 841.89)


@pytest.fixture
def planner(sqlite_record, settings, catalogue, fleet, at_now, home, signed_in):
    app = create_app(Services(sqlite_record, settings, catalogue, fleet, ways=WaysDesk(apart=False)))
    return signed_in(app, "planner")


@pytest.fixture
def path(sqlite_record, settings, fleet, now, home):
    with sqlite_record.write() as session:
        rule = ClosureRule(name="桥梁施工", edges=tuple(range(100, 108)), last="2026-03-01")
        close(network.the_area(session).roads, rule)
        return f"/plan/sites/{make(session, settings, fleet, '现状', None, system('test'), now).id}"


@pytest.fixture
def opened():
    """Return a function that opens a PDF; all are closed afterwards."""
    found = []

    def look(data):
        found.append(pypdfium2.PdfDocument(data))
        return found[-1]

    yield look
    for pdf in found:
        pdf.close()


def said(pdf):
    """The pages' text without spaces and ends of lines, which depend on the width of columns."""
    return "".join("".join(page.get_textpage().get_text_range().split()) for page in pdf)


def bounds(pdf):
    return [(number, one.get_bounds()) for number, page in enumerate(pdf) for one in page.get_objects()]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Sortingcentres:现状", "Whatthecosthangson", "Whenthingsgowrong", "Everybody'sthingsgoto", "Bysite")),
        ("zh_CN", ("现状", "演示", "费用取决于什么", "出现意外时")),
    ],
)
def test_it_says_in_the_reader_s_language_what_the_page_says(planner, path, opened, language, words):
    planner.set_cookie("language", language)
    answer = planner.get(f"{path}/scenario.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert quote("现状.pdf") in answer.headers["Content-Disposition"]
    text = said(opened(answer.data))
    for word in words:
        assert word in text, word
    assert "演示/demonstration" in text
    page = planner.get(f"{path}/report").text
    assert f'href="{path}/scenario.pdf"' in page
    for cell in re.findall(r'<td class="amount">([^<]+)</td>', page):
        assert "".join(cell.split()) in text, cell


def test_the_map_is_drawn_as_lines_and_signs_and_nothing_lies_outside_the_page(planner, path, opened):
    pdf = opened(planner.get(f"{path}/scenario.pdf").data)
    first = [one.type for one in pdf[0].get_objects()]
    assert first.count(pypdfium2.raw.FPDF_PAGEOBJ_PATH) > 4
    assert pypdfium2.raw.FPDF_PAGEOBJ_IMAGE not in first
    for number, (left, bottom, right, top) in bounds(pdf):
        assert left >= 20, number
        assert bottom >= 10, number
        assert right <= A4[0] - 20, number
        assert top <= A4[1] - 20, number


def test_rows_of_tables_are_white_whatever_was_drawn_before(planner, path, opened):
    pdf = opened(planner.get(f"{path}/scenario.pdf").data)
    page = pdf[len(pdf) - 1].render(scale=1).to_pil().convert("RGB")
    colours = page.getcolors(page.width * page.height)
    assert max(colours)[1] == (255, 255, 255)
    blue = sum(count for count, (red, green, blue) in colours if blue > red + 60)
    assert blue < page.width * page.height / 10, "bars of the tornado alone"


def test_the_cut_of_the_address_is_in_it(planner, path, opened):
    assert "桥梁施工" in said(opened(planner.get(f"{path}/scenario.pdf?closure=桥梁施工").data))
    assert "桥梁施工" not in said(opened(planner.get(f"{path}/scenario.pdf").data))
    page = planner.get(f"{path}/report?closure=桥梁施工").text
    link = re.search(r'href="([^"]+scenario\.pdf[^"]*)"', page).group(1)
    assert "桥梁施工" in said(opened(planner.get(link.replace("&amp;", "&")).data))


def test_without_a_font_a_sentence_says_what_to_do(planner, path, monkeypatch):
    def none(_):
        raise UnavailableError.one("no-font", "This machine has no font with Chinese characters.")

    monkeypatch.setattr(site_pdf, "chinese_font", none)
    answer = planner.get(f"{path}/scenario.pdf")
    assert answer.status_code == 503
    assert planner.get(f"{path}/scenario.docx").status_code == 404


def report(sites, rows, title="方案"):
    drawing = Drawing(
        1000, 700, [[(0, 0), (1000, 0), (1000, 700)]], [Dots([(10, 10), (500, 300)], "#0072B2", "ring")], sites
    )
    table = Table("Towns", ("Town", "People"), rows, (3, 1))
    bars = Tornado("Cost", "about", [("fuel", [(0.0, 300.0, True), (300.0, 300.0, False)])], "less", "more")
    return scenario_pdf.scenario_pdf(
        title, "about", "notice", drawing, [table, bars, "the end"], fonts.chinese_font(), True, "foot"
    )


@pytest.mark.parametrize("count", [0, 1, 40])
def test_many_sites_long_names_and_long_tables_stay_on_their_pages(opened, count):
    signs = ("full", "ring", "cross")
    sites = [
        Site((20.0 * k, 15.0 * k), k + 1, "很长的名称" * 12, "#D55E00", signs[k % 3], k % 2 == 0) for k in range(count)
    ]
    pdf = opened(report(sites, [(f"一个镇 {k}", str(k)) for k in range(120)], "方案名称" * 15))
    text = said(pdf)
    assert text.count("TownPeople") > 1, "its head stands on every page of a table"
    assert "一个镇119119" in text
    assert text.endswith(f"foot·notice{len(pdf)}/{len(pdf)}")
    assert "theend" in text
    for number, (left, bottom, right, top) in bounds(pdf):
        assert left >= 20, number
        assert bottom >= 10, number
        assert right <= A4[0] - 20, number
        assert top <= A4[1] - 20, number
