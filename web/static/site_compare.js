// Two scenarios on two maps that show the same part of the area.
"use strict";
(async () => {
  const maps = window.siteMaps;
  const frames = document.querySelectorAll(".map-frame");
  maps.forEach((map, k) => drawBase(map, frames[k].dataset.roads, frames[k].dataset.area));
  let leading = false;
  maps.forEach((map, k) => map.on("move", () => {
    if (leading) return;
    leading = true;
    maps[1 - k].setView(map.getCenter(), map.getZoom(), { animate: false });
    leading = false;
  }));
  const points = await (await fetch(document.querySelector(".two-maps").dataset.points)).json();
  document.querySelectorAll(".map-data").forEach((one, k) => catchments(maps[k], points, null).draw(JSON.parse(one.textContent)));
})();
