/*
 * Puts a customer-service button on a page, which opens the chat page in an iframe:
 *
 *   <script src="https://kefu.example.com/embed.js" defer data-label="..."></script>
 *   OkKefu.identify(token)                 who the customer is: a JWT, null, or a function that
 *   OkKefu.identify(() => fetchToken())    returns one (or a promise); it is asked again when it expires
 *   OkKefu.tell({ page, order })           what agents are to know, as far as the server takes it
 *   OkKefu.open()  OkKefu.close()
 *
 * Nothing here needs more of the page's content security policy than script-src and frame-src for
 * this script's origin: styles are set through the CSSOM, and there are no pictures to load.
 */
(() => {
  'use strict';
  // A page in GBK would read Chinese in this file wrongly, so it is written in ASCII.
  const WORDS = {
    label: '\u5ba2\u670d',
    title: '\u5ba2\u670d\u5bf9\u8bdd',
    close: '\u5173\u95ed\u5ba2\u670d',
    comma: '\uff0c',
    news: '\u6761\u65b0\u6d88\u606f',
  };
  if (window.OkKefu) return;

  const script = document.currentScript;
  const origin = new URL(script.src).origin;
  const label = (script.dataset.label || '').trim() || WORDS.label;
  const narrow = window.matchMedia('(max-width: 479px), (max-height: 479px)');

  // What outlives this page: that the chat was opened in this tab, and what was unread.
  const KEY = 'ok-kefu';
  const recall = () => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEY));
      return Number.isInteger(kept.unread) ? kept : null;
    } catch {
      return null; // nothing kept, or storage is switched off
    }
  };
  const keep = (kept) => {
    try {
      if (kept) sessionStorage.setItem(KEY, JSON.stringify(kept));
      else sessionStorage.removeItem(KEY);
    } catch {
      // Storage is switched off: the next page begins without a number.
    }
  };

  let frame = null;
  let isReady = false;
  let isOpen = false;
  let unread = 0;
  let identity; // undefined: the page does not say who is there; null: nobody is logged in
  let asked = 0;
  let profile = null; // what the page tells agents of its user

  // ---- What is drawn. In a shadow tree: the page's style sheet and ours leave each other alone.

  const element = (name, attributes, styles) => {
    const made = document.createElement(name);
    for (const each of Object.keys(attributes)) made.setAttribute(each, attributes[each]);
    return style(made, styles);
  };
  const style = (target, styles) => {
    for (const each of Object.keys(styles)) target.style.setProperty(each, styles[each]);
    return target;
  };

  const FONT = '500 16px/1.2 system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", sans-serif';
  const away = (side) => `calc(16px + env(safe-area-inset-${side}, 0px))`;

  const host = element('ok-kefu', {}, { all: 'initial' });
  const shadow = host.attachShadow({ mode: 'open' });
  const button = element(
    'button',
    { type: 'button', 'aria-expanded': 'false', 'aria-haspopup': 'dialog' },
    {
      position: 'fixed', right: away('right'), bottom: away('bottom'), 'z-index': '2147483000',
      'box-sizing': 'border-box', 'min-width': '56px', height: '56px', margin: '0', padding: '0 12px',
      border: '2px solid #fff', 'border-radius': '28px', background: '#0a6662', color: '#fff',
      font: FONT, cursor: 'pointer', 'box-shadow': '0 4px 14px rgba(0, 0, 0, 0.3)',
      'touch-action': 'manipulation',
    },
  );
  const badge = element('span', { 'aria-hidden': 'true' }, {
    display: 'none', position: 'absolute', top: '-8px', right: '-6px', 'box-sizing': 'border-box',
    'min-width': '24px', height: '24px', padding: '0 6px', 'border-radius': '12px',
    background: '#b3261e', color: '#fff', font: FONT, 'font-size': '14px', 'line-height': '24px',
  });
  button.append(label, badge);
  const news = element('span', { role: 'status' }, {
    position: 'fixed', width: '1px', height: '1px', overflow: 'hidden', clip: 'rect(0, 0, 0, 0)',
  });
  const panel = element('div', { role: 'dialog', 'aria-label': label }, {
    position: 'fixed', display: 'none', 'z-index': '2147483001', overflow: 'hidden',
    background: '#eff3f3', 'box-shadow': '0 8px 32px rgba(0, 0, 0, 0.3)',
  });
  // Only until the page draws its own, so that nobody is shut in when it cannot be loaded.
  const closer = element('button', { type: 'button', 'aria-label': WORDS.close }, {
    position: 'absolute', top: '8px', right: '8px', width: '48px', height: '48px', border: '0',
    'border-radius': '24px', background: '#fff', color: '#15262a', font: FONT, 'font-size': '24px',
    cursor: 'pointer',
  });
  closer.append('\u00d7');
  panel.append(closer);
  shadow.append(button, news, panel);

  const layOut = () => {
    const sides = narrow.matches
      ? { top: '0', left: '0', right: '0', bottom: '0', width: 'auto', height: 'auto', 'border-radius': '0' }
      : {
          top: 'auto', left: 'auto', right: away('right'), width: '400px', height: '640px',
          bottom: 'calc(84px + env(safe-area-inset-bottom, 0px))', 'border-radius': '16px',
          'max-width': 'calc(100vw - 32px)', 'max-height': 'calc(100vh - 100px)',
        };
    style(panel, Object.assign({ 'max-width': 'none', 'max-height': 'none' }, sides));
    if (narrow.matches) panel.setAttribute('aria-modal', 'true');
    else panel.removeAttribute('aria-modal');
    style(button, { visibility: isOpen && narrow.matches ? 'hidden' : 'visible' });
  };

  const showUnread = () => {
    if (frame) keep({ unread });
    badge.textContent = unread > 99 ? '99+' : String(unread);
    style(badge, { display: unread > 0 ? 'block' : 'none' });
    button.setAttribute('aria-label', unread > 0 ? `${label}${WORDS.comma}${unread} ${WORDS.news}` : label);
    news.textContent = unread > 0 ? `${label}${WORDS.comma}${unread} ${WORDS.news}` : '';
  };

  // ---- What goes on between the two pages

  const tell = (message) => {
    if (isReady) frame.contentWindow.postMessage(message, origin);
  };

  const tellIdentity = async () => {
    const turn = ++asked;
    let token;
    try {
      token = await (typeof identity === 'function' ? identity() : identity);
    } catch {
      // Without a token the customer talks to us unknown.
    }
    if (turn !== asked) return; // identify() was called again meanwhile
    tell({ type: 'ok-kefu-identity', token: typeof token === 'string' || token === null ? token : undefined });
  };

  window.addEventListener('message', ({ source, origin: from, data }) => {
    if (!frame || source !== frame.contentWindow || from !== origin || !data) return;
    if (data.type === 'ok-kefu-ready') {
      isReady = true;
      style(closer, { display: 'none' });
      tell({ type: 'ok-kefu-shown', shown: isOpen });
      tellIdentity();
      if (profile) tell({ type: 'ok-kefu-profile', profile });
    } else if (data.type === 'ok-kefu-identity-expired') {
      tellIdentity();
    } else if (data.type === 'ok-kefu-close') {
      close();
    } else if (data.type === 'ok-kefu-unread' && Number.isInteger(data.count)) {
      unread = Math.max(0, data.count);
      showUnread();
    }
  });

  // ---- Opening and closing

  const load = () => {
    if (frame) return;
    // To copy an order number, a frame needs to be allowed to.
    const attributes = { title: WORDS.title, src: `${origin}/`, allow: 'clipboard-write' };
    frame = element('iframe', attributes, { display: 'block', width: '100%', height: '100%', border: '0' });
    panel.prepend(frame);
    keep({ unread });
  };

  const open = () => {
    if (isOpen) return;
    isOpen = true;
    load();
    style(panel, { display: 'block' });
    button.setAttribute('aria-expanded', 'true');
    layOut();
    frame.focus();
    tell({ type: 'ok-kefu-shown', shown: true });
  };

  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    style(panel, { display: 'none' });
    button.setAttribute('aria-expanded', 'false');
    layOut();
    button.focus();
    tell({ type: 'ok-kefu-shown', shown: false });
  };

  button.addEventListener('click', () => (isOpen ? close() : open()));
  closer.addEventListener('click', close);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && isOpen && !event.defaultPrevented) close();
  });
  // Safari before 14 knows no other way.
  narrow.addListener(layOut);

  window.OkKefu = {
    open,
    close,
    tell(told) {
      profile = told;
      tell({ type: 'ok-kefu-profile', profile });
    },
    identify(who) {
      identity = who === undefined ? null : who; // said so, though clumsily
      if (identity === null && !frame) {
        keep(null); // what was unread is not for whoever comes next
        unread = 0;
        showUnread();
      }
      if (isReady) tellIdentity(); // otherwise the chat page asks, once it is there
    },
  };

  unread = (recall() || { unread: 0 }).unread;
  layOut();
  showUnread();
  const attach = () => {
    document.body.append(host);
    // The customer talks to us, and walks about in the shop meanwhile: go on listening.
    if (recall()) load();
  };
  if (document.body) attach();
  else document.addEventListener('DOMContentLoaded', attach);
})();
