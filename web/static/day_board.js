// The dispatcher's board: visits stand at their hours, are chosen or dragged, and what that comes to is asked at once.
"use strict";
{
  const board = document.querySelector(".day-board");
  const panel = document.getElementById("panel");
  const first = Number(board.dataset.first);
  const last = Number(board.dataset.last);
  const SCALE = 2.6; // pixels a minute
  const LEAST = 24; // a bar is no narrower, so that a finger meets it
  const offset = (minute) => Math.round((minute - first) * SCALE);

  // -- places on the lanes
  const marks = board.querySelectorAll(".hours [data-minute]");
  for (const mark of marks) mark.style.left = `${offset(Number(mark.dataset.minute))}px`;
  const width = `${offset(last) + 40}px`;
  board.querySelector(".hours").style.setProperty("--wide", width);
  for (const track of board.querySelectorAll(".track")) {
    track.style.width = width;
    let free = 0;
    for (const item of track.children) {
      const from = offset(Number(item.dataset.from));
      const long = Math.round((Number(item.dataset.to) - Number(item.dataset.from)) * SCALE);
      if (item.classList.contains("rest")) {
        item.style.left = `${from}px`;
        item.style.width = `${long}px`;
        continue;
      }
      const left = Math.max(from, free);
      item.style.left = `${left}px`;
      item.style.width = `${Math.max(LEAST, long)}px`;
      free = left + Math.max(LEAST, long) + 1;
    }
  }
  board.classList.add("drawn");

  // -- the map says the same
  const { map } = window.recyclingMap;
  const frame = document.querySelector(".map-frame");
  drawBase(map, frame.dataset.roads, frame.dataset.area);
  const points = new Map();
  const lines = new Map();
  let ring = null;
  const mark = (stop, plate) => {
    if (ring) ring.remove();
    const at = points.get(stop);
    if (at) ring = L.circleMarker(at, { radius: 14, color: "#000", weight: 3, fill: false, interactive: false }).addTo(map);
    for (const [name, line] of lines) line.setStyle({ opacity: !plate || name === plate ? 0.9 : 0.25, weight: name === plate ? 5 : 3 });
    for (const bar of board.querySelectorAll("[data-stop]")) bar.classList.toggle("chosen", bar.dataset.stop === stop);
    for (const lane of board.querySelectorAll(".lane")) lane.classList.toggle("chosen", lane.dataset.plate === plate);
  };
  const plateOf = (stop) => board.querySelector(`.track [data-stop="${stop}"]`)?.closest(".lane").dataset.plate ?? "";
  const load = async () => {
    const found = await (await fetch(document.querySelector(".board-map").dataset.roadsOf)).json();
    for (const { geometry, properties } of found.features) {
      if (geometry.type === "LineString") {
        const way = geometry.coordinates.map(([lon, lat]) => [lat, lon]);
        lines.set(properties.plate, L.polyline(way, { color: properties.hue, dashArray: properties.dash || null, weight: 3, opacity: 0.9, interactive: false }).addTo(map));
      }
    }
    for (const { geometry, properties } of found.features) {
      if (geometry.type !== "Point") continue;
      const at = [geometry.coordinates[1], geometry.coordinates[0]];
      points.set(properties.stop, at);
      L.circleMarker(at, { radius: 5, color: "#fff", weight: 1, fillColor: properties.hue, fillOpacity: 1, interactive: false }).addTo(map);
    }
    const asked = new URLSearchParams(location.search);
    mark(asked.get("stop") ?? "", asked.get("vehicle") || plateOf(asked.get("stop") ?? ""));
    document.querySelector(".board-map").classList.add("routes-drawn");
  };
  load().catch(() => {});
  // A click on the map chooses the nearest visit.
  map.on("click", (event) => {
    let best = null;
    let least = 24;
    for (const [stop, at] of points) {
      const far = map.latLngToContainerPoint(at).distanceTo(event.containerPoint);
      if (far < least) [best, least] = [stop, far];
    }
    if (best) choose({ stop: best }, false);
  });

  // -- the day is made ready while the page is looked at
  let key = "";
  fetch(board.dataset.warm)
    .then((answer) => answer.json())
    .then((found) => {
      key = found.key;
    })
    .catch(() => {});

  // -- choosing
  let asked = 0;
  const choose = async (what, focus) => {
    const number = ++asked;
    const query = new URLSearchParams({ version: board.dataset.version, ...what });
    mark(what.stop ?? "", what.vehicle ?? plateOf(what.stop ?? ""));
    history.replaceState(null, "", `?${query}`);
    try {
      const text = await (await fetch(`${board.dataset.panel}?${query}`, { headers: { Accept: "text/html" } })).text();
      if (number !== asked) return false;
      panel.innerHTML = text;
      wire();
      if (focus) panel.querySelector("h2")?.focus();
      return true;
    } catch {
      return false;
    }
  };
  for (const link of board.querySelectorAll("[data-stop], [data-vehicle]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      choose(link.dataset.stop ? { stop: link.dataset.stop } : { vehicle: link.dataset.vehicle }, true);
    });
  }

  // -- asking what a form comes to
  const ask = async (form) => {
    const number = ++asked;
    const keep = form.querySelector('[value="keep"]');
    const query = new URLSearchParams(new FormData(form));
    query.delete("csrf_token");
    query.set("key", key);
    keep.disabled = true;
    try {
      const answer = await fetch(`${form.dataset.ask}?${query}`, { headers: { Accept: "text/html" } });
      const text = await answer.text();
      if (number !== asked) return null;
      const place = form.querySelector(".answer");
      place.innerHTML = text;
      keep.disabled = !place.querySelector("[data-can-be-kept]");
      const why = form.elements.why;
      if (why) why.required = why.required || Boolean(place.querySelector("[data-needs-reason]"));
      return !keep.disabled;
    } catch {
      return null;
    }
  };
  const wire = () => {
    for (const form of panel.querySelectorAll("form[data-ask]")) {
      form.querySelector('[value="try"]').hidden = true;
      const own = form.elements.why;
      for (const field of form.querySelectorAll("select, input[type=time]")) {
        field.addEventListener("change", () => {
          if (field.name !== "at" && form.elements.at?.type === "hidden") form.elements.at.value = "";
          ask(form);
        });
      }
      form.closest("details").addEventListener("toggle", (event) => {
        if (event.target.open && !(own && own.required && !own.value)) ask(form);
      });
    }
  };
  wire();

  // -- dragging a visit to another hour or vehicle
  let dragged = "";
  let over = null;
  let place = "";
  const leave = () => {
    over?.classList.remove("fits", "breaks");
    over = null;
    place = "";
  };
  const position = (track, x) => {
    const at = x - track.getBoundingClientRect().left;
    for (const item of track.children) {
      if (item.classList.contains("rest") || item.querySelector(`[data-stop="${dragged}"]`)) continue;
      if (item.offsetLeft + item.offsetWidth / 2 > at) return item.dataset.position;
    }
    return "9999";
  };
  for (const bar of board.querySelectorAll("[data-stop][draggable=true]")) {
    bar.addEventListener("dragstart", (event) => {
      dragged = bar.dataset.stop;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", dragged);
      choose({ stop: dragged }, false);
    });
    bar.addEventListener("dragend", () => {
      leave();
      dragged = "";
    });
  }
  const moving = () => panel.querySelector('form[data-ask] [name=kind][value="move"]')?.closest("form");
  const put = async (track, x) => {
    const lane = track.closest(".lane");
    const at = position(track, x);
    if (over === track && place === at) return;
    leave();
    over = track;
    place = at;
    const form = moving();
    if (!form || form.elements.stop.value !== dragged) return;
    form.elements.vehicle.value = lane.dataset.plate;
    form.elements.at.value = at;
    const fits = await ask(form);
    if (over === track && fits !== null) track.classList.add(fits ? "fits" : "breaks");
  };
  for (const track of board.querySelectorAll(".track")) {
    track.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      put(track, event.clientX);
    });
    track.addEventListener("dragleave", (event) => {
      if (!track.contains(event.relatedTarget)) leave();
    });
    track.addEventListener("drop", (event) => {
      event.preventDefault();
      const keep = moving()?.querySelector('[value="keep"]');
      if (keep && !keep.disabled) keep.focus();
    });
  }
}
