// Opens the next photo of the house by the keys ← and →, and by swiping over the picture. Optional:
// the links do the same.
const lead = (rel) => document.querySelector(`.photo-next [rel="${rel}"]`)?.click();

addEventListener("keydown", (event) => {
  const { key, target, altKey, ctrlKey, metaKey, shiftKey } = event;
  if (altKey || ctrlKey || metaKey || shiftKey || event.defaultPrevented) return;
  if (target.closest("input, select, textarea")) return;
  if (key === "ArrowLeft") lead("prev");
  if (key === "ArrowRight") lead("next");
});

const picture = document.querySelector(".photo-large");
let start; // where a single finger touched the picture, unless the page is zoomed

picture.addEventListener("touchstart", ({ touches }) => {
  start = touches.length === 1 && visualViewport.scale === 1 && touches[0];
}, { passive: true });

picture.addEventListener("touchend", ({ changedTouches: [end] }) => {
  if (!start) return;
  const right = end.clientX - start.clientX;
  const down = end.clientY - start.clientY;
  if (Math.abs(right) > 60 && Math.abs(right) > 2 * Math.abs(down)) lead(right > 0 ? "prev" : "next");
}, { passive: true });
