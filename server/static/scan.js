// The phone page: looks for labels with the camera, shows what they are on, and does acts in one more tap.
//
// Without this script the form below the picture does the same by way of the server. With it, that form is
// the way in where the camera is blocked, and typing the code always works. Without signal the page records what
// was seen in this browser and sends it later; then it may be the shell that the service worker keeps, which holds
// nothing of anybody's.

import { ask, isHeard, onSignal, presumeLost, Refused, Unreachable } from './api.js';
import { labelCode } from './code.js';
import * as queue from './queue.js';
import { freshId } from './queue.js';

const LANG = document.documentElement.lang;
const FRAME_SIDE = 1280;
const FRAME_PAUSE = 350;
const DETECTOR_PAUSE = 150;
// A detector of the browser can miss what the server's reader finds, so it gets a frame now and then.
const DETECTOR_MISSES = 20;
// What was just put aside is not opened again while it is still before the camera.
const SAME_LABEL_PAUSE = 3000;
// People and places change now and then.
const DIRECTORY_LASTS = 300000;
// How often the server is asked whether it is there again, while something waits.
const TRY_AGAIN = 60000;

const byId = (id) => document.getElementById(id);
const texts = new Map([...byId('texts').children].map((line) => [line.dataset.key, line.textContent]));
const t = (key, values = {}) =>
  (texts.get(key) ?? key).replace(/%\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

const ui = {
  viewfinder: byId('viewfinder'),
  video: byId('video'),
  torch: byId('torch'),
  status: byId('status'),
  problem: byId('camera-problem'),
  problemTitle: byId('camera-problem-title'),
  problemDetail: byId('camera-problem-detail'),
  again: byId('camera-again'),
  trust: byId('camera-trust'),
  form: byId('scan-form'),
  code: byId('code'),
  photo: byId('photo'),
  drawer: byId('drawer'),
  result: byId('drawer-result'),
  title: byId('drawer-title'),
  body: byId('drawer-body'),
  acts: byId('drawer-acts'),
  announce: byId('announce'),
  signal: byId('no-signal'),
  back: byId('signal-back'),
  reload: byId('reload'),
  waiting: byId('waiting'),
  waitingName: byId('waiting-name'),
  waitingCount: byId('waiting-count'),
  waitingList: byId('waiting-list'),
  waitingStatus: byId('waiting-status'),
  sendNow: byId('send-now'),
};

/** Makes an element: `make('p', { class: 'x' }, 'text', otherElement)`. Text stays text. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const grouped = (code) => code.replace(/^(.{4})(.{4})(.{4})$/, '$1-$2-$3');

/** A nod in the hand; browsers allow it only after the page was touched. */
function nod(pattern) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pattern);
}

/** Says something to people who do not see the screen, at once. */
function announce(text) {
  ui.announce.textContent = '';
  // The same sentence twice is heard twice only if the text was gone in between.
  setTimeout(() => { ui.announce.textContent = text; }, 50);
}

function status(text) {
  if (ui.status.textContent !== text) ui.status.textContent = text;
}

// ------------------------------------------------------------------------------------------ the interface

const directory = { known: null, at: 0 };
async function getDirectory() {
  if (!directory.known || Date.now() - directory.at > DIRECTORY_LASTS) {
    directory.known = await ask('GET', '/directory');
    directory.at = Date.now();
  }
  return directory.known;
}

/** The code in the text of a symbol, or null if it is none of ours. The server checks its check characters. */
function codeIn(text) {
  const found = /^(?:https?:\/\/[^/\s]+\/l\/|hokan:)([0-9a-z]{12})\/?(?:[?#].*)?$/i.exec(text.trim());
  return found ? found[1].toUpperCase() : null;
}

// --------------------------------------------------------------------------------------------- the camera

const camera = { stream: null, detector: null, misses: 0, timer: null, busy: false };
// What the camera looks for: 'label', 'home' (where to put the item away), or nothing.
let looking = 'label';
// The item that is being put away while the camera looks for a home.
let puttingAway = null;
let lastLabel = { code: '', at: 0 };

async function startCamera() {
  ui.problem.hidden = true;
  if (!navigator.mediaDevices?.getUserMedia) {
    explain(window.isSecureContext ? 'no_camera' : 'insecure');
    return;
  }
  ui.viewfinder.hidden = false;
  status(t('starting'));
  try {
    camera.stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: 'environment' }, width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
    ui.video.srcObject = camera.stream;
    await ui.video.play();
  } catch (error) {
    stopCamera();
    const causes = { NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'no_camera', OverconstrainedError: 'no_camera' };
    explain(causes[error.name] ?? 'camera_busy');
    return;
  }
  offerTorch();
  await findDetector();
  if (looking) status(t(looking === 'home' ? 'looking_home' : 'looking'));
  schedule(0);
}

function stopCamera() {
  clearTimeout(camera.timer);
  camera.stream?.getTracks().forEach((track) => track.stop());
  camera.stream = null;
  ui.viewfinder.hidden = true;
}

function explain(key) {
  ui.viewfinder.hidden = true;
  ui.problemTitle.textContent = t(`${key}_title`);
  ui.problemDetail.textContent = t(key);
  ui.trust.hidden = key !== 'insecure';
  ui.again.hidden = key === 'insecure';
  ui.problem.hidden = false;
}

async function findDetector() {
  camera.detector = null;
  try {
    if ('BarcodeDetector' in window && (await window.BarcodeDetector.getSupportedFormats()).includes('qr_code')) {
      camera.detector = new window.BarcodeDetector({ formats: ['qr_code'] });
    }
  } catch {
    // Then the server reads the frames.
  }
}

function offerTorch() {
  const track = camera.stream.getVideoTracks()[0];
  const can = track.getCapabilities?.().torch === true;
  ui.torch.hidden = !can;
  ui.torch.setAttribute('aria-pressed', 'false');
}

ui.torch.addEventListener('click', async () => {
  const on = ui.torch.getAttribute('aria-pressed') !== 'true';
  try {
    await camera.stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] });
    ui.torch.setAttribute('aria-pressed', String(on));
  } catch {
    ui.torch.hidden = true;
  }
});

function schedule(pause) {
  clearTimeout(camera.timer);
  if (camera.stream) camera.timer = setTimeout(look, pause);
}

/** Looks once. The next look begins only after this one has ended, so one frame is under way at most. */
async function look() {
  if (!camera.stream || camera.busy) return;
  if (!looking || document.hidden || ui.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
    schedule(FRAME_PAUSE);
    return;
  }
  camera.busy = true;
  let pause = FRAME_PAUSE;
  try {
    if (camera.detector && (camera.misses < DETECTOR_MISSES || !isHeard())) {
      pause = DETECTOR_PAUSE;
      await lookWithDetector();
    } else {
      camera.misses = 0;
      await lookWithServer();
    }
  } catch (error) {
    pause = report(error);
  } finally {
    camera.busy = false;
    schedule(pause);
  }
}

/** Says in the viewfinder what went wrong; returns how long to wait before looking again. */
function report(error) {
  if (error instanceof Refused) {
    if (error.problem.status === 401) {
      showSignedOut();
      return FRAME_PAUSE;
    }
    status(error.problem.detail);
    return (error.problem.retry_after ?? 1) * 1000;
  }
  status(t('offline_type'));
  return 3000;
}

async function lookWithDetector() {
  const found = await camera.detector.detect(ui.video);
  if (found.length === 0) {
    camera.misses += 1;
    return;
  }
  camera.misses = 0;
  const codes = [...new Set(found.map((one) => codeIn(one.rawValue)).filter(Boolean))];
  if (codes.length === 0) {
    status(t('foreign'));
    return;
  }
  if (codes.length === 1 && isLast(codes[0])) return;
  const answers = await Promise.all(codes.map(resolve));
  if (looking) await take(answers, 'camera');
}

/**
 * What a code leads to, in the form in which a photograph's codes are answered; `offline` where the server did not
 * say, but the characters belong together.
 */
async function resolve(code) {
  try {
    return { code, resolution: await ask('GET', `/labels/${encodeURIComponent(code)}`) };
  } catch (error) {
    if (error instanceof Refused && error.problem.status !== 401) return { code, problem: error.problem };
    const offline = error instanceof Unreachable ? labelCode(code) : null;
    if (offline) return { code: offline, offline: true };
    throw error;
  }
}

const canvas = document.createElement('canvas');

async function lookWithServer() {
  const { videoWidth: width, videoHeight: height } = ui.video;
  const scale = Math.min(1, FRAME_SIDE / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext('2d', { alpha: false }).drawImage(ui.video, 0, 0, canvas.width, canvas.height);
  const frame = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.8));
  if (!frame) return;
  let answer;
  try {
    answer = await ask('POST', '/photo', frame, { type: 'image/jpeg' });
  } catch (error) {
    // A blurred frame that took too long says nothing about the label.
    if (error instanceof Refused && error.problem.code === 'photo-time-budget') return;
    throw error;
  }
  if (!looking) return;
  const codes = answer.codes.filter((one) => one.resolution || one.problem);
  if (codes.length > 0) await take(codes, 'camera');
  else status(t(answer.codes.length > 0 ? 'foreign' : looking === 'home' ? 'looking_home' : 'looking'));
}

function isLast(code) {
  return code === lastLabel.code && Date.now() - lastLabel.at < SAME_LABEL_PAUSE;
}

document.addEventListener('visibilitychange', () => {
  // A camera that runs behind another page worries people and empties the battery.
  if (document.hidden) {
    if (camera.stream) stopCamera();
  } else if (!camera.stream && ui.problem.hidden) {
    startCamera();
  }
});
ui.again.addEventListener('click', startCamera);

// ------------------------------------------------------------------------------------------ what was read

/** Takes in the codes that one look found. */
async function take(codes, method) {
  if (looking === 'home' && puttingAway) {
    takeHome(codes);
    return;
  }
  const known = codes.filter((one) => (one.resolution || one.offline) && !isLast(one.code));
  if (known.length === 0) {
    const problem = codes.find((one) => one.problem)?.problem;
    if (problem) {
      status(problem.detail);
      if (method !== 'camera') showProblem(problem);
    }
    return;
  }
  nod(40);
  if (known.length === 1) show(known[0], method);
  else showSeveral(known, method);
}

function takeHome(codes) {
  if (puttingAway.offline) {
    takeHomeOffline(codes);
    return;
  }
  const home = codes.find((one) => ['place', 'container'].includes(one.resolution?.state));
  if (home) {
    nod(40);
    const { item, scan } = puttingAway;
    perform(item, scan, { act: 'put-away', home_code: home.code, scan });
    return;
  }
  const other = codes.find((one) => one.code !== puttingAway.scan.code);
  if (other) status(other.problem?.detail ?? t(other.offline ? 'offline' : 'not_a_home'));
}

/** Shows what a label is on. */
function show(found, method) {
  if (found.offline) {
    showOffline(found.code, method);
    return;
  }
  const { code, resolution } = found;
  lastLabel = { code, at: Date.now() };
  switch (resolution.state) {
    case 'item':
      showItem(resolution.item, { code, method });
      break;
    case 'place':
    case 'container':
      showHome(resolution);
      break;
    case 'blank':
      openDrawer(t('blank'), [codeLine(code), make('p', { class: 'lead' }, resolution.sentence)], [
        resolution.may_register && link(t('register'), `/register?code=${encodeURIComponent(code)}`, 'primary big'),
        nextButton(),
      ]);
      break;
    default:
      openDrawer(t('void'), [
        codeLine(code),
        make('p', { class: 'lead' }, resolution.sentence),
        resolution.item && make('p', {}, `${t('was_on')}: `, make('a', { href: resolution.item.url }, resolution.item.title)),
      ], [nextButton()]);
      announce(resolution.sentence);
  }
}

function showSeveral(known, method) {
  const titleOf = ({ code, resolution, offline }) => (offline ? grouped(code)
    : resolution.item?.title ?? resolution.name ?? `${t(resolution.state)} ${grouped(code)}`);
  const detailOf = ({ resolution }) => resolution?.item?.custody?.sentence ?? '';
  const list = make('ul', { class: 'choices' }, ...known.map((one) =>
    make('li', {}, make('button', { class: 'choice', type: 'button', onclick: () => show(one, method) },
      make('span', { class: 'choice-title' }, titleOf(one)), make('span', { class: 'choice-detail' }, detailOf(one))))));
  openDrawer(t('several'), [list], [nextButton()]);
}

function showHome(resolution) {
  const rows = resolution.items.map((item) => make('li', {}, make('a', { class: 'choice', href: item.url },
    make('span', { class: 'choice-title' }, item.title), make('span', { class: 'choice-detail' }, `${item.kind.name} ${grouped(item.code)}`))));
  openDrawer(resolution.name, [
    make('p', { class: 'lead' }, rows.length > 0 ? t('items_inside', { count: rows.length }) : t('empty')),
    make('ul', { class: 'choices' }, ...rows),
  ], [nextButton()]);
}

function showProblem(problem) {
  openDrawer(problem.title, [make('p', { class: 'drawer-result bad' }, problem.detail, source(problem.source))], [nextButton('primary big')]);
  announce(problem.detail);
}

function showSignedOut() {
  openDrawer(t('sign_in'), [make('p', { class: 'lead' }, t('signed_out'))], [link(t('sign_in'), '/sign-in?next=/scan', 'primary big')]);
}

// ------------------------------------------------------------------------------------------------ an item

/** The order of the buttons is the server's; these stand out. */
const PRIMARY = new Set(['accept', 'take-out', 'offer', 'put-away']);
/** These need a form of their own, which the item's page has. */
const ON_PAGE = new Set(['replace-label', 'record-contents']);

function showItem(item, scan, said = {}) {
  const body = [
    make('p', { class: `drawer-where ${item.custody.state}` }, item.custody.sentence),
    make('p', { class: 'row-meta' }, item.kind.name,
      item.control_number ? make('span', { class: 'dot' }, item.control_number) : null,
      make('code', { class: 'dot' }, grouped(item.code))),
  ];
  if (item.offer) {
    const to = item.offer.to === 'any-handler' ? t('any_handler') : t('to_person', { name: item.offer.to.name });
    body.push(make('p', { class: 'drawer-offer' }, t('waits', { name: to }),
      make('span', { class: 'row-since' }, t('until', { time: item.offer.expires_text }))));
  }
  for (const discrepancy of item.discrepancies) {
    body.push(make('p', { class: 'drawer-bad' }, make('b', {}, `${t('discrepancy')}: `), discrepancy.sentence));
  }
  if (item.contents.length > 0) {
    body.push(make('ul', { class: 'drawer-contents' }, ...item.contents.map((one) => make('li', {},
      make('span', { class: 'tag' }, one.category.name), ` ${one.purpose ?? ''} `,
      one.records === undefined ? '' : t('records', { count: one.records.toLocaleString(LANG) })))));
  }
  const closed = closedActs(item);
  if (closed) body.push(closed);
  body.push(make('p', {}, make('a', { href: item.url }, t('details'))));

  const open = item.acts.filter((act) => act.open);
  const first = said.good ? null : open.find((act) => PRIMARY.has(act.act));
  const buttons = open.map((act) => {
    const looks = act === first ? 'primary big' : PRIMARY.has(act.act) ? 'big' : '';
    if (ON_PAGE.has(act.act)) return link(act.name, `${item.url}#act-${act.act}`, 'quiet');
    return button(act.name, looks, () => begin(act, item, scan));
  });
  openDrawer(item.title, body, [...buttons, nextButton(said.good ? 'primary big' : '')], said);
}

function closedActs(item) {
  const groups = new Map();
  for (const act of item.acts.filter((one) => !one.open && one.reason)) {
    const key = `${act.reason.sentence}\n${act.reason.source}`;
    groups.set(key, { ...act.reason, names: [...(groups.get(key)?.names ?? []), act.name] });
  }
  if (groups.size === 0) return null;
  return make('details', { class: 'closed' }, make('summary', {}, t('closed')), make('dl', {}, ...[...groups.values()].map((group) =>
    make('div', {}, make('dt', {}, ...group.names.map((name) => make('span', { class: 'tag' }, name))),
      make('dd', {}, group.sentence, source(group.source))))));
}

const source = (text) => (text ? make('span', { class: 'source' }, t('source', { source: text })) : null);
const codeLine = (code) => make('p', { class: 'row-meta' }, make('code', {}, grouped(code)));

/** What happens when the button of an act is pressed. */
function begin(act, item, scan) {
  switch (act.act) {
    case 'accept':
      perform(item, scan, { act: 'accept', hand_over: item.offer.hand_over, scan });
      break;
    case 'take-out':
      perform(item, scan, { act: 'take-out', scan });
      break;
    case 'withdraw':
      perform(item, scan, { act: 'withdraw', hand_over: item.offer.hand_over });
      break;
    case 'refuse':
      askWhyNot(act, item, scan);
      break;
    case 'offer':
      choosePerson(act, item, scan);
      break;
    case 'put-away':
      chooseHome(item, scan);
      break;
    default:
      location.assign(item.url);
  }
}

function askWhyNot(act, item, scan) {
  const note = make('textarea', { id: 'why-not', rows: '2', maxlength: '1000' });
  openDrawer(act.name, [make('p', { class: 'lead' }, item.title), make('div', { class: 'field' }, make('label', { for: 'why-not' }, t('why_not')), note)], [
    button(act.name, 'danger big', () => perform(item, scan, { act: 'refuse', hand_over: item.offer.hand_over, ...noted(note) })),
    button(t('back'), '', () => showItem(item, scan)),
  ]);
}

const noted = (field) => (field.value.trim() ? { note: field.value.trim() } : {});

/** A list to choose from, with a field that narrows it down. */
function chooser(label, entries, pick) {
  const list = make('ul', { class: 'choices' });
  const none = make('p', { class: 'empty', hidden: true }, t('nobody'));
  const rows = entries.map((entry) => {
    const row = make('li', {}, make('button', { class: 'choice', type: 'button', 'aria-pressed': 'false', onclick: (event) => {
      list.querySelectorAll('[aria-pressed]').forEach((other) => other.setAttribute('aria-pressed', 'false'));
      event.currentTarget.setAttribute('aria-pressed', 'true');
      pick(entry);
    } }, make('span', { class: 'choice-title' }, entry.name)));
    list.append(row);
    return { row, words: plain(entry.name) };
  });
  const filter = make('input', { type: 'search', id: 'filter', autocomplete: 'off', enterkeyhint: 'search', oninput: () => {
    const wanted = plain(filter.value);
    let shown = 0;
    for (const { row, words } of rows) {
      row.hidden = !words.includes(wanted);
      if (!row.hidden) shown += 1;
    }
    none.hidden = shown > 0;
  } });
  const field = entries.length > 6 ? make('div', { class: 'field' }, make('label', { for: 'filter' }, label), filter) : null;
  return [field, list, none];
}

const plain = (text) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');

async function choosePerson(act, item, scan) {
  const known = await directoryOrExplain(() => choosePerson(act, item, scan), item, scan);
  if (!known) return;
  let chosen = null;
  const note = make('textarea', { id: 'offer-note', rows: '2', maxlength: '1000' });
  const send = button(act.name, 'primary big', () => perform(item, scan, { act: 'offer', to: chosen.id, scan, ...noted(note) }));
  send.disabled = true;
  const entries = [{ id: 'any-handler', name: t('any_handler') }, ...known.people];
  const list = chooser(t('filter_people'), entries, (entry) => {
    chosen = entry;
    send.disabled = false;
    send.textContent = t('offer_to', { name: entry.id === 'any-handler' ? entry.name : t('to_person', { name: entry.name }) });
  });
  openDrawer(t('choose_person'), [make('p', { class: 'lead' }, item.title), ...list,
    make('div', { class: 'field' }, make('label', { for: 'offer-note' }, t('note')), note)],
  [send, button(t('back'), '', () => showItem(item, scan))]);
}

async function chooseHome(item, scan) {
  const known = await directoryOrExplain(() => chooseHome(item, scan), item, scan);
  if (!known) return;
  const list = chooser(t('filter_homes'), known.homes, (entry) => perform(item, scan, { act: 'put-away', home: entry.id, scan }));
  openDrawer(t('choose_home'), [
    make('p', { class: 'lead' }, item.title),
    camera.stream ? make('p', { class: 'drawer-offer' }, t('scan_home')) : null,
    ...list,
  ], [button(t('back'), '', () => showItem(item, scan))], { camera: true });
  puttingAway = { item, scan };
  looking = 'home';
  camera.misses = 0;
  status(t('looking_home'));
}

async function directoryOrExplain(again, item, scan) {
  try {
    return await getDirectory();
  } catch (error) {
    showFailure(error, again, item, scan);
    return null;
  }
}

/** Does an act. It keeps its id however often it is sent, so it is recorded once. */
async function perform(item, scan, body) {
  await send(item, scan, { event_id: freshId(), ...body });
}

async function send(item, scan, body) {
  looking = null;
  puttingAway = null;
  for (const control of ui.drawer.querySelectorAll('button, a')) control.disabled = true;
  ui.drawer.setAttribute('aria-busy', 'true');
  ui.result.hidden = false;
  ui.result.className = 'drawer-result';
  ui.result.textContent = t('sending');
  try {
    const answer = await ask('POST', `/items/${item.id}/acts`, JSON.stringify(body));
    nod([30, 40, 30]);
    lastLabel = { code: scan.code, at: Date.now() };
    showItem(answer.item, scan, { good: true, text: answer.sentence });
    announce(answer.sentence);
  } catch (error) {
    showFailure(error, () => send(item, scan, body), item, scan);
  }
}

function showFailure(error, again, item, scan) {
  if (error instanceof Refused) {
    const { problem } = error;
    if (problem.status === 401) {
      showSignedOut();
      return;
    }
    if (problem.code === 'unknown-reference') directory.known = null;
    // Busy and faulty servers have recorded nothing or do not know; the same act may go out again.
    if (problem.status >= 500) {
      openDrawer(item.title, [], [button(t('send_again'), 'primary big', again), nextButton()], { bad: true, text: problem.detail });
    } else {
      showItem(problem.item ?? item, scan, { bad: true, text: problem.detail, source: problem.source });
    }
    announce(problem.detail);
    return;
  }
  openDrawer(item.title, [], [button(t('send_again'), 'primary big', again), nextButton()], { bad: true, text: t('not_sent') });
  announce(t('not_sent'));
}

// --------------------------------------------------------------------------------------------- the drawer

function button(text, looks, act) {
  return make('button', { class: `button wide ${looks}`, type: 'button', onclick: act }, text);
}

function link(text, address, looks) {
  return make('a', { class: `button wide ${looks}`, href: address }, text);
}

function nextButton(looks = '') {
  return button(t(camera.stream ? 'next' : 'close'), looks, closeDrawer);
}

function openDrawer(title, body, acts, said = {}) {
  looking = null;
  puttingAway = null;
  ui.title.textContent = title;
  ui.body.replaceChildren(...body.filter(Boolean));
  ui.acts.replaceChildren(...acts.filter(Boolean));
  // Lesser buttons stand two and two; one left over takes the whole line.
  const lesser = [...ui.acts.querySelectorAll('.button:not(.primary, .danger)')];
  if (lesser.length % 2 === 1) lesser.at(-1).classList.add('alone');
  ui.result.hidden = !said.text;
  ui.result.className = `drawer-result ${said.good ? 'good' : said.bad ? 'bad' : ''}`;
  ui.result.replaceChildren(said.text ?? '', source(said.source) ?? '');
  ui.drawer.classList.toggle('low', Boolean(said.camera));
  ui.drawer.removeAttribute('aria-busy');
  if (ui.drawer.hidden) history.pushState({ drawer: true }, '');
  ui.drawer.hidden = false;
  setBehind(true);
  document.body.classList.add('has-drawer');
  ui.drawer.firstElementChild.scrollTop = 0;
  ui.title.focus({ preventScroll: true });
}

/** What lies behind the drawer can be neither seen nor reached; the viewfinder still speaks. */
function setBehind(inert) {
  for (const part of [document.querySelector('.top'), ...byId('main').children]) {
    if (![ui.drawer, ui.viewfinder, ui.announce].includes(part)) part.inert = inert;
  }
}

// The phone's own way back closes the drawer, as people expect, so closing it by a button goes that way too.
function closeDrawer() {
  if (history.state?.drawer) history.back();
  else hideDrawer();
}

addEventListener('popstate', () => {
  if (!ui.drawer.hidden) hideDrawer();
});

function hideDrawer() {
  ui.drawer.hidden = true;
  setBehind(false);
  document.body.classList.remove('has-drawer');
  lastLabel.at = Date.now();
  puttingAway = null;
  looking = 'label';
  camera.misses = 0;
  if (camera.stream) {
    status(t('looking'));
    byId('main').focus({ preventScroll: true });
  } else {
    ui.code.focus();
  }
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !ui.drawer.hidden) closeDrawer();
});

// ------------------------------------------------------------------------------- the form below the camera

document.body.classList.add('with-script');

ui.form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const typed = ui.code.value.trim();
  if (!typed) {
    ui.code.focus();
    return;
  }
  // An address, as strange QR codes hold, is no code with a slip of the finger in it.
  if (typed.includes('://') && !codeIn(typed)) {
    showProblem({ title: t('foreign'), detail: t('foreign_typed') });
    return;
  }
  await lookUp(codeIn(typed) ?? typed);
});

/** Shows what a code is on that was not read by the camera. */
async function lookUp(typed) {
  try {
    const found = await resolve(typed);
    if (found.problem) {
      showProblem(found.problem);
      return;
    }
    ui.code.value = '';
    ui.code.blur();
    if (found.offline) {
      showOffline(found.code, 'typed');
      return;
    }
    const { resolution } = found;
    show({ code: resolution.item?.code ?? resolution.code ?? found.code, resolution }, 'typed');
  } catch (error) {
    if (error instanceof Unreachable && !labelCode(typed)) {
      showProblem({ title: t('mistyped_title'), detail: t('mistyped') });
    } else {
      explainFailure(error);
    }
  }
}

ui.photo.addEventListener('change', async () => {
  const [file] = ui.photo.files;
  if (!file) return;
  openDrawer(t('reading'), [], []);
  try {
    const answer = await ask('POST', '/photo', file, { type: file.type || 'application/octet-stream' });
    const codes = answer.codes.filter((one) => one.resolution || one.problem);
    lastLabel = { code: '', at: 0 };
    if (codes.length > 0) {
      await take(codes, 'photo');
    } else {
      showProblem({ title: t('nothing'), detail: answer.sentence ?? t('foreign') });
    }
  } catch (error) {
    explainFailure(error);
  } finally {
    ui.photo.value = '';
  }
});

function explainFailure(error) {
  if (error instanceof Refused && error.problem.status === 401) showSignedOut();
  else if (error instanceof Refused) showProblem(error.problem);
  else showProblem({ title: t('offline'), detail: t('offline_type') });
}

// ------------------------------------------------------------------------------------------ without signal

/** What can be recorded without knowing the item, in the order of the buttons. */
const SEEN = new Map([
  ['taken-out', 'did_taken_out'],
  ['put-away', 'did_put_away'],
  ['seen', 'did_seen'],
  ['accepted', 'did_accepted'],
  ['departed', 'did_departed'],
  ['returned', 'did_returned'],
  ['found', 'did_found'],
  ['fault-reported', 'did_fault'],
]);

/** Who is signed in: on the page itself, or as the page last showed it, for the shell of it. */
const here = { person: null, shell: !ui.waiting.dataset.person };

async function findPerson() {
  const { person: id, name } = ui.waiting.dataset;
  try {
    if (id) await queue.keepPerson({ id, name });
    here.person = id ? { id, name } : (await queue.person()) ?? null;
  } catch {
    // A browser that keeps nothing records nothing; that is said when it is asked to.
    here.person = id ? { id, name } : null;
  }
}

const showWho = () => make('p', { class: 'fine' }, t('record_as', { name: here.person.name }));

/** Asks what was done with what a label is on. */
function showOffline(code, method, said = {}) {
  lastLabel = { code, at: Date.now() };
  nod(40);
  if (!here.person) {
    openDrawer(t('offline_title'), [codeLine(code), make('p', { class: 'lead' }, t('record_nobody'))],
      [link(t('sign_in'), '/sign-in?next=/scan', 'primary big'), nextButton()]);
    announce(t('record_nobody'));
    return;
  }
  const buttons = [...SEEN].map(([observed, key], at) => button(t(key), at < 2 ? 'big' : '', () => {
    if (observed === 'put-away') chooseHomeOffline(code, method);
    else keep({ code, method, observed });
  }));
  openDrawer(t('offline_title'), [codeLine(code), make('p', { class: 'lead' }, t('record_lead')), showWho()],
    [...buttons, nextButton()], said);
}

/** Asks for the label of the place that it was put into: its names are not kept here. */
function chooseHomeOffline(code, method) {
  const field = make('input', { class: 'code-input', id: 'home-code', autocomplete: 'off', autocapitalize: 'characters',
    autocorrect: 'off', spellcheck: 'false', maxlength: '100', enterkeyhint: 'done', placeholder: 'XXXX-XXXX-XXXX' });
  const wrong = make('p', { class: 'drawer-bad', role: 'alert', hidden: true }, t('mistyped'));
  const form = make('form', { onsubmit: (event) => {
    event.preventDefault();
    const home = labelCode(codeIn(field.value) ?? field.value);
    wrong.hidden = Boolean(home) && home !== code;
    if (wrong.hidden) keep({ code, method, observed: 'put-away', home_code: home });
    else field.focus();
  } }, make('div', { class: 'field' }, make('label', { for: 'home-code' }, t('home_label')), field), wrong,
  make('button', { class: 'button wide primary big', type: 'submit' }, t('did_put_away')));
  openDrawer(t('put_where'), [codeLine(code), camera.detector ? make('p', { class: 'drawer-offer' }, t('scan_home_offline')) : null,
    form], [button(t('back'), '', () => showOffline(code, method))], { camera: Boolean(camera.detector) });
  if (!camera.detector) return;
  puttingAway = { offline: { code, method } };
  looking = 'home';
  camera.misses = 0;
  status(t('looking_home'));
}

function takeHomeOffline(codes) {
  const { code, method } = puttingAway.offline;
  const home = codes.find((one) => one.code !== code && (one.offline || ['place', 'container'].includes(one.resolution?.state)));
  if (home) keep({ code, method, observed: 'put-away', home_code: home.code });
  else if (codes.some((one) => one.code !== code)) status(t('not_a_home'));
}

/** Keeps an observation in this browser. */
async function keep(seen) {
  for (const control of ui.drawer.querySelectorAll('button, a')) control.disabled = true;
  try {
    await queue.record(here.person, seen);
  } catch (error) {
    const why = t(error instanceof queue.OtherPerson ? 'other_person' : 'cannot_keep');
    openDrawer(t('not_kept'), [codeLine(seen.code)], [
      button(t('reload'), 'primary big', () => location.reload()), nextButton(),
    ], { bad: true, text: why });
    announce(why);
    return;
  }
  nod([30, 40, 30]);
  lastLabel = { code: seen.code, at: Date.now() };
  openDrawer(t(SEEN.get(seen.observed)), [
    codeLine(seen.code),
    seen.home_code ? make('p', { class: 'row-meta' }, `${t('home_label')}: `, make('code', {}, grouped(seen.home_code))) : null,
    showWho(),
  ], [nextButton('primary big')], { good: true, text: t('kept') });
  announce(t('kept'));
  if (isHeard()) trySending();
}

const moment = (text) => new Date(text).toLocaleString(LANG, { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' });

const seenLine = (one) => make('p', { class: 'waiting-what' }, make('b', {}, t(SEEN.get(one.observed) ?? 'did_seen')),
  make('span', { class: 'row-meta' }, make('code', {}, grouped(one.scan.code)), ' ',
    make('time', { datetime: one.occurred_at }, moment(one.occurred_at))));

let shown = '';

/** Shows how many wait, from whom, since when, and what the server had to say of those that went. */
async function showWaiting() {
  let kept = [];
  try {
    kept = await queue.all();
  } catch {
    // Nothing is kept here.
  }
  const waiting = kept.filter((one) => one.state === 'waiting');
  ui.waiting.hidden = kept.length === 0 && !ui.waitingStatus.textContent;
  // What somebody is about to press is not put there anew while nothing has changed.
  const now = JSON.stringify([here.person, kept.map((one) => [one.event_id, one.state])]);
  if (now !== shown) listWaiting(kept, waiting);
  shown = now;
  return waiting.length;
}

function listWaiting(kept, waiting) {
  const people = new Map();
  for (const one of waiting) people.set(one.person, [...(people.get(one.person) ?? []), one]);
  const groups = [...people.values()].map((own) => {
    const [{ person: id, name, occurred_at: since }] = own;
    const mine = id === here.person?.id;
    return make('li', { class: 'waiting-one' },
      make('p', { class: 'row-title' }, t('waiting_of', { name, count: own.length })),
      make('p', { class: 'row-since' }, t('since', { time: moment(since) })),
      // Whose they are sees what they are; to others who use this phone the number is enough.
      mine ? make('details', {}, make('summary', {}, t('show_waiting')), ...own.map(seenLine)) : null,
      !mine && here.person && !here.shell ? button(t('hand_in'), 'small', () => askToHandIn(id, name, own.length)) : null);
  });
  const answered = kept.filter((one) => one.state !== 'waiting');
  const said = answered.filter((one) => one.person === here.person?.id).map((one) => make('li', { class: 'waiting-one' },
    seenLine(one),
    make('p', { class: one.state === 'doubtful' ? 'drawer-offer' : 'drawer-bad' },
      make('b', {}, `${t(one.state === 'doubtful' ? 'doubtful' : 'turned_away')}: `), one.said.join(' ')),
    make('p', { class: 'actions' }, make('a', { class: 'button small', href: `/L/${one.scan.code}` }, t('see_item')),
      make('button', { class: 'button small', type: 'button', onclick: () => acknowledge(one) }, t('understood')))));
  const others = new Set(answered.filter((one) => one.person !== here.person?.id).map((one) => one.name));
  const rest = [...others].map((name) => make('li', { class: 'waiting-one' }, make('p', {}, t('answers_for', { name }))));
  ui.waitingName.textContent = t(waiting.length > 0 ? 'waiting' : 'answers');
  ui.waitingCount.textContent = String(waiting.length);
  ui.waitingCount.hidden = waiting.length === 0;
  ui.waiting.classList.toggle('open', waiting.length > 0);
  ui.waitingList.replaceChildren(...groups, ...said, ...rest);
  ui.sendNow.hidden = waiting.length === 0;
}

async function acknowledge(one) {
  await queue.acknowledge(one.event_id);
  // The button is gone, and what had the focus with it.
  (ui.waitingList.querySelector('a, button') ?? byId('main')).focus();
}

/** Whoever cannot sign in any more is not to lose what he saw; the register marks that another handed it in. */
function askToHandIn(id, name, count) {
  openDrawer(t('hand_in'), [make('p', { class: 'lead' }, t('hand_in_lead', { name, count }))], [
    button(t('hand_in_now'), 'primary big', () => {
      closeDrawer();
      trySending(id, true);
    }),
    button(t('back'), '', closeDrawer),
  ]);
}

let sending = null;

/** Sends what can go. Unasked it says only what is new; asked it waits for what is on its way already. */
async function trySending(inMyName = null, wasAsked = false) {
  while (sending) {
    if (!wasAsked) return;
    await sending;
  }
  sending = sendAndSay(inMyName, wasAsked);
  await sending;
}

async function sendAndSay(inMyName, wasAsked) {
  ui.sendNow.disabled = true;
  if (wasAsked) sayOfSending(t('sending'));
  try {
    const outcome = await queue.send(inMyName);
    const said = [];
    if (outcome.sent > 0) said.push(t('sent', { count: outcome.sent }));
    if (outcome.doubtful > 0) said.push(t('sent_doubtful', { count: outcome.doubtful }));
    if (outcome.turnedAway > 0) said.push(t('sent_turned_away', { count: outcome.turnedAway }));
    if (outcome.problem && outcome.problem.status !== 401) said.push(outcome.problem.detail);
    const names = outcome.left.map((one) => one.name).join(LANG === 'ja' ? '、' : ', ');
    if (names && (wasAsked || said.length > 0)) said.push(t('must_sign_in', { name: names }));
    if (said.length > 0 || wasAsked) sayOfSending(said.join(' '));
  } catch (error) {
    if (wasAsked) sayOfSending(t(error instanceof Unreachable ? 'still_waits' : 'cannot_keep'));
  } finally {
    sending = null;
    ui.sendNow.disabled = false;
    await showWaiting();
  }
}

function sayOfSending(text) {
  ui.waitingStatus.textContent = text;
  if (text) ui.waiting.hidden = false;
}

function showSignal(there) {
  ui.signal.hidden = there;
  ui.back.hidden = !(there && here.shell);
  if (there) trySending();
}

ui.sendNow.addEventListener('click', () => trySending(null, true));
ui.reload.addEventListener('click', () => location.reload());
onSignal(showSignal);
queue.onChange(showWaiting);
addEventListener('online', () => (isHeard() ? trySending() : probe()));
setInterval(async () => {
  if (!document.hidden && (await showWaiting()) > 0) trySending();
}, TRY_AGAIN);

/** Whether the server is there; whatever it says, it has spoken. */
const probe = () => ask('GET', '/me').catch(() => {});

async function start() {
  // The shell is there because no answer came.
  if (here.shell) presumeLost();
  ui.signal.hidden = isHeard();
  await findPerson();
  const waiting = await showWaiting();
  // The phone's own camera may have opened a label's address, which led here.
  const opened = here.shell ? /^\/l\/([0-9a-z]{12})\/?$/i.exec(location.pathname) : null;
  if (opened) lookUp(opened[1]);
  else if (here.shell) probe();
  else if (waiting > 0) trySending();
}

// Over TLS that the browser does not trust there is none, and the page works as long as it stays open.
navigator.serviceWorker
  ?.register(`/static/sw.js?lang=${LANG}`, { scope: '/', updateViaCache: 'none' })
  .catch(() => {});

start();
startCamera();
