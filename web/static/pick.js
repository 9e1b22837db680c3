// The map on which somebody marks a door: the mark, the fields that hold it, and the way to the community that is named.
"use strict";

// `start` draws the map once it can be seen, `at` marks a place that is known already. `placed` is called when a place was
// chosen from the list of communities.
function doorMap(placed = () => {}) {
  const box = document.getElementById("pick-map");
  const community = document.getElementById("community");
  const lon = document.getElementById("lon");
  const lat = document.getElementById("lat");
  const state = document.getElementById("pick-state");
  const clear = document.getElementById("pick-clear");
  let map = null, pin = null;

  const goTo = (where) => {
    if (map && !pin) map.setView([where.lat, where.lon], 16, { animate: false });
  };
  community.addEventListener("placed", (event) => {
    goTo(event.detail);
    placed();
  });
  community.addEventListener("change", () => goToTyped().catch(() => {}));
  async function goToTyped() {
    const typed = community.value.trim(), found = typed ? await placesLike(community, { q: typed }) : [];
    const same = found.find((place) => place.label === typed);
    if (same && typed === community.value.trim()) goTo(same);
  }

  const tell = () => {
    state.textContent = pin ? state.dataset.set : state.dataset.unset;
    clear.hidden = !pin;
  };
  const place = (where) => {
    lon.value = where.lng.toFixed(6);
    lat.value = where.lat.toFixed(6);
    if (pin) pin.remove();
    pin = L.circleMarker(where, { radius: 9, color: "#fff", weight: 3, fillColor: "#0b6b4b", fillOpacity: 1, interactive: false }).addTo(map);
    tell();
  };
  const showMarked = () => {
    place(L.latLng(Number(lat.value), Number(lon.value)));
    map.setView(pin.getLatLng(), 16, { animate: false });
  };
  const at = (x, y) => {
    lon.value = x;
    lat.value = y;
    if (map) showMarked();
  };
  const start = () => {
    if (map) {
      map.invalidateSize();
      return;
    }
    map = L.map(box, { attributionControl: false, preferCanvas: true }).setView([Number(box.dataset.lat), Number(box.dataset.lon)], 14);
    map.options.maxZoom = 18;
    drawBase(map, box.dataset.roads, box.dataset.area);
    map.on("click", (event) => place(event.latlng));
    document.getElementById("pick-here").addEventListener("click", () => place(map.getCenter()));
    clear.addEventListener("click", () => {
      pin.remove();
      pin = null;
      lon.value = lat.value = "";
      tell();
    });
    if (lon.value && lat.value && Number.isFinite(Number(lon.value))) showMarked();
    else goToTyped().catch(() => {});
    tell();
  };
  return { start, at };
}
