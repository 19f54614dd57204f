// Plays Kakao's JavaScript SDK: opens "KakaoTalk" (a tab here), polls for the result and continues
// in the first tab. https://developers.kakao.com/docs/latest/ko/kakaologin/js
(() => {
  const kauth = new URL(document.currentScript.src).origin;
  const isInstalled = {{ is_installed|tojson }};
  const isPhone = /Android|iPhone|iPad|iPod/.test(navigator.userAgent);
  const pollEvery = 300; // milliseconds
  const names = { // the options of authorize(), and their query parameters
    redirectUri: "redirect_uri",
    state: "state",
    scope: "scope",
    prompt: "prompt",
    nonce: "nonce",
    serviceTerms: "service_terms",
    loginHint: "login_hint",
    throughTalk: "through_talk",
  };
  let appKey = null;

  function init(key) {
    if (!key) throw new Error("KakaoError: init() needs an app key");
    appKey = key;
  }

  function authorize(options) {
    if (!appKey) throw new Error("KakaoError: call init() first");
    const query = new URLSearchParams({ client_id: appKey, response_type: "code" });
    query.set("ka", `sdk/2.8.3 os/javascript origin/${encodeURIComponent(location.origin)}`);
    for (const [name, value] of Object.entries(options)) {
      if (!(name in names)) throw new Error(`KakaoError: unknown option ${name}`);
      query.set(names[name], value);
    }
    if (!options.redirectUri) throw new Error("KakaoError: redirectUri is missing");
    if (!isPhone || !isInstalled || options.throughTalk === false) {
      location.href = `${kauth}/oauth/authorize?${query}`;
      return;
    }
    const id = crypto.randomUUID();
    query.set("auth_tran_id", id);
    // As on phones: an app opens only when the person taps.
    if (!navigator.userActivation.isActive) throw new Error("KakaoError: not from a tap");
    open(`${kauth}/talk?${query}`, "_blank");
    poll(id, options);
  }

  async function poll(id, options) {
    const result = await fetch(`${kauth}/apiweb/code.json?auth_tran_id=${id}`)
      .then((response) => response.json())
      .catch(() => ({}));
    if (!Object.keys(result).length) {
      setTimeout(poll, pollEvery, id, options);
      return;
    }
    const callback = new URL(options.redirectUri);
    for (const [name, value] of Object.entries(result)) callback.searchParams.set(name, value);
    if (options.state) callback.searchParams.set("state", options.state);
    location.href = callback;
  }

  window.Kakao = { init, isInitialized: () => appKey !== null, Auth: { authorize } };
})();
