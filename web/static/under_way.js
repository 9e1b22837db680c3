// A proposal on the map: what is done is grey, what was still to come is thin and dotted, what is proposed is strong.
"use strict";
{
  const { map } = window.recyclingMap;
  const frame = document.querySelector(".map-frame");
  const place = document.querySelector(".proposal-map");
  drawBase(map, frame.dataset.roads, frame.dataset.area);

  const buttons = document.querySelectorAll(".map-shows button");
  const keys = document.querySelectorAll(".route-keys button");
  const rows = document.querySelectorAll("tr[data-stop]");
  const lines = [];
  const points = new Map();
  let shows = "both";
  let plate = "";
  const look = () => {
    for (const { line, part, of } of lines) {
      const seen = part === "done" || shows === "both" || shows === part;
      const full = { done: 0.8, before: 0.75, after: 0.95 }[part];
      line.setStyle({ opacity: !seen ? 0 : plate && of !== plate ? 0.15 : full });
    }
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === shows));
    for (const key of keys) key.setAttribute("aria-pressed", String(key.dataset.plate === plate));
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      shows = button.value;
      look();
    });
  }
  for (const key of keys) {
    key.addEventListener("click", () => {
      plate = key.dataset.plate;
      look();
    });
  }

  // -- the list and the map show the same choice
  let ring = null;
  const mark = (stop, fromMap) => {
    const at = points.get(stop);
    if (ring) ring.remove();
    if (at) ring = L.circleMarker(at, { radius: 17, color: "#000", weight: 3, fill: false, interactive: false }).addTo(map);
    for (const row of rows) row.classList.toggle("chosen", row.dataset.stop === stop);
    if (fromMap) [...rows].find((row) => row.dataset.stop === stop)?.scrollIntoView({ block: "nearest" });
    else if (at) map.setView(at, Math.max(map.getZoom(), 15), { animate: false });
  };
  for (const row of rows) row.querySelector(".find")?.addEventListener("click", () => mark(row.dataset.stop, false));
  map.on("click", (event) => {
    let best = null;
    let least = 24;
    for (const [stop, at] of points) {
      const far = map.latLngToContainerPoint(at).distanceTo(event.containerPoint);
      if (far < least) [best, least] = [stop, far];
    }
    if (best) mark(best, true);
  });

  const there = new Map();
  const sign = (at, kind, text) => {
    const icon = L.divIcon({ className: `pin pin-${kind}`, iconSize: [22, 22], iconAnchor: [11, 11], html: "" });
    const marker = L.marker(at, { icon, interactive: false, keyboard: false }).addTo(map);
    const inner = document.createElement("span");
    inner.textContent = text;
    if (kind === "plate-pin") {
      inner.className = "plate";
      const key = at.map((one) => one.toFixed(4)).join();
      there.set(key, (there.get(key) ?? 0) + 1);
      inner.style.marginTop = `${26 * (1 - there.get(key))}px`; // those at one place stand above each other
    }
    marker.getElement().append(inner);
  };
  const load = async () => {
    const found = await (await fetch(place.dataset.proposal)).json();
    const order = { done: 0, after: 1, before: 2 }; // dots on a broad line are seen, the other way round not
    const ways = found.features.filter((one) => one.geometry.type === "LineString");
    ways.sort((a, b) => order[a.properties.part] - order[b.properties.part]);
    for (const { geometry, properties } of ways) {
      const way = geometry.coordinates.map(([lon, lat]) => [lat, lon]);
      const style = {
        done: { color: "#6b7280", weight: 5 },
        before: { color: properties.hue, weight: 3, dashArray: "1 7" },
        after: { color: properties.hue, weight: properties.other ? 5 : 3, dashArray: properties.dash || null },
      }[properties.part];
      const line = L.polyline(way, { ...style, lineCap: "round", interactive: false }).addTo(map);
      lines.push({ line, part: properties.part, of: properties.plate });
    }
    for (const { geometry, properties } of found.features) {
      if (geometry.type !== "Point") continue;
      const at = [geometry.coordinates[1], geometry.coordinates[0]];
      if (properties.truck) {
        sign(at, "plate-pin", `${properties.number}${properties.out ? " ✕" : ""}`);
        continue;
      }
      points.set(properties.stop, at);
      if (properties.fate === "off") {
        sign(at, "fate-off", "!");
        continue;
      }
      const done = properties.fate === "done";
      const fill = done ? "#6b7280" : properties.hue;
      L.circleMarker(at, { radius: done ? 4 : 5, color: "#fff", weight: 1, fillColor: fill, fillOpacity: 1, interactive: false }).addTo(map);
      if (["vehicle", "hour", "new"].includes(properties.fate)) {
        const text = { vehicle: "⇄", hour: "◷", new: "+" }[properties.fate];
        sign(at, `fate-${properties.fate}`, text);
      }
    }
    look();
    place.classList.add("routes-drawn");
  };
  load().catch(() => {});
}
