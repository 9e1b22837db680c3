"""The description and the page that shows it."""

import re

import pytest
from babel.messages.pofile import read_po

from web.programs import API


def test_the_description_names_every_operation(client, app):
    said = client.get("/api/v1/openapi.json").json
    assert said["openapi"] == "3.1.0"
    described = {
        (method.upper(), re.sub(r"{(\w+)}", "<>", path)) for path, item in said["paths"].items() for method in item
    } - {("PARAMETERS", "")}
    described = {(m, p) for m, p in described if m in {"GET", "POST", "PUT", "PATCH", "DELETE"}}
    served = {
        (method, re.sub(r"<[^>]*>", "<>", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(API) and rule.endpoint != "api-docs.openapi"
    }
    assert described == served
    assert len(served) == 49


def test_every_object_that_is_sent_is_closed(client):
    schemas = client.get("/api/v1/openapi.json").json["components"]["schemas"]
    sent = {
        "AskBody",
        "BookingBody",
        "ChangeBody",
        "ConsentBody",
        "HoldBody",
        "WaitingBody",
        "PositionBody",
        "RoundWaitBody",
        "RoundOrderBody",
        "TripBody",
        "TripPlaceBody",
        "TripPartBody",
        "TripAnswerBody",
        "TripOutcomeBody",
        "HandoverAnswerBody",
        "OutcomeBody",
        "WeightBody",
    }
    assert sent <= set(schemas)
    for name in sent:
        assert schemas[name]["additionalProperties"] is False, name


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_page_shows_every_operation_and_needs_no_foreign_host(client, language):
    client.set_cookie("language", language)
    page = client.get("/api/docs").text
    for path, item in client.get("/api/v1/openapi.json").json["paths"].items():
        for method in set(item) & {"get", "post", "patch", "delete"}:
            assert f"{method.upper()} {path}" in page
            assert f'id="{item[method]["operationId"]}"' in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert len(set(re.findall(r'id="([^"]+)"', page))) == len(re.findall(r'id="([^"]+)"', page))
    assert ("预约上门回收" in page.split("<main")[1]) is (language == "zh_CN")


def test_examples_call_the_host_that_was_asked(client):
    page = client.get("/api/docs", base_url="https://recycling.example.org:8443").text
    assert "https://recycling.example.org:8443/api/v1/bookings" in page
    assert "127.0.0.1" not in page.split("<main")[1]


def test_every_sentence_of_the_description_is_in_chinese(client):
    from pathlib import Path

    import web

    with (Path(web.__file__).parent / "translations/zh/LC_MESSAGES/messages.po").open("rb") as file:
        known = {m.id for m in read_po(file) if m.string}
    said = client.get("/api/v1/openapi.json").json
    words = []

    def walk(value):
        if isinstance(value, dict):
            words.extend(v for k, v in value.items() if k in ("description", "summary") and isinstance(v, str))
            for below in value.values():
                walk(below)
        elif isinstance(value, list):
            for below in value:
                walk(below)

    walk(said["paths"])
    walk({name: schema for name, schema in said["components"]["schemas"].items() if name != "PaginationMetadata"})
    walk(said["tags"])
    shown = {w for w in words if len(w) > 20}
    assert len(shown) > 40
    assert {w for w in shown if w not in known} == set()
