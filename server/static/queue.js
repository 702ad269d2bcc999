// What was seen without signal: kept in this browser under an id of its own until the server has said what became
// of it. What the server turned away or found contradictory stays until its person has seen that.
//
// An observation belongs to the person who was signed in when it was made. It goes with that person's session, or
// with the secret of that person's paired phone; else it waits, unless somebody hands it in in his own name, which the
// register marks. An id that was sent before is recorded once, so two pages that send at once, and an answer that was
// lost, do no harm.

import { ask, Refused } from './api.js';
import { asked, keepPhoneValue, phoneValue, within } from './store.js';

// As many as the interface takes at once.
const BATCH = 500;
const LOCK = 'hokan-queue';

/** Somebody else is signed in by now, or nobody: whose observation it would be is not known. */
export class OtherPerson extends Error {}

/** A fresh id. `randomUUID` exists only over TLS, and typing a code must work without. */
export function freshId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const channel = 'BroadcastChannel' in window ? new BroadcastChannel(LOCK) : null;
const listeners = [];

/** Calls `listener` whenever something changed, here or in another page. */
export function onChange(listener) {
  listeners.push(listener);
}

const call = () => listeners.forEach((listener) => listener());
if (channel) channel.onmessage = call;

function changed() {
  call();
  channel?.postMessage('changed');
}

/** Who is signed in, as the scan page last showed it: `{ id, name }`. */
export const person = () => phoneValue('person');

/** Keeps who is signed in. */
export const keepPerson = ({ id, name }) => keepPhoneValue('person', { id, name });

/** Forgets it: nobody is signed in. What waits stays. */
export const forgetPerson = () => keepPhoneValue('person', undefined);

/** Everything that is kept, the oldest first. */
export async function all() {
  const kept = await within('readonly', ({ queue }) => asked(queue.getAll()));
  return kept.sort((one, other) => one.device_seq - other.device_seq);
}

/** Records what this person saw: `{ code, method, observed, home_code }`. */
export async function record(who, { code, method, observed, home_code }) {
  // Asked for once something is worth keeping; a browser that says no may still keep it.
  navigator.storage?.persist?.().catch(() => {});
  await within('readwrite', async ({ phone, queue }) => {
    const known = await asked(phone.get('person'));
    if (known?.id !== who.id) throw new OtherPerson();
    const pairing = await asked(phone.get('pairing'));
    let device = pairing?.person === who.id ? pairing.device : await asked(phone.get('device'));
    if (!device) {
      device = freshId();
      phone.put(device, 'device');
    }
    const device_seq = ((await asked(phone.get('seq'))) ?? 0) + 1;
    phone.put(device_seq, 'seq');
    queue.add({
      event_id: freshId(),
      state: 'waiting',
      person: who.id,
      name: who.name,
      device,
      device_seq,
      occurred_at: new Date().toISOString(),
      scan: { code, method },
      observed,
      ...(home_code ? { home_code } : {}),
    });
  });
  changed();
}

/** Takes what the server has answered off the list. */
export async function acknowledge(event_id) {
  await within('readwrite', async ({ queue }) => {
    const known = await asked(queue.get(event_id));
    if (known && known.state !== 'waiting') queue.delete(event_id);
  });
  changed();
}

/**
 * Sends what can go. `inMyName` is the id of somebody else whose observations whoever is signed in hands in.
 *
 * Gives how many went, how many of these the server found contradictory or turned away, whose still wait because
 * nobody may send them, and `retryAfter` or `problem` where the server wanted no more for now.
 *
 * Throws `Unreachable` where no answer came.
 */
export async function send(inMyName = null) {
  if (navigator.locks) return navigator.locks.request(LOCK, () => sendAll(inMyName));
  return sendAll(inMyName);
}

async function sendAll(inMyName) {
  const outcome = { sent: 0, doubtful: 0, turnedAway: 0, left: [], retryAfter: null, problem: null };
  const waiting = (await all()).filter((one) => one.state === 'waiting');
  if (waiting.length === 0) return outcome;
  const me = await whoIsSignedIn();
  const pairing = await phoneValue('pairing');
  const people = new Map();
  for (const one of waiting) people.set(one.person, [...(people.get(one.person) ?? []), one]);
  try {
    for (const [id, own] of people) {
      if (me === id) {
        await sendOf(own, undefined, outcome);
      } else if (pairing?.person === id && !(await deliver(own, pairing, outcome))) {
        outcome.left.push({ id, name: own[0].name });
      } else if (pairing?.person !== id && me && inMyName === id) {
        await sendOf(own, undefined, outcome);
      } else if (pairing?.person !== id) {
        outcome.left.push({ id, name: own[0].name });
      }
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    outcome.retryAfter = error.problem.retry_after ?? null;
    outcome.problem = error.problem;
  }
  return outcome;
}

/** The id of whoever has the session, if somebody has one that may do anything. */
async function whoIsSignedIn() {
  try {
    return (await ask('GET', '/me')).person.id;
  } catch (error) {
    if (error instanceof Refused && error.problem.status < 500) return null;
    throw error;
  }
}

/** Delivers as the paired phone; says whether its secret still opens that. */
async function deliver(own, pairing, outcome) {
  try {
    await sendOf(own, pairing.delivery, outcome);
    return true;
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.status !== 401) throw error;
    await within('readwrite', async ({ phone }) => {
      const known = await asked(phone.get('pairing'));
      if (known?.delivery === pairing.delivery) phone.delete('pairing');
    });
    return false;
  }
}

async function sendOf(own, secret, outcome) {
  const devices = new Map();
  for (const one of own) devices.set(one.device, [...(devices.get(one.device) ?? []), one]);
  for (const [device, seen] of devices) {
    for (let from = 0; from < seen.length; from += BATCH) {
      await sendBatch(device, seen.slice(from, from + BATCH), secret, outcome);
    }
  }
}

async function sendBatch(device, batch, secret, outcome) {
  const observations = batch.map(({ event_id, person, device_seq, occurred_at, scan, observed, home_code }) => ({
    event_id, person, device_seq, occurred_at, scan, observed, ...(home_code ? { home_code } : {}),
  }));
  const { answers } = await ask('POST', '/observations', JSON.stringify({ device, observations }), { secret });
  const count = { sent: 0, doubtful: 0, turnedAway: 0 };
  await within('readwrite', async ({ queue }) => {
    for (const [at, one] of batch.entries()) {
      const answer = answers[at];
      // Another page may have had it answered already, and somebody may have seen that.
      if (!answer || (await asked(queue.get(one.event_id)))?.state !== 'waiting') continue;
      switch (answer.outcome) {
        case 'recorded':
        case 'already-recorded':
          queue.delete(one.event_id);
          count.sent += 1;
          break;
        case 'recorded-with-discrepancy':
          queue.put({ ...one, state: 'doubtful', said: answer.discrepancies.map((found) => found.sentence) });
          count.sent += 1;
          count.doubtful += 1;
          break;
        case 'turned-away':
          queue.put({ ...one, state: 'turned-away', said: [answer.problem?.detail ?? ''] });
          count.turnedAway += 1;
          break;
        default:
          // What this page does not understand goes out again.
      }
    }
  });
  for (const [name, more] of Object.entries(count)) outcome[name] += more;
  changed();
}
