"""The interface's blueprint: reads what is sent strictly, and describes its operations."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

from flask import Request, current_app, request
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser, is_json_request

from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, Fault
from web.api.fields import UNKNOWN, Text, faults_of
from web.api.problems import BadJSONError, WrongTypeError
from web.programs import API
from web.rights import needs

KEY_SHAPE = r"[A-Za-z0-9_.~-]{16,80}"
PLACES = {"json": "body", "json_or_form": "body", "query": "query", "headers": "header"}


class StrictParser(FlaskParser):
    """Refuses fields that are not described, repeated parameters, and bodies that are no JSON."""

    DEFAULT_UNKNOWN_BY_LOCATION: ClassVar[dict[str, str | None]] = {
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": "raise",
    }

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if not is_json_request(req):
            raise WrongTypeError.one(
                "http-415", N_("The body must be JSON: send it with 'Content-Type: application/json'.")
            )
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise BadJSONError.one("bad-json", N_("The body is not valid JSON in UTF-8.")) from error

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the parameters of the address, none of which may stand there twice."""
        return refuse_repeated(req.args.to_dict(flat=False))

    def load_headers(self, req: Request, schema: Schema) -> Any:
        """Return the headers that are described."""
        wanted = {field.data_key or name for name, field in schema.fields.items()}
        return {name: req.headers[name] for name in wanted if name in req.headers}

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> Any:
        """Raise what a schema found, in sentences of ours."""
        (place, found), *_ = error.messages.items()  # by location
        raise BadRequestError(*faults_of(found, PLACES[place])[:MOST_FAULTS])


MOST_FAULTS = 50


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def refuse_repeated(query: dict[str, list[str]]) -> dict[str, str]:
    """Return the parameters of an address, each of which may stand there once."""
    repeated = [
        Fault(f"query:{name[:60]}", "repeated", N_("This parameter stands in the address more than once."))
        for name, values in query.items()
        if len(values) > 1
    ]
    if repeated:
        raise BadRequestError(*repeated[:MOST_FAULTS])
    return {name: value for name, (value,) in query.items()}


class Operations(Blueprint):
    """A blueprint whose operations are read strictly."""

    ARGUMENTS_PARSER = StrictParser()

    def operation(self, method: str, rule: str, action: Action, summary: str, tag: str, **doc: Any) -> Callable:
        """Declare an operation, the right that it needs, and what it is called."""

        def declare(view: Callable) -> Callable:
            described = needs(action)(self.doc(summary=summary, operationId=view.__name__, **doc)(view))
            self.add_url_rule(rule, view.__name__, described, methods=[method], tags=[tag])
            return view

        return declare


api = Operations("api", __name__, url_prefix=API)


@api.before_request
def refuse_unknown_parameters() -> None:
    """Refuse parameters in the address of an operation that takes none."""
    view = current_app.view_functions[request.endpoint or ""]
    described = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    if request.args and not any(p["in"] == "query" for p in described):
        (unknown,) = UNKNOWN
        raise BadRequestError(
            *(Fault(f"query:{name[:60]}", unknown.code, unknown.template) for name in list(request.args)[:MOST_FAULTS])
        )


class IdempotencyHeader(Schema):
    """The key under which a repeat of the same request gets the first answer."""

    key = Text(
        80,
        16,
        required=True,
        data_key="Idempotency-Key",
        metadata={
            "description": N_(
                "Made by the caller, such as a UUID. The same key with the same request answers with what the first"
                " one made; with another request it is refused (409). A window that is kept under it is used."
            ),
            "example": "5b1c8b5e-6f0e-4f43-9b3c-0e6a2a3f8f10",
        },
    )
