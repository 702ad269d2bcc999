// Passkeys: asks the device, and sends its answer with the form. Without this script, and on a device without
// passkeys, the other ways of signing in remain.

const TIMEOUT = 15000;

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
const letters = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

/** What the server wants to know of a device, in its own form: bytes instead of letters. */
function asked(options) {
  const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  return {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    ...(options.excludeCredentials && { excludeCredentials: known(options.excludeCredentials) }),
    ...(options.allowCredentials && { allowCredentials: known(options.allowCredentials) }),
  };
}

/** What the device answers, as the server reads it. */
function answered(credential) {
  const response = {};
  for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (credential.response[part]) response[part] = letters(credential.response[part]);
  }
  const { id, type } = credential;
  return JSON.stringify({ id, rawId: letters(credential.rawId), type, response });
}

async function challenge(form, address) {
  const response = await fetch(address, {
    method: 'POST',
    body: new URLSearchParams({ csrf: form.elements.csrf.value }),
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!response.ok) throw new Error('refused');
  return response.json();
}

async function ask(place) {
  const form = place.closest('form');
  const status = place.querySelector('[role=status]');
  const button = place.querySelector('button');
  const say = (what) => { status.textContent = place.dataset[what] ?? ''; };
  button.disabled = true;
  say('waiting');
  try {
    const { step, options } = await challenge(form, place.dataset.challenge);
    const publicKey = asked(options);
    const credential = place.dataset.passkey === 'create'
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
    form.elements.passkey_step.value = step;
    form.elements.passkey_answer.value = answered(credential);
    // Not requestSubmit: a code that stands beside it need not be filled in.
    form.submit();
  } catch (error) {
    if (error.name === 'InvalidStateError') say('known');
    else if (error.name === 'SecurityError') say('elsewhere');
    else say(error.name === 'NotAllowedError' ? 'cancelled' : 'failed');
    button.disabled = false;
  }
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const place of document.querySelectorAll('[data-passkey]')) {
    place.hidden = false;
    place.querySelector('button').addEventListener('click', () => {
      // A new passkey needs its name first.
      if (place.dataset.passkey === 'create' && !place.closest('form').reportValidity()) return;
      ask(place);
    });
  }
} else {
  for (const line of document.querySelectorAll('[data-without-passkeys]')) line.hidden = false;
}
