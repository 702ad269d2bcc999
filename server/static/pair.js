// Keeps in this phone who it is and with what it delivers observations when nobody is signed in any more.
// Only this origin's own pages can read it.

const paired = document.getElementById('paired');
if (paired) {
  const { device, delivery } = paired.dataset;
  const opening = indexedDB.open('hokan', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('phone');
  opening.onsuccess = () => {
    const phone = opening.result.transaction('phone', 'readwrite').objectStore('phone');
    phone.put({ device, delivery }, 'pairing');
    delete paired.dataset.delivery;
  };
}
