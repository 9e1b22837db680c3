// The page that changes what a booking says: its map is drawn when somebody opens it.
"use strict";
{
  const door = doorMap();
  const box = document.querySelector("details.door");
  const open = () => box.open && door.start();
  box.addEventListener("toggle", open);
  open();
  document.querySelector(".faults")?.focus();
}
