"use strict";

// The figures of the study, every few seconds.
const figures = document.querySelectorAll("[data-figure]");
const update = async () => {
  try {
    const response = await fetch("/admin/progress", { cache: "no-store" });
    if (response.status === 403) { location.reload(); return; }
    const progress = await response.json();
    for (const figure of figures) {
      const value = progress[figure.dataset.figure];
      if (figure instanceof HTMLProgressElement) figure.value = value;
      else if (figure.textContent !== String(value)) figure.textContent = value;
    }
  } catch { /* the next time, perhaps */ }
};
if (figures.length > 0) setInterval(update, 3000);
