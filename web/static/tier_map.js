// Draws stations, centres and markets with what flows between them: the wider a line, the more tonnes.
"use strict";
{
  const map = window.tierMap;
  const frame = document.querySelector(".map-frame");
  const data = JSON.parse(document.getElementById("tier-data").textContent);
  drawBase(map, frame.dataset.roads, frame.dataset.area);

  const WAYS = [
    { color: "#0072b2", opacity: 0.75, dashArray: null, least: 0.8, most: 4.5 },
    { color: "#d55e00", opacity: 0.8, dashArray: null, least: 1.5, most: 11 },
    { color: "#5b3a8e", opacity: 0.75, dashArray: "9 6", least: 1.5, most: 11 },
  ];
  const SHAPES = [
    '<svg viewBox="0 0 28 28" aria-hidden="true"><rect x="5" y="5" width="18" height="18"/></svg>',
    '<svg viewBox="0 0 28 28" aria-hidden="true"><path d="M14 1 26 8v12L14 27 2 20V8z"/></svg>',
    '<svg viewBox="0 0 28 28" aria-hidden="true"><path d="M14 0 28 14 14 28 0 14z"/></svg>',
    '<svg viewBox="0 0 28 28" aria-hidden="true"><path d="M14 3 24 9v10L14 25 4 19V9z"/></svg>', // a site of another choice
  ];
  map.createPane("ways").style.zIndex = 340;
  const canvas = L.canvas({ pane: "ways", padding: 0.3 });
  const most = [0, 1, 2].map((tier) => Math.max(1e-9, ...data.lines.filter((line) => line[0] === tier).map((line) => line[5])));
  for (const [tier, fromLon, fromLat, lon, lat, tonnes] of data.lines) {
    const { least, most: widest, ...style } = WAYS[tier];
    const weight = least + (widest - least) * Math.sqrt(tonnes / most[tier]);
    L.polyline([[fromLat, fromLon], [lat, lon]], { ...style, weight, renderer: canvas, pane: "ways", interactive: false }).addTo(map);
  }
  // Where a place is two things at once, the one beside the centre stands a little off, so that both are seen.
  const meets = (site) => data.sites.some((other) => other.tier === 1 && Math.hypot(other.lon - site.lon, other.lat - site.lat) < 0.002);
  for (const site of data.sites) {
    const size = site.tier === 0 ? 20 : site.tier === 3 ? 26 : 30;
    const icon = L.divIcon({
      html: `${SHAPES[site.tier]}<b>${site.number.slice(1)}</b>`,
      iconSize: [size, size],
      iconAnchor: (site.tier === 0 || site.tier === 2) && meets(site) ? (site.tier ? [-4, -4] : [size + 4, size + 4]) : [size / 2, size / 2],
      className: `tier-pin tier-${site.tier}`,
    });
    L.marker([site.lat, site.lon], { icon, keyboard: false, interactive: false, zIndexOffset: site.tier === 3 ? -300 : 300 * site.tier }).addTo(map);
  }
  map.getContainer().dataset.drawn = "1";
}
