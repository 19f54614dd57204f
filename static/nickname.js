// Shows, while a nickname is typed, whether it is available. Optional: every page works without it.
const DEBOUNCE = 400; // milliseconds without a keystroke before the server is called

for (const field of document.querySelectorAll("[data-check]")) {
  const message = document.getElementById(field.dataset.message);
  const hint = message.textContent;
  let timer;
  let pending;

  field.addEventListener("input", () => {
    clearTimeout(timer);
    pending?.abort();
    message.textContent = hint;
    timer = setTimeout(check, DEBOUNCE);
  });
  // On a slow connection, someone may type before this script has loaded.
  if (field.value !== field.defaultValue) check();

  async function check() {
    if (!field.value.trim()) return;
    pending = new AbortController();
    const url = `${field.dataset.check}?${new URLSearchParams({ nickname: field.value })}`;
    try {
      const response = await fetch(url, { signal: pending.signal });
      if (response.ok) message.textContent = (await response.json()).message;
    } catch {
      // Ignored: the form says the same when it is submitted.
    }
  }
}
