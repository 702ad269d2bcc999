// What this browser keeps: who it is, who is signed in on its scan page, and what was seen without signal.
// Only this origin's own pages can read it.
//
// `phone` holds single values by name: `pairing` (what a paired phone was given), `person` (who is signed in),
// `device` and `seq` (the name that the browser gave itself, and its own count of observations). `queue` holds the
// observations. Labels, ids and moments only: what anybody writes is never kept here.

const NAME = 'hokan';
const VERSION = 2;

let opened = null;

function open() {
  opened ??= new Promise((done, failed) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const known = request.result.objectStoreNames;
      if (!known.contains('phone')) request.result.createObjectStore('phone');
      if (!known.contains('queue')) request.result.createObjectStore('queue', { keyPath: 'event_id' });
    };
    request.onsuccess = () => {
      const db = request.result;
      // Another page may bring a newer version; this one opens it again when it next needs it.
      db.onversionchange = () => {
        db.close();
        opened = null;
      };
      db.onclose = () => { opened = null; };
      done(db);
    };
    request.onerror = () => {
      opened = null;
      failed(request.error);
    };
  });
  return opened;
}

/** The answer to one request. */
export const asked = (request) =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

/**
 * Does `work` with both stores in one transaction: all of it, or nothing. Kept for good when this returns.
 * `work` may wait for nothing but requests to the stores.
 */
export async function within(mode, work) {
  const db = await open();
  const tx = db.transaction(['phone', 'queue'], mode, { durability: 'strict' });
  const ended = new Promise((done, failed) => {
    tx.oncomplete = done;
    tx.onabort = () => failed(tx.error ?? new Error('aborted'));
  });
  try {
    const result = await work({ phone: tx.objectStore('phone'), queue: tx.objectStore('queue') });
    await ended;
    return result;
  } catch (error) {
    try {
      tx.abort();
    } catch {
      // It has ended already.
    }
    await ended.catch(() => {});
    throw error;
  }
}

/** A single value. */
export const phoneValue = (name) => within('readonly', ({ phone }) => asked(phone.get(name)));

/** Keeps a single value; `undefined` takes it away. */
export const keepPhoneValue = (name, value) =>
  within('readwrite', ({ phone }) => asked(value === undefined ? phone.delete(name) : phone.put(value, name)));
