// What is done on a card goes to Python as {when, do, movie, stars}. Streamlit's own star widget knows
// neither half stars nor a name for screen readers, and four widgets a card would be hundreds.
const wholes = new WeakMap();
const RECENT = 20_000; // milliseconds

export default function ({ data, parentElement, setTriggerValue }) {
  let whole = wholes.get(parentElement);
  if (!whole) {
    whole = { shown: null, node: document.createElement("div"), acts: [] };
    wholes.set(parentElement, whole);
    parentElement.append(whole.node);
    // Leaving the stars has no property of its own on a node, unlike the events below.
    whole.node.addEventListener("focusout", ({ target }) => whole.left(target));
  }
  const { node } = whole;
  if (whole.shown !== data) {
    const place = placeOf(node, document.activeElement);
    node.innerHTML = whole.shown = data;
    focusOn(node, place);
  }
  const send = (control, stars) => {
    const movie = Number(control.closest("[data-movie]").dataset.movie);
    // Streamlit keeps the last of several quick triggers only, so each brings those before it.
    const when = performance.now();
    whole.acts = whole.acts.filter((act) => act.when > when - RECENT);
    whole.acts.push({ when, do: control.dataset.do, movie, stars });
    setTriggerValue("acts", [...whole.acts]);
  };
  const rate = (input) => {
    if (input.value === input.dataset.given) return;
    input.dataset.given = input.value;
    send(input, Number(input.value));
  };

  node.onclick = ({ target, clientX }) => {
    const control = target.closest("[data-do]");
    if (!control) return;
    if (control.dataset.do !== "rate") {
      if (control.ariaPressed) control.ariaPressed = String(control.ariaPressed !== "true");
      return send(control, 0);
    }
    const stars = starsAt(control, clientX);
    control.value = stars === Number(control.dataset.given) ? 0 : stars; // once more: taken back
    draw(control);
    rate(control);
  };
  // By keyboard each arrow is a step: only Enter, or going on, says that it is meant.
  // No value is returned: false would keep Tab and the arrows from doing what they do.
  node.onkeydown = ({ key, target }) => {
    if (key === "Enter" && isStars(target)) rate(target);
  };
  whole.left = (target) => {
    if (isStars(target)) rate(target);
  };
  node.oninput = ({ target }) => isStars(target) && draw(target);
  node.onpointermove = ({ target, clientX, pointerType }) => {
    if (pointerType === "mouse" && isStars(target)) draw(target, starsAt(target, clientX));
  };
  node.onpointerout = ({ target }) => isStars(target) && draw(target, target.dataset.given);
}

const isStars = (node) => node.dataset?.do === "rate";

function starsAt(input, x) {
  const box = input.getBoundingClientRect();
  const share = Math.min(Math.max((x - box.left) / box.width, 0.01), 1);
  return Math.ceil((share * input.max) / input.step) * input.step;
}

function draw(input, stars = input.value) {
  const said = Number(stars) ? `${Number(stars)} of ${input.max} stars` : "not rated";
  input.ariaValueText = said;
  input.parentElement.style.setProperty("--full", `${(stars / input.max) * 100}%`);
  input.parentElement.dataset.said = Number(stars) ? `${Number(stars)} ★` : "Rate it";
}

function placeOf(node, control) {
  if (!node.contains(control) || !control.dataset.do) return null;
  const film = control.closest("[data-movie]");
  const nth = [...node.querySelectorAll("[data-movie]")].indexOf(film);
  return { movie: film.dataset.movie, nth, what: control.dataset.do };
}

// Whoever goes by keyboard stays where they are, at the next film if theirs has left the list.
function focusOn(node, place) {
  if (!place) return;
  const films = node.querySelectorAll("[data-movie]");
  const same = node.querySelector(`[data-movie="${place.movie}"]`);
  const film = same ?? films[Math.min(place.nth, films.length - 1)];
  film?.querySelector(`[data-do="${place.what}"]`)?.focus({ preventScroll: true });
}
