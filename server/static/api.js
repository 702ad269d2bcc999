// The phone's interface of this server, as scripts of the pages ask it.

const API = '/api/phone/v1';
const LANG = document.documentElement.lang;
const TIMEOUT = 15000;
// Who was not heard a moment ago is not waited for as long: in a vault each scan would take that time.
const TIMEOUT_WITHOUT_SIGNAL = 4000;

/** The server answered with a problem document. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** No answer came, so nobody knows whether the act was recorded: the same act may be sent again. */
export class Unreachable extends Error {}

let heard = navigator.onLine !== false;
const listeners = [];

/** Whether the server answered when it was asked last. */
export const isHeard = () => heard;

/** Says that no answer came before this page was there. */
export function presumeLost() {
  heard = false;
}

/** Calls `listener` with `true` or `false` whenever that changes. */
export function onSignal(listener) {
  listeners.push(listener);
}

function tell(now) {
  if (now === heard) return;
  heard = now;
  listeners.forEach((listener) => listener(now));
}

/**
 * Asks the server. `secret` delivers as the paired phone, and then without the session: whose observations these
 * are must not depend on who happens to be signed in.
 */
export async function ask(method, path, body, { type = 'application/json', secret } = {}) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), heard ? TIMEOUT : TIMEOUT_WITHOUT_SIGNAL);
  try {
    const separator = path.includes('?') ? '&' : '?';
    const response = await fetch(`${API}${path}${separator}lang=${LANG}`, {
      method,
      body,
      headers: {
        'X-Hokan': '1',
        ...(body === undefined ? {} : { 'Content-Type': type }),
        ...(secret ? { Authorization: `Bearer ${secret}` } : {}),
      },
      credentials: secret ? 'omit' : 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: controller.signal,
    });
    const answer = await response.json();
    if (!response.ok && !answer?.code) throw new Unreachable();
    tell(true);
    if (response.ok) return answer;
    throw new Refused(answer);
  } catch (error) {
    if (error instanceof Refused) throw error;
    tell(false);
    throw new Unreachable();
  } finally {
    clearTimeout(timer);
  }
}
