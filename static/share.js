// Shares the page, or copies its URL if the browser cannot share, and says so. Optional: without a
// way to share, the button is hidden.
const SHOWN = 3000; // milliseconds for which the button says what happened

for (const button of document.querySelectorAll("[data-share]")) {
  const label = button.querySelector("[aria-live]");
  const usual = label.textContent;
  let timer;

  function say(text) {
    clearTimeout(timer);
    label.textContent = text;
    timer = setTimeout(() => (label.textContent = usual), SHOWN);
  }

  button.hidden = !(navigator.share || navigator.clipboard);
  button.addEventListener("click", async () => {
    const url = document.querySelector('meta[property="og:url"]').content;
    try {
      if (navigator.share) {
        await navigator.share({ title: document.querySelector("h1").textContent, url });
        return;
      }
      await navigator.clipboard.writeText(url);
      say(button.dataset.copied);
    } catch (error) {
      if (error.name !== "AbortError") say(button.dataset.failed); // otherwise the person cancelled
    }
  });
}
