from datetime import date

import pytest

from recycling.errors import BadRequestError
from recycling.models import Seller
from recycling.money.identity import identity_hash, identity_secret, sound_identity
from recycling.money.sellers import identify, known_seller, revoke_links, seller_of_phone

TODAY = date(2026, 3, 4)
NUMBER = "11010519491231002X"  # the example of GB 11643-1999
SECRET = b"0" * 32


@pytest.mark.parametrize("text", [NUMBER, NUMBER.lower(), " 110105 19491231 002X ", "110105-19491231-002X"])
def test_one_form_for_one_number(text):
    assert sound_identity(text, TODAY) == NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "", "1", NUMBER[:-1], NUMBER + "1", "110105194912310021", "01010519491231002X", "11010519491331002X",
        "11010520491231002X", "１１０１０５１９４９１２３１００２X", "11010519491231002Y", "' OR 1=1 --", "x" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_number(text):
    with pytest.raises(BadRequestError) as caught:
        sound_identity(text, TODAY)
    assert len(text) < 6 or text[:6] not in str(caught.value)


@pytest.mark.parametrize("place", range(17))
def test_one_wrong_digit_is_seen(place):
    other = str((int(NUMBER[place]) + 1) % 10)
    with pytest.raises(BadRequestError):
        sound_identity(NUMBER[:place] + other + NUMBER[place + 1 :], TODAY)


def test_the_hash_is_the_same_for_the_same_secret_only():
    assert identity_hash(NUMBER, SECRET) == identity_hash(NUMBER, SECRET)
    assert identity_hash(NUMBER, SECRET) != identity_hash(NUMBER, b"1" * 32)
    assert len(identity_hash(NUMBER, SECRET)) == 64


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path, at_once):
    found = at_once(*(lambda: identity_secret(tmp_path / "var") for _ in range(8)))
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    files = list((tmp_path / "var").iterdir())
    assert [f.name for f in files] == ["identity-key"]
    assert files[0].stat().st_mode & 0o777 == 0o600


def test_the_number_is_nowhere_in_the_record(sqlite_record, seller):
    who = seller(sqlite_record)
    with sqlite_record.write() as session:
        found = identify(session, who, "natural_person", " 王  某 ", NUMBER, SECRET, TODAY)
        assert (found.name, found.identity_last_four, found.kind) == ("王 某", "002X", "natural_person")
    file = sqlite_record.engine.url.database
    sqlite_record.close()
    from pathlib import Path

    kept = b"".join(p.read_bytes() for p in Path(file).parent.glob("record.db*"))
    assert "王 某".encode() in kept  # the control: what is kept in clear is found so
    assert NUMBER.encode() not in kept


@pytest.mark.parametrize(
    ("kind", "name", "number"),
    [("natural_person", "", NUMBER), ("natural_person", "王", "1"), ("robot", "王", NUMBER), ("company", "x" * 81, "")],
)
def test_wrong_sellers(sqlite_record, seller, kind, name, number):
    who = seller(sqlite_record)
    with pytest.raises(BadRequestError), sqlite_record.write() as session:
        identify(session, who, kind, name, number, SECRET, TODAY)


def test_one_seller_for_one_number_however_it_is_written(record, now, at_once):
    def find(text):
        with record.write() as session:
            return seller_of_phone(session, text, now).id

    found = at_once(*(lambda t=t: find(t) for t in ("13800138000", "+8613800138000", "138 0013 8000") * 3))
    assert len(set(found)) == 1, found
    with record.read() as session:
        assert known_seller(session, "13800138000").id == found[0]
        assert known_seller(session, "13900139000") is None
        with pytest.raises(BadRequestError):
            known_seller(session, "call me")


def test_links_are_revoked_by_a_new_version(sqlite_record, seller):
    who = seller(sqlite_record)
    with sqlite_record.write() as session:
        revoke_links(session, who)
    with sqlite_record.read() as session:
        assert session.get(Seller, who).link_version == 2
