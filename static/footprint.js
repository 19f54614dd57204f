// Leaves a footprint, or takes it back, without loading another page. Optional: the form does the
// same, but each press adds a step for the back button.
for (const section of document.querySelectorAll("[data-footprints]")) {
  let isSending = false;

  section.addEventListener("submit", async (event) => {
    event.preventDefault(); // once.js then leaves the button alone
    if (isSending) return;
    isSending = true;
    const form = event.target;
    try {
      const body = new URLSearchParams(new FormData(form));
      const response = await fetch(form.action, { method: "POST", body });
      if (!response.ok) throw response;
      // The site redirected to the photo's page as it is now.
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      section.replaceChildren(...page.querySelector("[data-footprints]").childNodes);
      section.querySelector("button").focus();
    } catch {
      form.submit(); // signed out, offline, too often: the page that the browser opens says so
    }
    isSending = false;
  });
}
