"""The same forms sent many times at once, by processes with several hands each."""

import multiprocessing
import random
from concurrent.futures import ThreadPoolExecutor

from recycling.booking import book
from recycling.db import Database

PROCESSES, HANDS = 5, 10


def send(office, url, gate, answers, process, forms, times, wish, now):
    database = Database(url)
    desk = office(database)
    posts = [form for form in range(forms) for _ in range(times // PROCESSES)]
    random.Random(process).shuffle(posts)

    def one(form):
        request = wish(items={"paper": 1}, lift=True, phone=f"138{form:08d}")
        try:
            made = book(desk, request, f"the-form-{form:04d}", now)
            return form, (str(made.id), made.reference, made.token, made.seconds, made.version, made.state)
        except Exception as error:
            return form, repr(error)

    with ThreadPoolExecutor(HANDS) as hands:
        gate.wait(300)
        answers.put(list(hands.map(one, posts)))
    database.close()


def posted(database, office, wish, now, forms, times):
    """Send each form so many times at once; returns (form, answer) of every post."""
    url = database.engine.url.render_as_string(hide_password=False)
    database.close()
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(PROCESSES), context.SimpleQueue()
    children = [
        context.Process(target=send, args=(office, url, gate, answers, n, forms, times, wish, now), daemon=True)
        for n in range(PROCESSES)
    ]
    for child in children:
        child.start()
    found = [answer for _ in children for answer in answers.get()]
    for child in children:
        child.join(300)
    return found
