"""That a photo will be needed is said where the thing is chosen: to residents, at the counter, and to programs."""

import re

import pytest

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def wanted(catalogue):
    found = [code for code, item in catalogue.variants.items() if item.photo == "must"]
    assert 0 < len(found) < len(catalogue.variants)
    return set(found)


def test_the_form_says_it_beside_each_such_thing_and_no_other(client, wanted):
    rows = re.findall(r'<li class="stepped".*?</li>', client.get("/book", headers=ENGLISH).text, re.S)
    said = {re.search(r'for="item-([^"]+)"', row).group(1) for row in rows if "Needs a photo" in row}
    assert said == wanted


def test_the_counter_says_it_when_a_thing_is_taken(app, signed_in, wanted, catalogue):
    clerk, code = signed_in(app, "clerk"), min(wanted)
    found = clerk.get(f"/clerk/things?q={code}").json
    assert {one["value"]: one["photo"] for one in found}[code] is True
    assert {one["value"]: one["photo"] for one in clerk.get("/clerk/things?q=fridge").json}["fridge"] is False
    token = re.search(r'name="csrf_token" value="([^"]+)"', clerk.get("/clerk").text).group(1)
    page = clerk.post(
        "/clerk/book",
        data={"csrf_token": token, "key": "counter-0001", f"item-{code}": "1", "item-fridge": "1"},
        headers=ENGLISH,
    ).text
    chosen = page[page.index('id="things"') : page.index("</ul>", page.index('id="things"'))]
    assert {
        c: "needs a photo" in row for c, row in re.findall(r'<li><label for="item-([^"]+)">(.*?)</li>', chosen)
    } == {
        code: True,
        "fridge": False,
    }


def test_programs_read_it_in_the_catalogue(client, wanted):
    said = client.get("/api/v1/items").json["items"]
    assert {item["code"] for item in said if item["photo"] == "must"} == wanted
