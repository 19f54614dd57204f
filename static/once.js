// Takes the second press of a double tap for none. An extra: the server copes with repeats,
// and every page works without this.
const PAUSE = 5000; // milliseconds; who still waits then may press again

const pressed = new Map(); // a link or a form, and what shows that it was pressed

function press(event, what, shown) {
  if (pressed.has(what)) {
    event.preventDefault();
    return;
  }
  pressed.set(what, shown);
  shown?.setAttribute("aria-disabled", "true");
  setTimeout(release, PAUSE, what);
}

function release(what) {
  pressed.get(what)?.removeAttribute("aria-disabled");
  pressed.delete(what);
}

addEventListener("click", (event) => {
  const link = event.target.closest("a[data-once]");
  const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (link && !opensElsewhere) press(event, link, link);
});

addEventListener("submit", (event) => press(event, event.target, event.submitter));

addEventListener("pageshow", (event) => {
  // The back button may bring a page as it was left: with everything pressed, and even a
  // member's page after signing out.
  if (event.persisted && document.querySelector("[data-member]")) location.reload();
  for (const what of pressed.keys()) release(what);
});
