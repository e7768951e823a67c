"use strict";
{
  const form = document.querySelector(".filters");
  const cases = [...document.querySelectorAll(".case")];
  const apply = () => {
    const wanted = Object.fromEntries(new FormData(form));
    let shown = 0;
    for (const item of cases) {
      const fits = Object.entries(wanted).every(
        ([name, value]) => !value || item.dataset[name].split(" ").includes(value),
      );
      item.hidden = !fits;
      shown += fits;
    }
    for (const layer of document.querySelectorAll(".layer")) {
      layer.hidden = !layer.querySelector(".case:not([hidden])");
    }
    form.querySelector("output").value = `${shown} of ${cases.length} shown`;
  };
  if (form) {
    form.hidden = false;
    form.addEventListener("change", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    apply();
  }
}
