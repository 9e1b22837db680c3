// The day's map and the list beside it show the same choice.
"use strict";
{
  const { map, routes } = window.recyclingMap;
  const frame = document.querySelector(".map-frame");
  drawBase(map, frame.dataset.roads, frame.dataset.area);

  const buttons = document.querySelectorAll(".route-keys button");
  const rows = document.querySelectorAll(".map-list tbody tr");

  const dim = (group, faint) =>
    group.eachLayer((layer) => {
      if (layer.setStyle) layer.setStyle({ opacity: faint ? 0.2 : 0.9, weight: faint ? 3 : 4 });
      else if (layer.setOpacity) layer.setOpacity(faint ? 0.25 : 1);
    });

  const choose = (route) => {
    for (const [number, group] of Object.entries(routes)) dim(group, route !== "all" && number !== route);
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.route === route));
    for (const row of rows) row.hidden = route !== "all" && row.dataset.route !== route;
    if (route !== "all") {
      const bounds = L.latLngBounds([]);
      routes[route].eachLayer((layer) => (layer.getBounds ? bounds.extend(layer.getBounds()) : bounds.extend(layer.getLatLng())));
      map.fitBounds(bounds, { padding: [24, 24], animate: false });
    }
  };
  for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.route));

  let ring = null;
  const mark = (row, scroll) => {
    const place = [Number(row.dataset.lat), Number(row.dataset.lon)];
    if (ring) ring.remove();
    ring = L.circleMarker(place, { radius: 16, color: "#000", weight: 3, fill: false, interactive: false }).addTo(map);
    for (const other of rows) other.classList.toggle("chosen", other === row);
    if (scroll) row.scrollIntoView({ block: "center" });
    else map.setView(place, Math.max(map.getZoom(), 16), { animate: false });
  };
  for (const row of rows) row.querySelector(".find").addEventListener("click", () => mark(row, false));

  // A click on the map chooses the nearest stop that is shown.
  map.on("click", (event) => {
    let best = null;
    let least = 24;
    for (const row of rows) {
      if (row.hidden) continue;
      const point = map.latLngToContainerPoint([Number(row.dataset.lat), Number(row.dataset.lon)]);
      const distance = point.distanceTo(event.containerPoint);
      if (distance < least) [best, least] = [row, distance];
    }
    if (best) mark(best, true);
  });
}
