"""FAULT 26: an upload that arrives by half, and a process that dies while it keeps one. No half photo is ever there."""

import hashlib
import itertools
import multiprocessing
import os
import random
import signal
import time
from datetime import timedelta

import pytest
from camera import NO_PICTURES, encoded, jpeg
from sqlalchemy import select

from recycling import photos
from recycling.accounts.rights import link_to
from recycling.db import Database
from recycling.errors import BadRequestError, ConflictError, UnavailableError
from recycling.models import Photo
from recycling.settings import load_settings


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "photos"


@pytest.fixture
def rules(folder):
    return load_settings(photos={"folder": str(folder), "most": 20})


def judge(database, folder):
    """Every photo of the record has its file, whole; returns the files' names."""
    with database.read() as session:
        rows = session.scalars(select(Photo)).all()
    for row in rows:
        data = (folder / row.file).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (row.bytes, row.sha256)
    return {row.file for row in rows}


@pytest.mark.parametrize("data", [jpeg(), encoded("PNG"), encoded("WEBP")], ids=["jpeg", "png", "webp"])
def test_fault_26_an_upload_that_arrives_by_half_is_told_and_leaves_nothing(
    sqlite_record, booked, rules, folder, now, data
):
    (door,) = booked(sqlite_record, 1)
    for share in (0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9):
        with pytest.raises(BadRequestError) as caught:
            photos.add(sqlite_record, rules, door, "item", data[: int(len(data) * share)], link_to(door), now)
        assert caught.value.faults[0].code == "not-a-picture"
    assert not folder.exists()
    assert photos.add(sqlite_record, rules, door, "item", data, link_to(door), now).file in judge(sqlite_record, folder)


@pytest.mark.parametrize("name", NO_PICTURES)
def test_fault_26_a_corrupt_one_after_a_sound_one_harms_nothing(sqlite_record, booked, rules, folder, now, name):
    (door,) = booked(sqlite_record, 1)
    kept = photos.add(sqlite_record, rules, door, "item", jpeg(), link_to(door), now)
    with pytest.raises(BadRequestError):
        photos.add(sqlite_record, rules, door, "item", NO_PICTURES[name], link_to(door), now)
    assert judge(sqlite_record, folder) == {kept.file} == {path.name for path in folder.iterdir()}


def test_fault_26_a_process_that_is_killed_leaves_whole_photos_and_what_can_be_swept(
    sqlite_record, booked, rules, folder, now
):
    (door,) = booked(sqlite_record, 1)
    url = sqlite_record.engine.url.render_as_string(hide_password=False)
    chance, context = random.Random(26), multiprocessing.get_context("fork")

    def run(first):
        database = Database(url)
        for number in itertools.count(first):
            sent = jpeg(64, 48, (number % 250, number // 250, first % 250))
            try:
                made = photos.add(database, rules, door, "item", sent, link_to(door), now)
            except ConflictError:
                os._exit(0)
            if number % 2:
                photos.remove(database, rules, door, made.id, link_to(door), now)

    killed = 0
    for round_ in range(12):
        child = context.Process(target=run, args=(round_ * 1000,), daemon=True)
        child.start()
        began = time.monotonic()
        while time.monotonic() < began + chance.uniform(0.05, 0.4) and child.is_alive():
            child.join(0.01)
        killed += child.is_alive()
        os.kill(child.pid, signal.SIGKILL) if child.is_alive() else None
        child.join(30)
        judge(sqlite_record, folder)
    assert killed
    there = judge(sqlite_record, folder)
    photos.tidy(sqlite_record, rules, now + timedelta(hours=2))
    assert judge(sqlite_record, folder) == there == {path.name for path in folder.iterdir()}


def test_fault_10_11_where_nothing_can_be_written_it_is_said_and_the_booking_stands(
    sqlite_record, booked, rules, folder, now, monkeypatch
):
    (door,) = booked(sqlite_record, 1)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(photos.os, "fsync", full)
        with pytest.raises(UnavailableError) as caught:
            photos.add(sqlite_record, rules, door, "item", jpeg(), link_to(door), now)
    assert caught.value.faults[0].code == "photos-unavailable"
    assert (judge(sqlite_record, folder), list(folder.iterdir())) == (set(), [])
    photos.add(sqlite_record, rules, door, "item", jpeg(), link_to(door), now)
    assert len(judge(sqlite_record, folder)) == 1
