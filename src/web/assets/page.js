// Keeps what moves on a page up to date without a flicker: what is the same stays as it is, and so does what somebody
// has opened or typed. Pages work without it; they are then as they were when they were loaded.
//
// An element with data-live="/path" is asked for again there every data-every seconds. Its answer is the same element
// as it is by then; where its data-version differs, all of <main> is asked for again, as it is once a minute.
"use strict";
(() => {
  const MINUTE = 60_000;
  let refreshedAt = Date.now();
  let isAsking = false;

  const kept = (node) =>
    node.nodeName === "DETAILS" && node.open && node.querySelector("form") !== null;

  function morphChildren(old, now) {
    const before = [...old.childNodes];
    const after = [...now.childNodes];
    after.forEach((node, place) => (place < before.length ? morph(before[place], node) : old.append(node)));
    before.slice(after.length).forEach((node) => node.remove());
  }

  function morph(old, now) {
    if (old.nodeType !== now.nodeType || old.nodeName !== now.nodeName || old.id !== now.id) {
      old.replaceWith(now);
    } else if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== now.data) old.data = now.data;
    } else if (!kept(old)) {
      for (const { name, value } of [...now.attributes]) {
        if (old.getAttribute(name) !== value) old.setAttribute(name, value);
      }
      for (const { name } of [...old.attributes]) {
        if (!now.hasAttribute(name) && !(old.nodeName === "DETAILS" && name === "open")) old.removeAttribute(name);
      }
      morphChildren(old, now);
    }
  }

  async function fetched(path) {
    const answer = await fetch(path, { headers: { accept: "text/html" }, cache: "no-store" });
    // The session is over, or the page went away: what stands here says nothing any more.
    if (answer.status === 401 || answer.status === 403) location.reload();
    // A daemon that waits for its database says so on a page of its own.
    if (!answer.ok && answer.status !== 503) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  async function refresh() {
    const page = await fetched(location.href);
    const main = page.querySelector("main");
    // Whoever answers in the daemon's place knows nothing of it.
    if (!main) throw new Error("not a page of adsync");
    morph(document.querySelector("main"), main);
    document.title = page.title;
    refreshedAt = Date.now();
  }

  async function ask() {
    const live = document.querySelector("[data-live]");
    if (live && Date.now() - refreshedAt < MINUTE) {
      const now = (await fetched(live.dataset.live)).querySelector("[data-live]");
      if (now && now.dataset.version === live.dataset.version) return morph(live, now);
    }
    return refresh();
  }

  function say(text) {
    const place = document.getElementById("connection");
    if (place.textContent !== text) place.textContent = text;
  }

  async function turn() {
    const live = document.querySelector("[data-live]");
    if (!live) return;
    if (!document.hidden && !isAsking) {
      isAsking = true;
      try {
        await ask();
        say("");
      } catch {
        say("adsync does not answer: this page shows how things stood before. It is asked again by itself.");
      }
      isAsking = false;
    }
    setTimeout(turn, 1000 * Number(document.querySelector("[data-live]")?.dataset.every ?? 10));
  }

  // What an action came to is told once: whoever loads the page again, or keeps its address, is not told it again.
  if (document.getElementById("note")) {
    const here = new URL(location.href);
    here.searchParams.delete("note");
    history.replaceState(history.state, "", here);
  }

  const first = document.querySelector("[data-live]");
  if (first) {
    setTimeout(turn, 1000 * Number(first.dataset.every));
    document.addEventListener("visibilitychange", () => {
      if (document.hidden || isAsking || Date.now() - refreshedAt < 2000) return;
      refresh().then(() => say(""), () => {});
    });
  }
})();
