// Ignores the second press of a double tap, and shows that the first was registered. Optional: the
// server handles repeats.
const RESET_AFTER = 10000; // milliseconds until another press is allowed

const pressed = new Map(); // a pressed link or form, and the control that shows the press

function guard(event, target, control) {
  if (pressed.has(target)) {
    event.preventDefault();
    return;
  }
  pressed.set(target, control);
  control?.setAttribute("aria-disabled", "true");
  swapLabel(control);
  setTimeout(allowAgain, RESET_AFTER, target);
}

function allowAgain(target) {
  const control = pressed.get(target);
  if (!pressed.delete(target)) return;
  control?.removeAttribute("aria-disabled");
  swapLabel(control);
}

function swapLabel(control) {
  const label = control?.querySelector("[data-pressed]");
  if (label) [label.textContent, label.dataset.pressed] = [label.dataset.pressed, label.textContent];
}

addEventListener("click", (event) => {
  const link = event.target.closest("a[data-once]");
  const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (link && !opensElsewhere) guard(event, link, link);
});

addEventListener("submit", (event) => {
  if (!event.defaultPrevented) guard(event, event.target, event.submitter);
});

// A press may open KakaoTalk; someone who comes back may press again.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const target of [...pressed.keys()]) allowAgain(target);
});

// Whether this tab saw a member's page last.
const isMember = String(!!document.querySelector("[data-member]"));
let tab = {};
try {
  tab = sessionStorage;
} catch {
  // Without storage, a visitor's page stays as it was.
}
tab.member = isMember;

addEventListener("pageshow", (event) => {
  // The back button may restore a page as it was left: pressed, a member's after signing out, or
  // a visitor's after signing in.
  if (event.persisted && (isMember === "true" || tab.member !== isMember)) location.reload();
  for (const target of [...pressed.keys()]) allowAgain(target);
});
