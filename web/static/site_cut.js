// A scenario while a road is cut: its map, on which a click marks the road; while ways are being found, the page waits.
"use strict";
(async () => {
  const map = window.cutMap;
  const frame = document.querySelector(".map-frame");
  const lon = document.getElementById("lon"), lat = document.getElementById("lat");
  drawBase(map, frame.dataset.roads, frame.dataset.area);
  let mark = null;
  const show = () => {
    if (mark) mark.remove();
    const at = [Number(lat.value), Number(lon.value)];
    if (!lat.value || !lon.value || !at.every(Number.isFinite)) return;
    const icon = L.divIcon({ html: "<b>✕</b>", iconSize: [28, 28], iconAnchor: [14, 14], className: "cut-pin" });
    mark = L.marker(at, { icon, interactive: false, keyboard: false, zIndexOffset: 900 }).addTo(map);
  };
  map.on("click", (event) => {
    lon.value = event.latlng.lng.toFixed(5);
    lat.value = event.latlng.lat.toFixed(5);
    for (const name of ["road", "closure"]) { const field = document.getElementById(name); if (field) field.value = ""; }
    show();
  });
  show();
  if (document.querySelector("[data-again]")) setTimeout(() => location.reload(), 3000);
  const points = await (await fetch(document.querySelector(".cut-work").dataset.points)).json();
  catchments(map, points, null).draw(JSON.parse(document.getElementById("cut-data").textContent));
})();
