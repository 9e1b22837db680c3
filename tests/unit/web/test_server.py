"""The server as a process of its own."""

import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from gateway import Gateway

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_without_a_complaint_however_often_it_is_asked_to(home, migrated_file, number):
    (home / "var").mkdir()
    shutil.copy(migrated_file, home / "var" / "recycling.db")
    command = [sys.executable, "-c", "from recycling.cli import main; main()", "serve", "--port", "18460"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout.readline().startswith("Open http://127.0.0.1:")
        while server.poll() is None:
            server.send_signal(number)
            time.sleep(0.002)
        assert (server.returncode, server.stderr.read()) == (0, "")


def test_codes_go_to_the_gateway_that_is_set_up(home, migrated_file):
    (home / "var").mkdir()
    shutil.copy(migrated_file, home / "var" / "recycling.db")
    gateway = Gateway()
    environment = {
        **os.environ,
        "RECYCLING_MESSAGES__CHANNELS": '["sms"]',
        "RECYCLING_MESSAGES__ADDRESSES": json.dumps({"sms": gateway.address}),
        "RECYCLING_MESSAGES__LOCAL_GATEWAYS": "true",
    }
    command = [sys.executable, "-c", "from recycling.cli import main; main()", "serve", "--port", "18480"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as server:
        page = re.search(r"http://\S+?(?=/|\s)", server.stdout.readline()).group(0) + "/sign-in"
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        form = browser.open(page).read().decode()
        token = re.search(r'name="csrf_token" value="([^"]+)"', form).group(1)
        entries = urllib.parse.urlencode({"csrf_token": token, "phone": "13800138000"}).encode()
        assert browser.open(page, entries).status == 200
        server.terminate()
    gateway.stop()
    assert [said["to"] for said in gateway.requests] == ["+8613800138000"]
