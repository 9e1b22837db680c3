"""The columns of layers by their names; short enough for a shapefile, whose names have ten signs."""

from __future__ import annotations

from collections.abc import Sequence

from recycling.errors import N_, BadRequestError, Listing
from recycling.intake.cells import Column
from recycling.layers.found import MOST_COLUMNS

PLACE = (
    Column("lon", "经度", "lon", False, ("longitude", "lng", "x")),
    Column("lat", "纬度", "lat", False, ("latitude", "y")),
    Column("crs", "坐标系", "crs", False, ("coordinates",)),
)
"""Where a row of a table lies; other formats have that apart."""

SITES = (
    Column("code", "编号", "code", False, ("id",)),
    Column("ref", "原编号", "ref"),
    Column("name", "名称", "name", True, ("场地名称",)),
    Column("name_en", "英文名", "name_en"),
    Column("kind", "类别", "kind"),
    Column("open", "启用", "open"),
    Column("size", "规模", "size"),
    Column("operator", "运营单位", "operator", False, ("运营主体",)),
    Column("ownership", "权属", "ownership", False, ("所有制",)),
    Column("rent_yuan", "年租金元", "rent_yuan", False, ("年租金",)),
    Column("land_yuan", "年土地费元", "land_yuan", False, ("年土地费",)),
    Column("build_yuan", "年建设费元", "build_yuan", False, ("年建设费",)),
    Column("run_yuan", "年运行费元", "run_yuan", False, ("年运行费",)),
    Column("tonne_yuan", "每吨费用元", "tonne_yuan", False, ("每吨费用",)),
    Column("land", "用地状况", "land", False, ("土地状况",)),
    Column("land_m2", "占地m2", "land_m2", False, ("占地面积",)),
    Column("tonnes", "年处理吨", "tonnes", False, ("年处理能力",)),
    Column("materials", "分品类吨", "materials", False, ("分品类能力",)),
    Column("hours", "开放时间", "hours", False, ("营业时间",)),
    Column("feeds", "送往", "feeds", False, ("去向",)),
    Column("prices", "每吨价格", "prices", False, ("收购价", "每吨价格元")),
    Column("way_km", "途程km", "way_km", False, ("途程公里",)),
    Column("way_min", "途程分钟", "way_min"),
    Column("note", "备注", "note"),
)
POINTS = (
    Column("code", "编号", "code", False, ("id",)),
    Column("name", "名称", "name", True, ("社区",)),
    Column("county", "区县", "county"),
    Column("town", "乡镇", "town", False, ("街道",)),
    Column("kind", "类别", "kind"),
    Column("urban", "城区", "urban"),
    Column("people", "人口", "people", False, ("population",)),
    Column("kg_week", "每周kg", "kg_week", False, ("每周公斤",)),
    Column("operator", "运营单位", "operator", False, ("运营主体",)),
    Column("note", "备注", "note"),
)
COLUMNS = {"sites": SITES, "points": POINTS}

MARKETS = {"market": ("市场", "集散市场"), "dismantler": ("拆解企业", "拆解厂")}
KINDS = {"own": ("自选", "own"), "town": ("社区",), "standing": ("现有中心",), "station": ("站点",), **MARKETS}
OWNERSHIP = {"built": ("自建", "own"), "rented": ("租赁", "rent"), "partner": ("合作",)}
LAND = {
    "buildable": ("可建", "建设用地"),
    "approval": ("待审批", "needs approval"),
    "no-building": ("不可建", "禁止建设", "may not be built on"),
}
FEEDS = {"centre": ("分拣中心", "中心"), "market": ("市场", "集散市场")}
POINT_KINDS = {"community": ("社区", "村", "小区"), "waste-point": ("垃圾投放点", "环卫点", "waste point")}

SITE_ROWS = (
    {
        "code": "A-01", "name": "城北物流园", "name_en": "North yard", "open": "yes", "size": "small",
        "operator": "示例环保公司", "ownership": "rented", "rent_yuan": "180000", "run_yuan": "420000",
        "tonne_yuan": "95", "land": "buildable", "land_m2": "2600", "materials": "paper=1500; metal=600; glass=400",
        "hours": "07:30-19:00", "feeds": "market", "lon": "107.4738", "lat": "31.2462", "crs": "wgs84",
    },
    {
        "code": "A-02", "name": "河东旧厂房", "open": "no", "size": "small", "ownership": "built",
        "land_yuan": "60000", "build_yuan": "210000", "run_yuan": "380000", "land": "approval", "tonnes": "3000",
        "note": "等待规划意见", "lon": "107.5238", "lat": "31.2062", "crs": "gcj02",
    },
    {
        "code": "M-01", "name": "示例再生资源集散市场", "name_en": "Example market", "kind": "market", "open": "yes",
        "operator": "示例再生资源公司", "ownership": "partner", "rent_yuan": "0", "prices": "paper=300; metal=600",
        "materials": "paper=5000", "way_km": "230", "way_min": "190", "note": "外市", "lon": "106.55", "lat": "29.56",
        "crs": "wgs84",
    },
)  # fmt: skip
POINT_ROWS = (
    {"code": "S-01", "name": "凤凰山社区", "kind": "community", "urban": "yes", "people": "5200", "lon": "107.4738",
     "lat": "31.2462", "crs": "wgs84"},
    {"code": "S-02", "name": "环卫投放点3号", "kind": "waste-point", "kg_week": "640", "operator": "市容环卫",
     "lon": "107.5238", "lat": "31.2062", "crs": "bd09"},
)  # fmt: skip


def template_rows(what: str) -> tuple[list[str], list[list[str]]]:
    """Return head and two example rows of the table of sites or points."""
    columns, rows = (*COLUMNS[what], *PLACE), SITE_ROWS if what == "sites" else POINT_ROWS
    return [f"{c.zh} / {c.en}" for c in columns], [[row.get(c.field, "") for c in columns] for row in rows]


def fields_in(what: str, heads: Sequence[str], placed: bool) -> tuple[list[str], list[str]]:
    """Return the field of each head, empty for one that says nothing to us, and the heads of those.

    ``placed``: the places have coordinates of their own, and columns for these are left aside.

    Raises
    ------
    BadRequestError
        When a column that is needed is missing, one stands there twice, or there are too many.
    """
    if len(heads) > MOST_COLUMNS:
        raise BadRequestError.one(
            "too-wide", N_("The layer has more than %(most)s columns. Keep those of the template."), where="file",
            most=MOST_COLUMNS,
        )  # fmt: skip
    columns = COLUMNS[what] if placed else (*COLUMNS[what], *PLACE)
    by_name = {name.casefold(): c.field for c in columns for name in (c.zh, c.en, c.field, *c.others)}
    fields = []
    for head in heads:
        parts = [part.strip(" *：:").casefold() for part in (head, *head.split("/"))]
        fields.append(next((by_name[part] for part in parts if part in by_name), ""))
    needed = {c.field for c in columns if c.needed} | (set() if placed else {"lon", "lat"})
    missing = [f"{c.zh} / {c.en}" for c in columns if c.field in needed - set(fields)]
    if missing:
        raise BadRequestError.one(
            "missing-columns",
            N_("These columns are missing: %(columns)s. Name them as the template does."),
            where="file",
            columns=Listing(missing),
        )
    twice = sorted({one for one in fields if one and fields.count(one) > 1})
    if twice:
        raise BadRequestError.one(
            "columns-twice",
            N_("These columns stand in the file twice: %(columns)s. Remove one of each."),
            where="file",
            columns=Listing(twice),
        )
    aside = {name for c in PLACE for name in (c.zh, c.en, c.field, *c.others)} if placed else set()
    unread = [h[:40] for h, one in zip(heads, fields, strict=True) if not one and h and h.casefold() not in aside]
    return fields, unread
