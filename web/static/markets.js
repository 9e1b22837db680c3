// Markets on a map: violet diamonds with their numbers in the list.
"use strict";

const CLOSE = 0.05; // degrees within which a site would lie over a market

function drawMarkets(map, markets, sites = []) {
  const hidden = (one) => sites.some((site) => site.open && Math.hypot(site.lon - one.lon, site.lat - one.lat) < CLOSE);
  const shape = '<svg viewBox="0 0 28 28" aria-hidden="true"><path d="M14 0 28 14 14 28 0 14z"/></svg>';
  return L.layerGroup(markets.map((market) => L.marker([market.lat, market.lon], {
    icon: L.divIcon({ html: `${shape}<b>${market.number}</b>`, iconSize: [28, 28], iconAnchor: hidden(market) ? [-4, -2] : [14, 14], className: "tier-pin tier-2" }),
    interactive: false, keyboard: false, zIndexOffset: 200,
  }))).addTo(map);
}

// The page of markets: a click fills in the position, which is marked.
function marketMap(map) {
  const frame = document.querySelector(".map-frame");
  const lon = document.getElementById("lon"), lat = document.getElementById("lat");
  drawBase(map, frame.dataset.roads, frame.dataset.area);
  drawMarkets(map, JSON.parse(document.getElementById("market-data").textContent));
  let mark = null;
  const show = () => {
    if (mark) mark.remove();
    if (!lon.value || !lat.value || ![lon.value, lat.value].map(Number).every(Number.isFinite)) return;
    mark = L.circleMarker([Number(lat.value), Number(lon.value)], { radius: 18, color: "#D55E00", weight: 3, fill: false, interactive: false }).addTo(map);
  };
  map.on("click", (event) => {
    lon.value = event.latlng.lng.toFixed(6);
    lat.value = event.latlng.lat.toFixed(6);
    show();
  });
  for (const field of [lon, lat]) field.addEventListener("change", show);
  show();
  map.getContainer().dataset.drawn = "1";
}
