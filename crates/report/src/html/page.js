// Filters mirrored in the address, sortable tables, copy buttons. The page reads well without any of it.
const form = document.getElementById('filters');
const cards = [...document.querySelectorAll('.card')];

function apply() {
  const wanted = new FormData(form);
  const words = (wanted.get('q') || '').toLowerCase().split(/\s+/).filter(Boolean);
  let findings = 0, shown = 0;
  for (const card of cards) {
    const text = words.length ? card.textContent.toLowerCase() : '';
    const fits = (!wanted.get('severity') || card.dataset.severity === wanted.get('severity'))
      && (!wanted.get('area') || card.dataset.area === wanted.get('area'))
      && (!wanted.get('grade') || card.dataset.grade.split(' ').includes(wanted.get('grade')))
      && words.every((word) => text.includes(word));
    card.hidden = !fits;
    if (fits) { shown += 1; findings += Number(card.dataset.count); }
  }
  document.getElementById('matches').textContent = `${shown} of ${cards.length} cards, ${findings} ${findings === 1 ? 'finding' : 'findings'}`;
  document.getElementById('none').hidden = shown > 0;
}

function remember() {
  const set = [...new FormData(form)].filter(([, value]) => value);
  const hash = new URLSearchParams(set).toString();
  history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
}

function recall() {
  if (!location.hash.includes('=')) return;
  const set = new URLSearchParams(location.hash.slice(1));
  for (const field of form.elements) if (field.name) field.value = set.get(field.name) || '';
}

if (form) {
  recall();
  apply();
  form.addEventListener('input', () => { apply(); remember(); });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(() => { apply(); remember(); }));
  addEventListener('hashchange', () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.hidden) {
      // A link to a card that the filters hide: the card wins.
      for (const field of form.elements) if (field.name) field.value = '';
      apply();
      target.scrollIntoView();
    } else {
      recall();
      apply();
    }
  });
}

for (const button of document.querySelectorAll('.copy')) {
  button.addEventListener('click', async () => {
    const code = button.parentElement.querySelector('code');
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = 'Selected';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
}

const key = (row, at) => row.cells[at].dataset.sort ?? row.cells[at].textContent;
for (const table of document.querySelectorAll('.sortable')) {
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    const button = document.createElement('button');
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      // Numbers start with the largest, words with A.
      const numeric = head.classList.contains('num');
      const down = head.ariaSort ? head.ariaSort === 'ascending' : numeric;
      for (const other of table.tHead.rows[0].cells) other.ariaSort = null;
      head.ariaSort = down ? 'descending' : 'ascending';
      const rows = [...table.tBodies[0].rows].sort((a, b) => numeric
        ? key(a, at) - key(b, at)
        : key(a, at).localeCompare(key(b, at)));
      table.tBodies[0].append(...(down ? rows.reverse() : rows));
    });
  });
}

const closed = [];
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details:not([open]):not(.lesson)')) { details.open = true; closed.push(details); }
});
addEventListener('afterprint', () => { while (closed.length) closed.pop().open = false; });
