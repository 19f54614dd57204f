// Tells, while a nickname is typed, whether it is free. An extra: every page works without it.
const WAIT = 400; // milliseconds without a key before we ask

for (const field of document.querySelectorAll("[data-check]")) {
  const told = document.getElementById(field.dataset.told);
  let timer;
  let question;

  field.addEventListener("input", () => {
    clearTimeout(timer);
    question?.abort();
    told.textContent = "";
    timer = setTimeout(ask, WAIT);
  });
  // On a slow line somebody types sooner than this script arrives.
  if (field.value !== field.defaultValue) ask();

  async function ask() {
    if (!field.value.trim()) return;
    question = new AbortController();
    const address = `${field.dataset.check}?${new URLSearchParams({ nickname: field.value })}`;
    try {
      const answer = await fetch(address, { signal: question.signal });
      if (answer.ok) told.textContent = (await answer.json()).told;
    } catch {
      // Nobody needs the answer: the form says the same when it is sent.
    }
  }
}
