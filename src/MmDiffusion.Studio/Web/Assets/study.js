"use strict";

// Forms that are sent once, however often the button is pressed.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", event => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
// "Back" may bring a page as it was left.
addEventListener("pageshow", event => { if (event.persisted) location.reload(); });

// Sounds of the sound check: one at a time.
let playing = null;
for (const button of document.querySelectorAll("button.listen")) {
  const words = button.textContent;
  button.addEventListener("click", async () => {
    playing?.pause();
    playing = new Audio(button.dataset.sound);
    button.textContent = "Playing…";
    const audio = playing;
    for (const end of ["ended", "pause", "error"]) audio.addEventListener(end, () => { button.textContent = words; });
    try { await audio.play(); } catch { button.textContent = words; }
  });
}

const wait = seconds => new Promise(done => setTimeout(done, seconds * 1000));

class Clip {
  constructor(section, form, onEnd) {
    this.section = section;
    this.form = form;
    this.onEnd = onEnd;
    this.plays = 0;
    this.screen = section.querySelector(".screen");
    this.video = section.querySelector("video");
    this.button = section.querySelector("button.play");
    this.time = section.querySelector("progress.time");
    this.state = section.querySelector(".state");
    this.button.addEventListener("click", () => this.play());
    this.video.addEventListener("ended", () => this.end());
    this.video.addEventListener("pause", () => { if (!this.video.ended) this.show("Resume", "Paused."); });
    this.video.addEventListener("timeupdate", () => { this.time.value = this.video.duration ? this.video.currentTime / this.video.duration : 0; });
    // What was not heard was not played.
    this.video.addEventListener("volumechange", () => { if (this.video.muted || this.video.volume < 1) { this.video.muted = false; this.video.volume = 1; } });
    this.video.addEventListener("ratechange", () => { if (this.video.playbackRate !== 1) this.video.playbackRate = 1; });
    this.load();
  }

  async load() {
    for (let attempt = 0; ; attempt++) {
      try {
        const response = await fetch(this.section.dataset.media, { cache: "no-store" });
        if (response.status === 404 || response.status === 409) { location.reload(); return; }
        if (!response.ok) throw new Error();
        const ticket = document.createElement("input");
        Object.assign(ticket, { type: "hidden", name: this.section.dataset.ticket, value: response.headers.get("X-Ticket") });
        const clip = await response.blob();
        this.form.append(ticket);
        this.video.src = URL.createObjectURL(clip);
        this.show("Play", "Ready to play.");
        return;
      } catch {
        this.state.textContent = "The clip could not be loaded yet, trying again…";
        await wait(Math.min(10, 1 + attempt));
      }
    }
  }

  show(words, state) {
    this.screen.classList.remove("playing");
    this.button.disabled = false;
    this.button.querySelector("span").textContent = words;
    this.button.setAttribute("aria-label", `${words}: ${this.section.dataset.name}`);
    this.state.textContent = state;
  }

  async play() {
    for (const other of Clip.all) if (other !== this && !other.video.paused) other.video.pause();
    if (!this.video.paused) return;
    try {
      await this.video.play();
      this.screen.classList.add("playing");
      this.state.textContent = "Playing…";
    } catch {
      this.show("Play", "The clip does not play here. Please try again, or another browser.");
    }
  }

  end() {
    this.plays++;
    this.screen.classList.add("played");
    this.time.value = 1;
    this.show("Replay", "Played to the end. You may play it again.");
    this.onEnd();
  }
}
Clip.all = [];

const answer = document.getElementById("answer");
if (answer) {
  const questions = document.getElementById("questions");
  const hint = document.getElementById("hint");
  const saving = document.getElementById("saving");
  let heard = 0;
  const onEnd = () => {
    if (!Clip.all.every(clip => clip.plays > 0)) return;
    heard = performance.now();
    answer.elements.plays.value = Math.min(...Clip.all.map(clip => clip.plays));
    if (!questions.disabled) return;
    questions.disabled = false;
    hint.textContent = "What do you think?";
  };
  Clip.all = [...document.querySelectorAll("section.clip")].map(section => new Clip(section, answer, onEnd));

  let sending = false;
  answer.addEventListener("submit", async event => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    answer.elements.seconds.value = ((performance.now() - heard) / 1000).toFixed(2);
    const body = new URLSearchParams(new FormData(answer));
    saving.textContent = "Saving…";
    // Sent again until it is known to be saved: the server counts it once.
    for (let attempt = 0; ; attempt++) {
      try {
        const response = await fetch(answer.action, { method: "POST", body });
        if (response.ok || response.status === 404) { location.replace(response.ok ? response.url : location.href); return; }
        if (response.status < 500 && response.status !== 429) { location.reload(); return; }
      } catch { /* no connection: try again */ }
      saving.textContent = "Not saved yet: the server does not answer. Trying again…";
      await wait(Math.min(10, 1 + attempt));
    }
  });
}
