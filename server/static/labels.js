// Small comforts for printing labels; everything works without.

// Choosing a stock shows its sheet at once.
for (const form of document.querySelectorAll('[data-submit-on-change]')) {
  form.classList.add('submits-itself');
  form.addEventListener('change', () => form.requestSubmit());
}

// The sheet shows which labels will be printed.
const sheet = document.querySelector('[data-sheet]');
const count = document.getElementById('count');
if (sheet && count) {
  const plain = (text) => Number(text.normalize('NFKC').replace(/[,、\s]/g, ''));
  const mark = () => {
    const start = Number(sheet.querySelector('input:checked')?.value ?? 1);
    const end = start + (plain(count.value) || 0);
    for (const position of sheet.querySelectorAll('input')) {
      const number = Number(position.value);
      position.parentElement.classList.toggle('printed', number >= start && number < end);
    }
  };
  sheet.addEventListener('change', () => {
    // Whoever picks another start wants the rest of the sheet.
    const start = Number(sheet.querySelector('input:checked').value);
    count.value = String(Number(count.dataset.positions) - start + 1);
    mark();
  });
  count.addEventListener('input', mark);
  mark();
}
