"""What people do on the pages, as the tests of security do it."""

import re

from recycling.accounts.actors import system

OPERATOR = system("test")
PASSWORD = "correct horse battery"


def post(client, path, page=None, **entries):
    """Send a form with the token of a page."""
    text = client.get(page or "/").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', text).group(1)
    return client.post(path, data={"csrf_token": token, **entries})


def code_in(sent):
    """The digits of the last message."""
    return re.search(r"\d{6}", sent[-1][1]).group(0)


def other_than(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def cookie(answer, name):
    """A cookie as an answer sets it, or None."""
    return next((c for c in answer.headers.getlist("Set-Cookie") if c.startswith(f"{name}=")), None)
