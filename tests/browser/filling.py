"""Filling in the booking form as somebody with a phone does, step by step."""

import re


def what(page):
    page.goto("/book")
    page.locator(".more-goods").first.evaluate("kinds => kinds.open = true")
    page.locator("li:has(#item-microwave) .more").click()
    page.locator("li:has(#item-cardboard) .more").click()


def where(page, door):
    page.fill("#community", "二马路")
    page.locator('#community-list [role="option"]').first.click()
    page.locator("#pick-here").click()
    page.fill("#address", f"12号3栋 {door}")  # another door for each caller
    page.fill("#floor", "2")


def when(page, day, window):
    page.locator(f'#offers input[value="{day} {window}"]').check()
    page.locator("#kept:not(:empty)").wait_for()


def whom(page, contact, phone):
    page.fill("#contact", contact)
    page.fill("#phone", phone)


def onward(page):
    page.locator(".next").click()


def book(page, day, *, contact="李女士", window="15:00-17:00", phone="13800138000"):
    """Book two things on the open page of a phone, in a window that is offered, and return the booking's reference."""
    what(page)
    onward(page)
    where(page, phone)
    onward(page)
    when(page, day, window)
    onward(page)
    whom(page, contact, phone)
    page.locator(".send").click()
    page.wait_for_url("**/b/*")
    return reference_of(page)


def reference_of(page):
    return re.search(r"[2-9A-Z]{8}", page.locator(".eyebrow").inner_text()).group(0)
