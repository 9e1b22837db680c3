"""Somebody who opens pages of an application that a test serves, and hears what they complain of."""

from contextlib import contextmanager

PATIENCE = 120_000
"""Milliseconds that anything may take on a slow machine."""


@contextmanager
def visitor(chromium, base, token, always=True):
    """Give a function that opens a page, signed in by the token: `always`, or only as `staff`.

    At the end no page may have complained or asked elsewhere; where a refusal is `refused`, the browser's own word on
    it is none.
    """
    contexts, complaints = [], []

    def visit(width=1280, language="zh-CN", staff=always, refused=False, **options):
        size = {"width": width, "height": 900}
        context = chromium.new_context(viewport=size, locale=language, base_url=base, **options)
        context.set_default_timeout(PATIENCE)
        if staff:
            context.add_cookies([{"name": "sign-in", "value": token, "url": base}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" and not refused else None)
        page.on("request", lambda one: None if one.url.startswith((base, "data:")) else complaints.append(one.url))
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []
