// The map of truck calls: a row of the list is ringed on it, and trucks are drawn as squares of the public grid.
"use strict";
{
  const shown = window.recyclingMap;
  const list = document.getElementById("trucks");
  let ring = null;
  let group = null;

  if (shown) {
    const { map } = shown;
    const frame = document.querySelector(".map-frame");
    drawBase(map, frame.dataset.roads, frame.dataset.area);
    group = L.layerGroup().addTo(map);
    const point = (row) => {
      const place = [Number(row.dataset.lat), Number(row.dataset.lon)];
      if (ring) ring.remove();
      ring = L.circleMarker(place, { radius: 16, color: "#000", weight: 3, fill: false, interactive: false }).addTo(map);
      map.panInside(place, { padding: [40, 40], animate: false });
    };
    for (const row of document.querySelectorAll("[data-lat]"))
      for (const kind of ["focusin", "mouseenter"]) row.addEventListener(kind, () => point(row));
    // A map that was dragged by a pin is no wish to leave the page.
    let dragged = false;
    map.on("dragstart", () => (dragged = true));
    map.on("mousedown", () => (dragged = false));
    map.getContainer().addEventListener("click", (event) => dragged && event.target.closest("a.call-pin") && event.preventDefault(), true);
  }

  const draw = (trucks) => {
    if (!group) return;
    group.clearLayers();
    for (const truck of trucks) {
      const corners = truck.cell.map(([lon, lat]) => [lat, lon]);
      L.polygon(corners, { color: "#000", weight: 2, fillColor: "#e69f00", fillOpacity: 0.55, interactive: false }).addTo(group);
      const icon = L.divIcon({ className: "pin truck-sign", html: "", iconSize: [44, 22], iconAnchor: [22, 34] });
      const sign = L.marker(L.latLngBounds(corners).getCenter(), { icon, interactive: false, keyboard: false, zIndexOffset: 2000 }).addTo(group);
      const plate = document.createElement("span");
      plate.className = "plate";
      plate.textContent = truck.truck;
      sign.getElement().append(plate);
    }
  };

  const row = (truck) => {
    const item = document.createElement("li");
    const fill = (text) => text.replace("{truck}", truck.truck).replace("{hour}", truck.hour);
    item.textContent = fill(list.dataset.seen);
    if (truck.call) {
      const text = list.dataset[truck.call.under_way ? "now" : "next"];
      const link = document.createElement("a");
      link.href = truck.call.page;
      link.textContent = text.replace("{hour}", truck.call.hour).replace("{place}", truck.call.name);
      item.append(" ", link);
    }
    return item;
  };

  if (list)
    watchTrucks(
      list.dataset.url,
      (trucks) => {
        draw(trucks);
        const rows = trucks.map(row);
        const text = (items) => [...items].map((one) => one.textContent).join("\n");
        if (text(rows) !== text(list.children)) list.replaceChildren(...rows);
      },
      () => {
        const end = document.createElement("li");
        end.textContent = list.dataset.ended;
        list.replaceChildren(end);
      },
    );
}
