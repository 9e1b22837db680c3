"""Record the answers of real servers, built from an extract of Monaco (OpenStreetMap, ODbL).

python -m tests.unit.routing.roads.recorded.record osrm http://localhost:5000 "osrm-routed v26.10.0, car.lua, MLD"
python -m tests.unit.routing.roads.recorded.record valhalla http://localhost:8002 "valhalla_service 3.9.1"
"""

import argparse
import json
import urllib.error
import urllib.request

from routing.roads.osrm import OsrmEngine
from routing.roads.valhalla import ValhallaEngine

from . import scenes
from .replay import FOLDER, key
from .server import answering


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=["osrm", "valhalla"])
    parser.add_argument("url", help="a server for Monaco, started with its default limits")
    parser.add_argument("made_with", help="names and versions of the programs and of the profile")
    chosen = parser.parse_args()
    answers = {}

    def passed_on(method, path, question):
        request = urllib.request.Request(chosen.url + path, data=question.encode() or None, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                status, body = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        answers[key(method, path, question)] = {"status": status, "answer": json.loads(body)}
        return status, "application/json", body

    with answering(passed_on) as url:
        if chosen.engine == "osrm":
            scenes.tables(OsrmEngine(url))
            scenes.tables(OsrmEngine(url, block=3))
            scenes.legs(OsrmEngine(url))
        else:
            scenes.tables(ValhallaEngine(url))
            scenes.tables(ValhallaEngine(url, block=3))
            scenes.tables(ValhallaEngine(url, second_looks=0), profile=scenes.TRUCK)
            scenes.legs(ValhallaEngine(url))
    lines = [f"{_json(asked)}: {_json(answers[asked])}" for asked in sorted(answers)]
    made = {
        "made_with": chosen.made_with,
        "data": "Monaco, extract of OpenStreetMap; (c) OpenStreetMap contributors, ODbL 1.0",
    }
    head = ",\n".join(f"{_json(name)}: {_json(text)}" for name, text in made.items())
    text = f'{{{head},\n"answers": {{\n' + ",\n".join(lines) + "\n}}\n"
    (FOLDER / f"{chosen.engine}.json").write_text(text, encoding="utf-8")


def _json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
