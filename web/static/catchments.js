// Draws a scenario on a map: each community in the colour and sign of its site, sites with their numbers.
"use strict";

const LOST = "#6b7280";
const NUMBERS_FROM = 12; // the zoom from which communities bear the number of their site
const MOST_NUMBERS = 400;

const Catchment = L.CircleMarker.extend({
  _updatePath() {
    if (this.options.dot === "cross") this._renderer._cross(this);
    else this._renderer._updateCircle(this);
  },
});

L.Canvas.include({
  _cross(layer) {
    if (!this._drawing || layer._empty()) return;
    const { x, y } = layer._point, r = layer._radius, ctx = this._ctx;
    ctx.beginPath();
    ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r);
    ctx.moveTo(x + r, y - r); ctx.lineTo(x - r, y + r);
    this._fillStroke(ctx, layer);
  },
});

function looks(site) {
  if (!site) return { color: LOST, weight: 1, fill: false, dashArray: "2 2" };
  if (site.dot === "ring") return { color: site.hue, weight: 1.5, fill: false };
  if (site.dot === "cross") return { color: site.hue, weight: 1.5, fill: false };
  return { color: site.hue, weight: 0.5, fillColor: site.hue, fillOpacity: 0.9 };
}

// By road minutes instead: after Okabe and Ito, from near to far; the last has no end.
const NEARNESS = ["#009E73", "#56B4E9", "#0072B2", "#CC79A7", "#E69F00", "#D55E00"];

function looksByMinutes(minutes, bands) {
  const k = bands.findIndex((most) => minutes <= most);
  const color = NEARNESS[k < 0 ? bands.length : k];
  return { color, weight: 0.5, fillColor: color, fillOpacity: 0.9 };
}

// From far away thousands of communities are small, so that roads and sites are seen between them.
const radius = (zoom) => Math.min(5, Math.max(2, (zoom - 5) / 1.6));

const SHAPES = {
  open: '<path d="M14 2 25 8v12L14 26 3 20V8z"/>',
  own: '<path d="M14 27C6 18 3 14 3 10a11 9 0 0 1 22 0c0 4-3 8-11 17z"/>',
  closed: '<rect x="9" y="9" width="10" height="10"/>',
};

function siteIcon(site) {
  const shape = site.open ? (site.kind === "own" ? "own" : "open") : "closed";
  const svg = `<svg viewBox="0 0 28 28" aria-hidden="true" style="--hue: ${site.hue || LOST}">${SHAPES[shape]}</svg>`;
  const hatch = site.over ? '<i class="over"></i>' : "";
  return L.divIcon({
    html: `${svg}${hatch}<b>${site.number || ""}</b>`,
    iconSize: [28, 28],
    iconAnchor: site.kind === "own" && site.open ? [14, 27] : [14, 14],
    className: `site-pin site-${shape}`,
  });
}

// Returns `draw(data)`, which draws a scenario anew, `near(point)`, which gives the nearest community, and `byMinutes`.
function catchments(map, points, drag) {
  map.createPane("communities").style.zIndex = 350;
  const canvas = L.canvas({ pane: "communities", padding: 0.3 });
  const dots = L.layerGroup().addTo(map), signs = L.layerGroup().addTo(map), numbers = L.layerGroup().addTo(map);
  let data = null, bands = null;

  const label = () => {
    numbers.clearLayers();
    if (!data || map.getZoom() < NUMBERS_FROM) return;
    const bounds = map.getBounds();
    let count = 0;
    points.lonlat.forEach(([lon, lat], k) => {
      if (!data.of[k] || !bounds.contains([lat, lon]) || ++count > MOST_NUMBERS) return;
      const icon = L.divIcon({ html: String(data.of[k]), className: "dot-number", iconSize: [16, 14], iconAnchor: [-4, 7] });
      L.marker([lat, lon], { icon, interactive: false, keyboard: false }).addTo(numbers);
    });
  };
  map.on("moveend", label);
  map.on("zoomend", () => dots.eachLayer((dot) => dot.setRadius(radius(map.getZoom()))));

  const draw = (found) => {
    data = found;
    dots.clearLayers();
    signs.clearLayers();
    const byNumber = {};
    for (const site of data.sites) if (site.number) byNumber[site.number] = site;
    data.of.forEach((number, k) => {
      const [lon, lat] = points.lonlat[k];
      const site = byNumber[number];
      if (!site && data.minutes[k] !== -1) return;
      const dot = site ? (bands ? "full" : site.dot) : "ring";
      const look = site && bands ? looksByMinutes(data.minutes[k], bands) : looks(site);
      new Catchment([lat, lon], { ...look, radius: radius(map.getZoom()), dot, renderer: canvas, pane: "communities", interactive: false }).addTo(dots);
    });
    for (const site of data.sites) {
      const moves = drag && site.kind === "own";
      if (!site.open && site.kind === "station" && data.sites.length > 60) continue;
      const words = moves ? { title: drag.words(site), alt: drag.words(site) } : {};
      const marker = L.marker([site.lat, site.lon], {
        icon: siteIcon(site), draggable: moves, interactive: moves, keyboard: false, autoPan: moves, zIndexOffset: site.open ? 500 : 0, ...words,
      }).addTo(signs);
      if (moves) marker.on("dragend", () => drag.moved(site, marker.getLatLng()));
    }
    label();
    map.getContainer().dataset.drawn = String(Number(map.getContainer().dataset.drawn || 0) + 1);
  };

  const near = (latlng) => {
    const at = map.latLngToContainerPoint(latlng);
    let best = -1, least = 16;
    points.lonlat.forEach(([lon, lat], k) => {
      if (!data || (!data.of[k] && data.minutes[k] !== -1)) return;
      const distance = map.latLngToContainerPoint([lat, lon]).distanceTo(at);
      if (distance < least) [best, least] = [k, distance];
    });
    return best;
  };
  // Colours communities by the minutes that they have, in these bands, or again by their sites.
  const byMinutes = (found) => { bands = found; if (data) draw(data); };
  return { draw, near, byMinutes, site: (code) => data && data.sites.find((site) => site.code === code) };
}
