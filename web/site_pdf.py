"""A scenario's report as a PDF: the words of the page, laid out by `recycling.exports.scenario_pdf`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import format_decimal, gettext

from recycling.exports.fonts import chinese_font
from web import site_view
from web.language import dated_text, language
from web.services import services

if TYPE_CHECKING:
    from recycling.exports.scenario_pdf import Drawing, Part, Table, Tornado
    from web.site_exports import Report


def report_pdf(told: Report) -> bytes:
    """Return the report of a scenario.

    Raises
    ------
    UnavailableError
        Where no font with Chinese characters is found.
    """
    from recycling.exports.scenario_pdf import scenario_pdf  # fpdf loads only when a report is wanted

    s, area, scenario = services(), told.area, told.scenario
    chinese = language().startswith("zh")
    local = s.settings.clock.local(told.now)
    about = [
        area.name if chinese else area.name_en,
        told.depot.label(language()) if told.depot else gettext("all communities"),
        gettext("version %(number)s", number=scenario.version),
        f"{dated_text(local.date())} {local:%H:%M}",
    ]
    return scenario_pdf(
        gettext("Sorting centres: %(name)s", name=scenario.name),
        " · ".join(about),
        f"{area.notice['zh']} / {area.notice['en']}" if area.notice else "",
        _drawing(told),
        _parts(told),
        chinese_font(s.settings.sheets.font),
        chinese,
        f"{scenario.name} · {local:%Y-%m-%d %H:%M}",
    )


def _parts(told: Report) -> list[Part]:
    found = told.look.worth
    parts: list[Part] = [
        gettext("No road leads to %(name)s: it is not counted. Move it.", name=row.label(language()))
        for row in told.look.off_road
    ]
    if found is not None and found.lost_communities:
        parts.append(
            gettext(
                "%(communities)s communities with %(people)s people have no way to any open site: they are in no mean, "
                "no tonne and no cost.",
                communities=found.lost_communities,
                people=_number(found.unreached),
            )
        )
    parts += [
        _figures(told),
        gettext("“No difference” also stands where it may be chance, because what places bring is known only roughly."),
        _by_site(told),
        _bands(told),
        _towns(told),
        _tornado(told),
        _swings(told),
        _stresses(told),
        _assumed(told),
        gettext(
            "Everybody’s things go to the open site that a truck reaches soonest; a site that gets more than it can "
            "sort is said to be over full."
        ),
    ]
    return parts


def _drawing(told: Report) -> Drawing:
    from recycling.exports.scenario_pdf import Dots, Drawing, Site

    picture = told.picture
    at = {number: (x, y) for x, y, number, _ in picture.numbers}
    return Drawing(
        1000,
        picture.height,
        picture.rings,
        [Dots(spots, hue, sign) for spots, hue, sign in picture.spots],
        [
            Site(at[row.number], row.number, row.site.label(language()), row.hue, row.dot, row.over)
            for row in told.rows
            if row.number
        ],
    )


def _table(title: str, head: list[str], rows: list[list[str]], widths: tuple[float, ...], *words: int) -> Table:
    from recycling.exports.scenario_pdf import Table

    return Table(title, tuple(head), [tuple(row) for row in rows], widths, words)


def _figures(told: Report) -> Table:
    rows = []
    for line in told.lines:
        unit = site_view.unit(line.figure)
        word = gettext(line.figure.word) + (f" ({unit})" if unit else "")
        values = [site_view.said(line.figure, value) for value in (line.first, line.second)]
        rows.append([word, *values, site_view.changed(line)])
    head = [gettext("Figure"), gettext("As it stands"), told.scenario.name, gettext("Difference")]
    return _table(gettext("Figures"), head, rows, (4, 2, 2, 2))


def _by_site(told: Report) -> Table:
    rows = [
        [
            f"{row.number}  {row.site.label(language())}",
            *(_number(value) for value in (row.worth.people, row.worth.tonnes, row.worth.capacity)),
            _percent(row.worth.full),
            _minutes(row.worth.minutes),
            _minutes(row.worth.farthest),
            _number(row.worth.km),
        ]
        for row in told.rows
        if row.worth is not None
    ]
    head = [
        gettext("Site"),
        gettext("People"),
        gettext("Tonnes a year"),
        gettext("Can sort"),
        gettext("Share of that"),
        gettext("Minutes, mean"),
        gettext("Minutes, most"),
        gettext("Kilometres a year"),
    ]
    return _table(gettext("By site"), head, rows, (5.4, 2, 2, 2, 2, 2, 2, 2.4))


def _bands(told: Report) -> Table:
    found = told.look.worth
    rows = [] if found is None else [[word, _number(people)] for word, people in site_view.bands(found)]
    head = [gettext("Minutes"), gettext("People")]
    return _table(gettext("People by minutes to their site"), head, rows, (3, 1))


def _towns(told: Report) -> Table:
    rows = []
    for town in told.towns:
        site = told.number_of.get(told.town_site.get((town.county, town.town), ""), "")
        times = [_minutes(town.second), _minutes(town.first)]
        rows.append([f"{town.county} {town.town}", _number(town.people), *times, str(site)])
    head = [gettext("Town"), gettext("People"), gettext("Minutes"), gettext("As it stands"), gettext("Site")]
    title = gettext("The %(count)s towns that have it farthest", count=len(told.towns))
    return _table(title, head, rows, (4, 2, 2, 2, 1))


def _tornado(told: Report) -> Tornado:
    from recycling.exports.scenario_pdf import Tornado

    words = [row["swing"].word for row in told.swings]
    parts = [[(x, long, name == "less") for x, long, name in row["parts"]] for row in told.swings]
    bars = [(gettext(word), part) for word, part in zip(words, parts, strict=True)]
    about = gettext(
        "Each assumption is made %(percent)s %% less and %(percent)s %% more, the others stay. The line in the middle "
        "is the cost of this scenario; the figures are yuan a year.",
        percent=told.percent,
    )
    return Tornado(gettext("What the cost hangs on"), about, bars, *_less_and_more(told))


def _less_and_more(told: Report) -> tuple[str, str]:
    return (
        gettext("%(percent)s %% less", percent=told.percent),
        gettext("%(percent)s %% more", percent=told.percent),
    )


def _swings(told: Report) -> Table:
    swings = [row["swing"] for row in told.swings]
    rows = [[gettext(one.word), _number(one.less), _number(one.more)] for one in swings]
    return _table("", [gettext("Assumption"), *_less_and_more(told)], rows, (4, 2, 2))


def _stresses(told: Report) -> Table:
    rows = []
    for one in told.stresses:
        found = one.worth
        rows.append(
            [
                gettext(one.word) + (f" ({one.name})" if one.name else ""),
                _number(found.yuan) if one.whole_year else "–",
                _minutes(found.minutes),
                _percent(found.fullest.full) if found.fullest else "",
                str(one.over_full),
                _number(found.unreached),
            ]
        )
    head = [
        gettext("What happens"),
        gettext("Yuan a year"),
        gettext("Minutes"),
        gettext("Fullest centre"),
        gettext("Sites over full"),
        gettext("People without a way"),
    ]
    return _table(gettext("When things go wrong"), head, rows, (5, 2.2, 1.6, 2, 2, 2.2))


def _assumed(told: Report) -> Table:
    rules = told.look.assumed
    rows = [
        [gettext("Minutes of reach"), str(rules.reach_minutes)],
        [gettext("What is brought, in percent of what is expected"), str(rules.demand_percent)],
        [gettext("A truck carries, t"), f"{rules.load_tonnes:.2f}"],
        [
            gettext("Yuan a kilometre, yuan an hour"),
            f"{rules.cost_per_km / 100:.2f} / {rules.cost_per_hour / 100:.2f}",
        ],
        [gettext("Yuan for sorting a tonne"), format_decimal(rules.yuan_a_tonne)],
        [gettext("Yuan a year for a centre that stands"), format_decimal(rules.standing_yuan)],
        [gettext("Grams of carbon dioxide a kilometre"), format_decimal(rules.grams_co2_per_km)],
    ]
    return _table(gettext("What is assumed"), [gettext("Assumption"), ""], rows, (4, 2))


def _number(value: float) -> str:
    return str(format_decimal(round(value)))


def _minutes(value: float | None) -> str:
    return gettext("no way") if value is None else site_view.said(site_view.FIGURE["minutes"], value)


def _percent(share: float) -> str:
    return f"{site_view.said(site_view.FIGURE['fullest'], 100 * share)} %"
