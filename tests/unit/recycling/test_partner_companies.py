"""Partner recyclers: what config/partners.toml may say, and who acts for which."""

import tomllib
import uuid
from datetime import date

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from recycling.accounts.actors import Actor, Role, system
from recycling.catalogue import load_catalogue
from recycling.errors import ConfigurationError, NotFoundError
from recycling.models import Account, ApiKey
from recycling.partner_accounts import the_partner
from recycling.partner_companies import Partners, demand_known_codes
from recycling.settings import home, load_settings

SHIPPED = (home() / "config" / "partners.toml").read_text(encoding="utf-8")


def with_one(**changes):
    one = {**tomllib.loads(SHIPPED)["partner"][0], **changes}
    return Partners.model_validate({"partner": [{k: v for k, v in one.items() if v is not ...}]})


def test_the_shipped_ones_are_sound_and_marked_as_assumed():
    partners, catalogue = load_settings().partners, load_catalogue()
    demand_known_codes(partners, catalogue.materials, catalogue.variants)
    assert {one.sourced for one in partners.partner} == {"assumed"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"code": "Mit Leerzeichen"}, "pattern"),
        ({"phone": "081 8000"}, "pattern"),
        ({"accounts": ["Mit Leerzeichen"]}, "pattern"),
        ({"accounts": ["scrap", "scrap"]}, "stands there twice"),
        ({"areas": []}, "at least 1"),
        ({"areas": ["达州"]}, "pattern"),
        ({"materials": [], "items": []}, "it takes nothing"),
        ({"hours": "8-18"}, "not an hour"),
        ({"hours": "all day"}, "not a span"),
        ({"hours": "18:00-08:00"}, "ends before"),
        ({"weekdays": [0]}, "greater than or equal to 1"),
        ({"answer_hours": 0}, "greater than 0"),
        ({"notice_hours": -1}, "greater than or equal to 0"),
        ({"most_a_day": 0}, "greater than or equal to 1"),
        ({"licence": ""}, "at least 1"),
        ({"last": date(2025, 12, 31)}, "before first"),
        ({"sourced": "guessed"}, "contract"),
        ({"price": []}, "at least 1"),
        ({"price": [{"from": date(2026, 2, 1)}]}, "no prices from 2026-01-01"),
        ({"price": [{"from": date(2026, 1, 1)}, {"from": date(2026, 1, 1)}]}, "order them"),
        ({"price": [{"from": date(2026, 1, 1), "kg": {"metal": 1.5}}]}, "integer"),
        ({"nonsense": 1}, "Extra inputs"),
        ({"licence_until": ...}, "Field required"),
    ],
)
def test_what_the_file_may_not_say(changes, said):
    with pytest.raises(ValidationError, match=said):
        with_one(**changes)


def test_no_two_have_one_name():
    both = tomllib.loads(SHIPPED)["partner"]
    for key in ("code", "zh", "en"):
        twice = [both[0], {**both[1], key: both[0][key]}]
        with pytest.raises(ValidationError, match="stands there twice"):
            Partners.model_validate({"partner": twice})


def test_the_line_of_what_is_wrong_is_named(home):
    path = home / "config" / "partners.toml"
    path.write_text(SHIPPED.replace("most_a_day = 10", "most_a_day = 0"), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    line = SHIPPED[: SHIPPED.index("most_a_day = 10")].count("\n") + 1
    assert f"config/partners.toml:{line}" in str(caught.value)


def test_codes_that_the_catalogue_does_not_hold_are_named_with_the_nearest():
    catalogue = load_catalogue()
    partners = with_one(materials=["metall"], items=["frigde"])
    with pytest.raises(ConfigurationError) as caught:
        demand_known_codes(partners, catalogue.materials, catalogue.variants)
    assert [(f.values["code"], f.values["near"]) for f in caught.value.faults] == [
        ("metall", "metal"),
        ("frigde", "fridge"),
    ]


def test_where_when_and_what_it_collects():
    (one,) = with_one(items=["sofa"], licence_until=date(2026, 6, 30), last=date(2026, 12, 31)).partner
    assert one.covers("511702001001")
    assert not one.covers("511722001001")
    assert not one.covers("")
    assert one.takes("fridge", "appliances")
    assert one.takes("sofa.large", "furniture")
    assert not one.takes("mattress", "furniture")
    assert one.works_on(date(2026, 3, 4))
    assert not one.works_on(date(2026, 3, 8))  # a Sunday
    assert not one.works_on(date(2025, 12, 31))
    assert not one.works_on(date(2026, 7, 1))  # its registration is over


def test_prices_hold_from_their_day_until_the_next_ones():
    prices = [{"from": date(2026, 1, 1), "visit": 1}, {"from": date(2026, 3, 1), "visit": 2}]
    (one,) = with_one(price=prices).partner
    days = (date(2025, 1, 1), date(2026, 2, 28), date(2026, 3, 1), date(2027, 1, 1))
    assert [one.terms_on(day).visit for day in days] == [1, 1, 2, 2]


def test_accounts_act_for_the_partner_that_names_them_and_keys_for_that_of_their_name(database, now):
    settings = load_settings()
    named = tomllib.loads(SHIPPED)
    named["partner"][1]["accounts"] = ["scrap-yard"]
    vars(settings)["partners"] = Partners.model_validate(named)
    with database.write() as session:
        account = Account(role="partner", login="scrap-yard", name="x", phone="+8613900000000", created_at=now)
        posing = Account(role="partner", login="example-scrap", name="example-scrap", phone="+1", created_at=now)
        common = {"role": "partner", "scopes": [], "every_depot": False, "depots": [], "created_at": now}
        key = ApiKey(name="example-appliances", token_digest="d", expires_at=now, **common)
        nobody = ApiKey(name="somebody", token_digest="e", expires_at=now, **common)
        session.add_all([account, posing, key, nobody])
        session.flush()
        person = Actor("person", str(account.id), Role.PARTNER)
        assert the_partner(session, settings, person, "example-appliances").code == "example-scrap"
        assert the_partner(session, settings, Actor("key", str(key.id), Role.PARTNER)).code == "example-appliances"
        for who in (Actor("person", str(posing.id), Role.PARTNER), Actor("key", str(nobody.id), Role.PARTNER)):
            with pytest.raises(NotFoundError, match="acts for no partner"):  # whatever name somebody chose
                the_partner(session, settings, who)
        with pytest.raises(NotFoundError, match="acts for no partner"):
            the_partner(session, settings, Actor("key", str(uuid.uuid4()), Role.PARTNER))
        assert the_partner(session, settings, system("test"), "Example Scrap Yard").code == "example-scrap"
        with pytest.raises(NotFoundError, match="Choose one of: example-appliances, example-scrap"):
            the_partner(session, settings, system("test"), "nobody")


def test_a_record_from_before_keeps_its_accounts_and_takes_partners(empty_database, network, now):
    """SQLite's rule is changed in place: copying the table would take what leans on it along."""
    from alembic import command

    from recycling.db import _alembic

    def to(revision, step):
        with empty_database._writing.begin() as connection:
            configuration = _alembic()
            configuration.attributes["connection"] = connection
            step(configuration, revision)

    to("0036", command.upgrade)
    network(empty_database)
    number = uuid.uuid4().hex
    row = "INSERT INTO account (id, role, login, name, phone, password_digest, every_depot, created_at)"
    with empty_database.engine.begin() as connection:
        said = f"{row} VALUES ('{number}', 'clerk', 'c', 'c', '+1', '', false, '2026-01-01 00:00:00+00:00')"
        connection.execute(text(said))
        connection.execute(text(f"INSERT INTO account_depot VALUES ('{number}', 'DEP-01')"))
    empty_database.migrate()
    empty_database.check()
    with empty_database.write() as session:
        session.add(Account(role="partner", login="p", name="p", phone="+1", created_at=now))
        assert session.get_one(Account, uuid.UUID(number)).depots[0].depot_code == "DEP-01"
    for_nobody = (
        f"{row} VALUES ('{uuid.uuid4().hex}', 'nobody', 'n', 'n', '+1', '', false, '2026-01-01 00:00:00+00:00')"
    )
    with pytest.raises(Exception, match="ck_account_role"), empty_database.engine.begin() as connection:
        connection.execute(text(for_nobody))
