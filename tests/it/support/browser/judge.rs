//! Whether a page is fit to be seen: readable, quiet, and content with its own host.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Browser;

/// Judges contrast, labels and structure; see the folder's README.
const AXE: &str = include_str!("../../../data/axe-core/axe.min.js");

/// What it is asked for: all that a public site must meet, and its best practices.
const ASK: &str = "axe.run(document, {resultTypes: ['violations']}).then(
      found => arguments[0](found.violations.flatMap(({id, help, nodes}) =>
        nodes.map(node => `${id}: ${help}: ${node.html.slice(0, 300)}: ${node.failureSummary.slice(0, 300)}`))),
      error => arguments[0]([String(error)]))";

/// Elements that reach beyond the screen, but for those that scroll within a frame of their own.
const TOO_WIDE: &str = "
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const clips = e => e && e !== document.body && (getComputedStyle(e).overflowX !== 'visible' || clips(e.parentElement));
    return [...document.querySelectorAll('body *')]
      .filter(e => e.getBoundingClientRect().right > width + 1 && e.checkVisibility() && !clips(e.parentElement))
      .map(e => e.outerHTML.slice(0, 200)).concat(`${document.documentElement.scrollWidth} of ${width}`)";

/// Texts that lie over each other: the boxes of words of different elements.
const OVERLAPS: &str = "
    const boxes = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
      if (!node.data.trim() || !node.parentElement.checkVisibility()) continue;
      if (node.parentElement.closest('.skip, thead, noscript')) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        let {left, right, top, bottom} = box;
        for (let e = node.parentElement; e; e = e.parentElement) {
          if (getComputedStyle(e).overflowX === 'visible') continue;
          const frame = e.getBoundingClientRect();
          left = Math.max(left, frame.left); right = Math.min(right, frame.right);
          top = Math.max(top, frame.top); bottom = Math.min(bottom, frame.bottom);
        }
        if (right - left > 1 && bottom - top > 1) boxes.push({left, right, top, bottom, text: node.data.trim().slice(0, 60), node});
      }
    }
    boxes.sort((a, b) => a.top - b.top);
    const found = [];
    boxes.forEach((a, at) => {
      for (let next = at + 1; next < boxes.length && boxes[next].top < a.bottom - 4; next++) {
        const b = boxes[next];
        if (a.node !== b.node && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3) found.push(`${a.text} | ${b.text}`);
      }
    });
    return found.slice(0, 10)";

impl Browser {
    /// Fails where the page can be read badly: contrast, labels, structure, texts over each other or beyond the screen.
    pub(crate) async fn is_readable(&self, what: &str) {
        self.run(AXE).await;
        let found = self.driver().post("execute/async", json!({ "script": ASK, "args": [] })).await;
        assert_eq!(found, json!([]), "{what}: {found:#}");
        for script in [TOO_WIDE, OVERLAPS] {
            let found = self.run(script).await;
            assert_eq!(found, json!([]), "{what}: {found:#}");
        }
    }

    /// Fails where the browser complained since this was last asked, or asked another host than this one for anything.
    /// Answers of these statuses are what the test wanted.
    pub(crate) async fn is_quiet(&self, origin: &str, wanted: &[u16]) {
        let is_wanted = |text: &str| {
            wanted.iter().any(|status| text.contains(&format!("the server responded with a status of {status}")))
        };
        let said: Vec<String> = self.heard("browser").await.iter().map(|line| line["message"].to_string()).collect();
        let said: Vec<&String> = said.iter().filter(|text| !is_wanted(text)).collect();
        assert!(said.is_empty(), "the console: {said:#?}");
        let asked = self.asked().await;
        let others: Vec<&String> = asked.iter().filter(|url| !url.starts_with(origin)).collect();
        assert!(others.is_empty(), "other hosts were asked: {others:#?}");
    }

    /// The addresses that pages asked for since this was last asked.
    pub(crate) async fn asked(&self) -> BTreeSet<String> {
        let lines = self.heard("performance").await;
        let events = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line["message"].as_str()?).ok());
        events
            .filter(|event| event["message"]["method"] == "Network.requestWillBeSent")
            .filter_map(|event| event["message"]["params"]["request"]["url"].as_str().map(str::to_owned))
            // What a browser draws its own fields with comes from itself.
            .filter(|url| !url.starts_with("about:") && !url.starts_with("data:"))
            .collect()
    }
}
