
// Plans: a tree walked with the keyboard, a flame, and the chosen operator's details: beside it where there is room.
for (const section of document.querySelectorAll('.plan')) {
  const operators = section.querySelector('.operators');
  const panel = section.querySelector('.panel');
  const items = [...section.querySelectorAll('.op, .more')];
  const place = new Map(items.map((item, at) => [item, at]));
  const level = (item) => Number(item.getAttribute('aria-level'));
  const seen = (item) => item.offsetParent !== null;
  const beside = matchMedia('(min-width: 62.01rem)');
  let chosen = null, focused = items[0];

  const shows = (view) => {
    operators.dataset.shows = view;
    for (const button of section.querySelectorAll('[data-view]')) button.ariaPressed = String(button.dataset.view === view);
  };
  shows('tree');
  for (const button of section.querySelectorAll('[data-view]')) button.addEventListener('click', () => shows(button.dataset.view));

  function focus(item) {
    if (!item) return;
    focused.tabIndex = -1;
    focused = item;
    item.tabIndex = 0;
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: 'nearest' });
  }

  // Everything below an operator is hidden when it, or one above it, is closed.
  function arrange() {
    let closedAt = Infinity;
    for (const item of items) {
      const depth = level(item);
      if (depth <= closedAt) closedAt = Infinity;
      item.classList.toggle('closed', closedAt !== Infinity);
      if (closedAt !== Infinity) hideDetail(item);
      if (closedAt === Infinity && item.classList.contains('op') && item.ariaExpanded === 'false') closedAt = depth;
    }
  }
  function hideDetail(item) {
    const detail = item.nextElementSibling;
    if (detail?.classList.contains('detail')) detail.hidden = true;
  }
  function unfold(more, open) {
    more.ariaExpanded = String(open);
    const first = place.get(more) + 1;
    for (const item of items.slice(first, first + Number(more.dataset.count))) {
      item.classList.toggle('open', open);
      if (!open) hideDetail(item);
    }
  }
  function toggle(item, open) {
    if (!item.ariaExpanded) return;
    if (item.classList.contains('more')) { unfold(item, open); return; }
    item.ariaExpanded = String(open);
    arrange();
  }
  // Opens whatever hides an operator.
  function reveal(item) {
    const at = place.get(item);
    if (item.classList.contains('tucked') && !item.classList.contains('open')) {
      let before = at;
      while (before > 0 && !items[before].classList.contains('more')) before -= 1;
      if (items[before].classList.contains('more')) unfold(items[before], true);
    }
    let depth = level(item);
    for (let before = at - 1; before >= 0 && depth > 1; before -= 1) {
      if (items[before].classList.contains('op') && level(items[before]) < depth) {
        depth = level(items[before]);
        items[before].ariaExpanded = 'true';
      }
    }
    arrange();
  }

  function choose(item, again) {
    if (!item.classList.contains('op')) return;
    const detail = item.nextElementSibling;
    const same = chosen === item && !again;
    chosen?.classList.remove('chosen');
    chosen?.removeAttribute('aria-selected');
    section.querySelector('.flame svg.chosen')?.classList.remove('chosen');
    if (chosen) hideDetail(chosen);
    chosen = same ? null : item;
    if (same) { panel.replaceChildren(); return; }
    item.classList.add('chosen');
    item.ariaSelected = 'true';
    section.querySelector(`.flame [data-node="${item.id}"]`)?.classList.add('chosen');
    panel.replaceChildren(...[...detail.cloneNode(true).childNodes]);
    detail.hidden = beside.matches;
  }
  beside.addEventListener('change', () => { if (chosen) choose(chosen, true); });

  const tree = section.querySelector('.tree');
  tree.addEventListener('click', (event) => {
    const item = event.target.closest('.op, .more');
    if (!item || event.target.closest('a')) return;
    focus(item);
    // The sign before the words folds; the rest of the line opens.
    const words = item.querySelector('.words');
    const start = words.getBoundingClientRect().left + parseFloat(getComputedStyle(words).paddingLeft);
    const sign = event.clientX < start && event.clientX > start - 22;
    if (item.classList.contains('more') || (sign && item.ariaExpanded)) toggle(item, item.ariaExpanded !== 'true');
    else choose(item);
  });
  tree.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest('a')) return;
    const at = place.get(focused);
    const next = (step) => {
      for (let to = at + step; to >= 0 && to < items.length; to += step) if (seen(items[to])) return items[to];
    };
    const open = focused.ariaExpanded;
    switch (event.key) {
      case 'ArrowDown': focus(next(1)); break;
      case 'ArrowUp': focus(next(-1)); break;
      case 'Home': focus(items[0]); break;
      case 'End': focus(items.findLast(seen)); break;
      case 'ArrowRight': if (open === 'false') toggle(focused, true); else if (open) focus(next(1)); break;
      case 'ArrowLeft':
        if (open === 'true' && at > 0) toggle(focused, false);
        else for (let to = at - 1; to >= 0; to -= 1) if (level(items[to]) < level(focused) && seen(items[to])) { focus(items[to]); break; }
        break;
      case 'Enter': case ' ':
        if (focused.classList.contains('more')) toggle(focused, open !== 'true'); else choose(focused);
        break;
      case 'Escape': if (chosen) choose(chosen); break;
      default: return;
    }
    event.preventDefault();
  });

  section.querySelector('.flame svg')?.addEventListener('click', (event) => {
    const frame = event.target.closest('[data-node]');
    const item = frame && document.getElementById(frame.dataset.node);
    if (item) { reveal(item); choose(item, true); }
  });

  // A link to an operator opens it, wherever it is folded away.
  const follow = () => {
    const item = document.getElementById(location.hash.slice(1));
    if (!place.has(item)) return;
    shows('tree');
    reveal(item);
    choose(item, true);
    focus(item);
    item.scrollIntoView({ block: 'center' });
  };
  addEventListener('hashchange', follow);
  if (location.hash) follow();
}
