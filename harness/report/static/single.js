// A run or a comparison in one file: shows the call or pair that the address names (#call=2&t=12.3),
// else the index.
"use strict";

{
  const run = byId("run");
  const host = byId("call");
  const bar = document.querySelector("body > .bar"); // an open call brings its own
  const title = document.title;
  let shown = null; // number of the call that is open
  let close = () => {};
  let scrolled = 0; // where the index was left

  const show = (number) => {
    close();
    close = () => {};
    if (shown === null) scrolled = scrollY;
    const template = number === null ? null : byId(`call-${number}`);
    host.replaceChildren(...(template ? [template.content.cloneNode(true)] : []));
    host.hidden = !template;
    run.hidden = bar.hidden = Boolean(template);
    shown = template ? number : null;
    if (!template) {
      document.title = title;
      scrollTo(0, scrolled);
      return;
    }
    const heading = host.querySelector("h1");
    document.title = `${heading.innerText} – ${title}`;
    scrollTo(0, 0);
    heading.focus({ preventScroll: true });
    close = byId("pair-data") ? openPair() : openCall();
  };
  const route = () => {
    const number = /^#call=(\d+)(?:&|$)/.exec(location.hash)?.[1] ?? null;
    if (number !== shown) show(number);
  };

  // The skip link leads to the part that is shown, and must not change the address.
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    const main = document.querySelector(shown === null ? "#run main" : "#call main");
    main.tabIndex = -1;
    main.focus();
  });
  addEventListener("hashchange", route);
  route();
}
