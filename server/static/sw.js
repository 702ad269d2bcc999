// Shows the scan page where there is no signal. It keeps the files that this page is made of and the page without
// anything of anybody's, and never an answer that a session or the interface gave.

// What is kept; the server puts it here when it hands this file out, so that another version of any file is another
// version of this one.
const KEPT = '%KEPT%';

const CACHE = `hokan-${KEPT.version}`;
const SHELL = new URL(self.location.href).searchParams.get('lang') === 'en' ? KEPT.en : KEPT.ja;
// A network that gives no answer for so long is none, to somebody who stands before a shelf with a phone.
const PATIENCE = 8000;

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([...KEPT.files, SHELL]);
    await self.skipWaiting();
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const others = (await caches.keys()).filter((name) => name.startsWith('hokan-') && name !== CACHE);
    await Promise.all(others.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  // What a form sends stays the browser's: it asks before it sends anything twice.
  if (request.method !== 'GET' || address.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    // Whether a label's address was opened by a camera shows in headers that a request from here may not bear.
    if (/^\/l\//i.test(address.pathname) && self.navigator.onLine) return;
    event.respondWith(page(request, address));
  } else if (address.pathname.startsWith('/static/')) {
    event.respondWith(file(request));
  }
});

/** The page that was asked for; the shell of the scan page where no answer comes. */
async function page(request, address) {
  const asked = fetch(request);
  try {
    if (address.pathname !== '/scan') return await asked;
    const late = new Promise((_, failed) => { setTimeout(() => failed(new Error('late')), PATIENCE); });
    return await Promise.race([asked, late]);
  } catch {
    asked.catch(() => {});
    return (await caches.match(SHELL)) ?? Response.error();
  }
}

/** A file: the very version that was asked for may be kept; any other is asked for first. */
async function file(request) {
  const kept = await caches.match(request);
  if (kept && new URL(request.url).search) return kept;
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request, { ignoreSearch: true })) ?? Response.error();
  }
}
