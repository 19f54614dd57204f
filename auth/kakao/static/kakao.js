// Makes the button open the KakaoTalk app on phones, through Kakao's JavaScript SDK. Optional: until
// everything is ready, and wherever it fails, the button is a plain link.
const READY_FOR = 5 * 60 * 1000; // milliseconds; leaves the same time to agree in the app
const TRIED = "kakao-app"; // in this tab's storage: the state of the request that was sent to the app
const USED = "kakao-app-used"; // in the storage of all tabs: the last such states

const { sdk, integrity, key } = document.querySelector("script[data-sdk]").dataset;
const agent = navigator.userAgent;
const isPhone = /Android|iPhone|iPad|iPod/.test(agent) && !agent.includes("KAKAOTALK");
// Browsers inside other apps often show a white page after the way through KakaoTalk.
const isInsideApp = /Instagram|FBA[NV]|FB_IAB|NAVER\(|\bLine\//.test(agent);
const ready = new Map(); // a button, and the options for authorize()

if (isPhone && !isInsideApp && navigator.cookieEnabled) {
  // Only once the page is usable.
  if (document.readyState === "complete") loadSdk();
  else addEventListener("load", loadSdk);
}

function loadSdk() {
  const script = document.createElement("script");
  script.src = sdk;
  script.crossOrigin = "anonymous";
  if (integrity) script.integrity = integrity;
  script.addEventListener("load", () => {
    if (!Kakao.isInitialized()) Kakao.init(key);
    prepareAll();
    addEventListener("click", openApp);
    addEventListener("pageshow", prepareAll);
    document.addEventListener("visibilitychange", prepareAll);
    setInterval(prepareAll, READY_FOR);
  });
  document.head.append(script);
}

// Phones open another app only right after a tap, so everything is fetched beforehand.
function prepareAll() {
  if (document.hidden) return;
  document.querySelectorAll("[data-app-request]").forEach(prepare);
}

async function prepare(button) {
  ready.delete(button);
  try {
    const url = new URL(button.dataset.appRequest, location);
    url.searchParams.set("tried", sessionStorage.getItem(TRIED) ?? "");
    url.searchParams.set("used", localStorage.getItem(USED) ?? "");
    const response = await fetch(url);
    // 204: the app was tried and failed, so the link is used this time.
    if (response.status === 200) {
      ready.set(button, { options: await response.json(), until: Date.now() + READY_FOR });
    }
  } catch {
    // Without a connection or storage, the link still works.
  }
}

function openApp(event) {
  const button = event.target.closest("[data-app-request]");
  const { options, until } = ready.get(button) ?? {};
  // The site may have prevented this tap: the second of a double tap, for example.
  if (event.defaultPrevented || !options || Date.now() > until) return;
  ready.delete(button);
  try {
    sessionStorage.setItem(TRIED, options.state);
    // Requests that other tabs prepare must not push this one out.
    const used = [options.state, ...(localStorage.getItem(USED) ?? "").split(" ")];
    localStorage.setItem(USED, used.slice(0, 5).join(" ").trim());
    Kakao.Auth.authorize(options);
    event.preventDefault();
  } catch {
    // The link is followed.
  }
}
