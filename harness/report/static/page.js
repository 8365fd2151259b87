// Every page: explains its terms, shows its keys, copies texts. It is whole without it.
"use strict";

const byId = (id) => document.getElementById(id);

// A page from disk may have no clipboard of the newer kind.
const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
};

// A token of the style as a colour that a canvas understands.
const colourOf = (token) => {
  const probe = document.createElement("i");
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};

// Calls back whenever the page changes between light and dark.
const onTheme = (changed, options = {}) => {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, options);
  document.addEventListener("theme", changed, options);
};

// Whether a key is meant for the page: not typed into a field, not a browser's own shortcut.
const forPage = (event) => !(event.ctrlKey || event.metaKey || event.altKey
  || document.querySelector("dialog[open]") || event.target.closest?.("input, select, textarea"));

{
  // --- terms: a press opens the explanation (that needs no script), pointing at it does, too ---
  const told = (button) => byId(button.getAttribute("popovertarget"));
  const place = (button, box) => {
    const at = button.getBoundingClientRect();
    const { offsetWidth: wide, offsetHeight: high } = box;
    const under = at.bottom + 6 + high <= innerHeight || at.top < high + 6;
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - wide - 8))}px`;
    box.style.top = `${under ? at.bottom + 6 : at.top - high - 6}px`;
  };
  let opener = null;
  const show = (button) => {
    opener = button;
    const box = told(button);
    if (!box.matches(":popover-open")) box.showPopover();
    place(button, box);
  };
  const hide = () => {
    if (opener && told(opener).matches(":popover-open")) told(opener).hidePopover();
    opener = null;
  };
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const button = event.target.closest(".term");
    if (button) show(button);
    else if (opener && !event.target.closest(".explained") && document.activeElement !== opener) hide();
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".term:focus-visible")) show(event.target);
    else if (!event.target.closest(".explained")) hide();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".term");
    if (!button) return;
    event.preventDefault(); // else the press closes what pointing has opened
    event.stopPropagation();
    show(button);
  }, true);
  addEventListener("scroll", () => {
    // Going to a term by key scrolls to it: what it then says must stay.
    if (opener?.matches(":focus-visible")) place(opener, told(opener));
    else hide();
  }, { passive: true });

  // --- light and dark: as the system has it, until the switch is pressed ------------------------
  const KEPT = "voice-agent-harness theme";
  const THEMES = ["auto", "light", "dark"];
  const button = byId("theme");
  const choose = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    if (button) button.textContent = `Theme: ${theme}`;
    document.dispatchEvent(new Event("theme"));
  };
  let theme = "auto";
  try { theme = localStorage.getItem(KEPT) ?? theme; } catch { /* a page from disk may have no store */ }
  choose(THEMES.includes(theme) ? theme : "auto");
  button?.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    choose(theme);
    try { localStorage.setItem(KEPT, theme); } catch { /* it holds for this page */ }
  });
  if (button) button.hidden = false;

  // --- keys and texts to copy -----------------------------------------------------------------
  const keys = byId("keys");
  byId("show-keys")?.addEventListener("click", () => keys.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "?" || !keys || !forPage(event)) return;
    event.preventDefault();
    keys.showModal();
  });
  keys?.addEventListener("click", (event) => { if (event.target === keys) keys.close(); });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await copy(byId(button.dataset.copy).textContent);
    button.focus(); // the fallback takes the focus away
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
