// Removes a profile picture that failed, so that the drawn house behind it shows. Optional:
// style.css covers the browser's broken image, but WebKit draws it on top.
const pictures = ".avatar img";

addEventListener("error", ({ target }) => target.matches?.(pictures) && target.remove(), true);

for (const picture of document.querySelectorAll(pictures)) {
  if (picture.complete && !picture.naturalWidth) picture.remove();
}
