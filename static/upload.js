// Shows a chosen photo, makes a large one smaller, and shows how far its upload is. Optional: the
// form works without it. If the upload fails, what was typed and chosen is still there.
const LONGEST = 2560; // pixels; the site shows up to 1,600 of them in a line
const QUALITY = 0.85;
const MAX_READ = 100 * 1024 ** 2; // bytes, more than any photo of a phone has

// Kinds of files by their first bytes. A PHOTO may be sent as a JPEG. HEIC has to be, since the
// site cannot read it. An ANIMATION must not be: the site refuses it, and sending one of its
// pictures would be a surprise.
const PHOTO = /^(\u00ff\u00d8\u00ff|.PNG|RIFF....WEBP|....ftyp)/s;
const HEIC = /^....ftyp(?!avif|avis)/s;
const ANIMATION = /^(.PNG.*acTL|RIFF....WEBP.*ANIM|....ftyp(avis|hevc|hevx|msf1))/s;

// Returns `content`, the bytes to send; `preview`, a canvas with the picture, if the browser can
// draw it; `problem`, the name of the message that says why the file cannot be sent.
async function read(file, maxBytes) {
  if (file.size > MAX_READ) return { problem: "tooLarge" };
  let original;
  try {
    // The file is read into memory at once, since it may change or vanish before it is sent.
    original = new Blob([await file.arrayBuffer()]);
  } catch {
    return { problem: "unreadable" };
  }
  const preview = await draw(original);
  const beginning = new TextDecoder("latin1").decode(await original.slice(0, 65536).arrayBuffer());
  const isUnfit = preview?.isSmaller || original.size > maxBytes || HEIC.test(beginning);
  let content = original;
  if (preview && isUnfit && PHOTO.test(beginning) && !ANIMATION.test(beginning)) {
    const canvas = preview.canvas;
    content = (await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY))) ?? original;
  }
  return { content, preview: preview?.canvas, problem: content.size > maxBytes ? "tooLarge" : "" };
}

// Draws the picture upright, in sRGB and on white, as the site shows it. Returns nothing if the
// browser cannot read it.
async function draw(blob) {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  try {
    await image.decode();
    const scale = Math.min(1, LONGEST / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.className = "photo-preview";
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return { canvas, isSmaller: scale < 1 };
  } catch {
    return undefined; // the site's response says what is wrong
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

// Makes the form send its photo with progress. `files` and `picture` come from the form that the
// site's response has replaced.
function prepare(form, files, picture) {
  const find = (selector) => form.parentNode.querySelector(selector);
  const [file, error, message] = ["[type=file]", "#photo-error", "[data-message]"].map(find);
  const [progress, status, percent] = ["progress", "[data-status]", "[data-percent]"].map(find);
  const [button, cancel, leave] = ["[type=submit]", "[data-cancel]", "[data-leave]"].map(find);
  let request; // while the photo is sent

  function say(place, text) {
    place.textContent = text;
    place.hidden = !text;
    const prefix = form.dataset.error;
    const isWrong = find(".field-error:not([hidden])");
    document.title = (isWrong ? prefix : "") + document.title.replace(prefix, "");
  }

  function refuse(text) {
    say(error, text);
    if (!text) return file.removeAttribute("aria-invalid");
    file.setAttribute("aria-invalid", "true");
    file.focus();
  }

  async function choose() {
    stop();
    say(message, "");
    refuse("");
    find("canvas").hidden = true;
    picture = file.files.length ? read(file.files[0], Number(form.dataset.maxBytes)) : undefined;
    await show();
  }

  async function show() {
    const chosen = picture;
    const { preview, problem } = (await chosen) ?? {};
    if (chosen !== picture) return; // another one was chosen in the meantime
    if (preview) {
      find("canvas").replaceWith(preview);
      preview.hidden = false;
    }
    if (problem) refuse(form.dataset[problem]);
    if (problem === "unreadable") picture = file.value = "";
  }

  function stop() {
    request?.abort();
    request = undefined;
    progress.hidden = cancel.hidden = true;
    leave.hidden = false;
    status.textContent = percent.textContent = "";
    button.removeAttribute("aria-disabled");
  }

  function fail(reason) {
    stop();
    say(message, reason);
  }

  async function send() {
    const sending = (request = new XMLHttpRequest());
    say(message, "");
    button.setAttribute("aria-disabled", "true");
    progress.hidden = cancel.hidden = false;
    leave.hidden = true;
    progress.value = 0;
    status.textContent = form.dataset.sending;
    percent.textContent = "0%";
    const { content, problem } = await picture;
    if (request !== sending) return; // cancelled
    if (problem) {
      stop();
      return refuse(form.dataset[problem]);
    }
    const url = form.action.split("#")[0]; // #main, after the skip link
    const body = new FormData(form);
    body.set("photo", content, "photo");
    request.open("POST", url);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest"); // houses/views.py
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      progress.value = loaded / total;
      percent.textContent = `${Math.floor((100 * loaded) / total)}%`;
    });
    request.upload.addEventListener("load", () => {
      cancel.hidden = true; // the site has the photo
      status.textContent = form.dataset.finishing;
      percent.textContent = "";
    });
    request.addEventListener("error", () => fail(form.dataset.failed));
    request.addEventListener("load", () => {
      const added = sending.getResponseHeader("Location");
      const elsewhere = sending.responseURL === url ? null : sending.responseURL;
      if (added ?? elsewhere) return location.assign(added ?? elsewhere);
      const page = new DOMParser().parseFromString(sending.responseText, "text/html");
      const next = page.querySelector("form[data-upload]");
      const isSignedOut = sending.status === 401;
      if (!next && !isSignedOut) {
        return fail(page.querySelector("main p")?.textContent ?? form.dataset.failed);
      }
      document.title = page.title;
      const main = page.querySelector("main");
      document.querySelector("main").replaceWith(main);
      // The form with its errors, or a page with the button.
      if (next) prepare(next, file.files, picture);
      (main.querySelector("[autofocus]") ?? main).focus();
    });
    request.send(body);
  }

  file.addEventListener("change", choose);
  cancel.addEventListener("click", () => {
    stop();
    button.focus();
  });
  form.addEventListener("submit", (event) => {
    if (!picture) return; // the site's response says so, at the field
    event.preventDefault(); // once.js then leaves the button alone
    if (!request) send();
  });

  if (files) file.files = files;
  if (picture) show();
  else if (file.files.length) choose();
}

for (const form of document.querySelectorAll("form[data-upload]")) prepare(form);
