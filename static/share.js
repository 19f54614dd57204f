// Shares a page, or copies its URL where a browser cannot share. Optional: the button shows only
// when this works.
for (const button of document.querySelectorAll("[data-share]")) {
  button.hidden = !(navigator.share || navigator.clipboard);
  button.addEventListener("click", async () => {
    const url = document.querySelector('meta[property="og:url"]').content;
    try {
      if (navigator.share) {
        await navigator.share({ title: document.querySelector("h1").textContent, url });
      } else {
        await navigator.clipboard.writeText(url);
        button.textContent = button.dataset.copied;
      }
    } catch {
      // The person cancelled.
    }
  });
}
