// On pages that are not the scan page: says beside the button for signing out, and on the page for signing in, that
// something waits in this browser; sends what can go; forgets who was signed in when nobody is any more.

import { all, forgetPerson, onChange, send } from './queue.js';

const line = document.getElementById('queue-line');
const signOut = document.getElementById('sign-out');
// Longer than any browser takes, and no longer than anybody wants to wait.
const FORGETTING = 1500;

async function show() {
  const kept = await all();
  const waiting = kept.filter((one) => one.state === 'waiting');
  const names = document.getElementById('queue-names');
  if (names) names.textContent = [...new Set(waiting.map((one) => one.name))].join('、');
  document.getElementById('queue-count').textContent = String(waiting.length);
  line.hidden = waiting.length === 0;
  return waiting.length;
}

// Before the session ends: should no answer come, the next scan must not become this person's.
signOut?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const enough = new Promise((done) => { setTimeout(done, FORGETTING); });
  await Promise.race([forgetPerson().catch(() => {}), enough]);
  signOut.submit();
});

if (line) {
  try {
    if (!signOut) await forgetPerson();
    onChange(() => show().catch(() => {}));
    // The scan page sends by itself, and says what became of it.
    if ((await show()) > 0 && !document.getElementById('waiting')) await send();
  } catch {
    // A browser that keeps nothing has nothing waiting; without an answer it goes out another time.
  }
}
