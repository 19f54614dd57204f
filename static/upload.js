// Shows a preview of a photo, and the progress of its upload. Optional: the form works without it.
// If the upload fails, what was typed is still there.
const PREVIEW = 640; // pixels on the longer side

function prepare(form) {
  const file = form.querySelector("input[type=file]");
  const preview = form.querySelector("canvas");
  const progress = form.querySelector("progress");
  const message = form.querySelector("[data-message]");
  const button = form.querySelector("button");

  function say(text) {
    message.textContent = text ?? "";
    message.hidden = !text;
  }

  function showProgress(isUploading) {
    progress.value = 0;
    progress.hidden = !isUploading;
    if (isUploading) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }

  function isTooLarge() {
    return file.files[0]?.size > Number(form.dataset.maxBytes);
  }

  async function show() {
    preview.hidden = true;
    say(isTooLarge() ? form.dataset.tooLarge : "");
    if (!file.files.length) return;
    try {
      const image = await createImageBitmap(file.files[0]);
      const scale = Math.min(1, PREVIEW / Math.max(image.width, image.height));
      preview.width = image.width * scale;
      preview.height = image.height * scale;
      preview.getContext("2d").drawImage(image, 0, 0, preview.width, preview.height);
      preview.hidden = false;
    } catch {
      // Not a picture that this browser can show; the site's response says what is wrong.
    }
  }

  file.addEventListener("change", show);
  if (file.files.length) show();

  form.addEventListener("submit", (event) => {
    if (!file.files.length) return; // the site's response says so, at the field
    event.preventDefault(); // once.js then leaves the button alone
    if (!progress.hidden) return; // already uploading
    if (isTooLarge()) {
      say(form.dataset.tooLarge);
      return;
    }
    say("");
    showProgress(true);
    send(form, file, progress, (reason) => {
      showProgress(false);
      say(reason);
    });
  });
}

function send(form, file, progress, finish) {
  const request = new XMLHttpRequest();
  const url = form.action.split("#")[0]; // #main, after the skip link
  request.open("POST", url);
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.value = event.loaded / event.total;
  });
  request.addEventListener("error", () => finish(form.dataset.failed));
  request.addEventListener("load", () => {
    if (request.responseURL !== url) {
      location.assign(request.responseURL); // the photo was accepted, and the site redirected to its page
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const isSignedOut = request.status === 401;
    if (!isSignedOut && !page.querySelector("form[data-upload]")) {
      finish(page.querySelector("main p")?.textContent ?? form.dataset.failed);
      return;
    }
    document.title = page.title;
    document.querySelector("main").replaceWith(page.querySelector("main"));
    if (isSignedOut) {
      document.querySelector("main").focus(); // a page with the button
      return;
    }
    // The same form with its errors; the photo does not have to be chosen again.
    const next = document.querySelector("form[data-upload]");
    const empty = next.querySelector("input[type=file]");
    for (const name of ["aria-invalid", "aria-describedby"]) {
      file.toggleAttribute(name, empty.hasAttribute(name));
      if (empty.hasAttribute(name)) file.setAttribute(name, empty.getAttribute(name));
    }
    empty.replaceWith(file);
    prepare(next);
    next.querySelector("[aria-invalid]")?.focus();
  });
  request.send(new FormData(form));
}

for (const form of document.querySelectorAll("form[data-upload]")) prepare(form);
