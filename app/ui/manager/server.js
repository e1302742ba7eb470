/* The server's answers. Whoever may not install everywhere sends the token that the operator gave; it stays in this tab. */

const TOKEN = "harpist-install-token";
const heldToken = () => {
  try { return sessionStorage.getItem(TOKEN) ?? ""; } catch { return ""; }
};
const holdToken = (token) => {
  try { if (token) sessionStorage.setItem(TOKEN, token); else sessionStorage.removeItem(TOKEN); } catch { /* private mode */ }
};

const SILENT = "The server does not answer just now.";

const request = async (path, options = {}) => {
  const token = heldToken(), headers = { ...options.headers, ...(token ? { "X-Harpist-Token": token } : {}) };
  let answer;
  try {
    answer = await fetch(`${root}/manager/${path}`, { ...options, headers, cache: "no-store" });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Error(SILENT, { cause: error });
  }
  let told;
  try { told = await answer.json(); } catch (error) {
    throw error.name === "AbortError" ? error : new Error(`The server's answer makes no sense (status ${answer.status}).`, { cause: error });
  }
  if (answer.status === 401) location.assign(`${root}/sign-in`); // signed out elsewhere, or for too long
  if (!answer.ok) throw new Error(told.error ?? `The server refused (status ${answer.status}).`);
  return told;
};

const post = (path, body) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

const signOut = async () => {
  await fetch(`${root}/sign-out`, { method: "POST", redirect: "manual" });
  location.assign(`${root}/sign-in`);
};

/* Inside another site's page a click might not be the visitor's own wish. */
const framed = window.top !== window.self;
