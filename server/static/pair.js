// Keeps in this phone who it is, whose, and with what it delivers observations when nobody is signed in any more.
// Only this origin's own pages can read it.

import { keepPhoneValue } from './store.js';

const paired = document.getElementById('paired');
if (paired) {
  const { device, delivery, person } = paired.dataset;
  await keepPhoneValue('pairing', { device, delivery, person });
  delete paired.dataset.delivery;
}
