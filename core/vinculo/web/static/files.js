// Files: dropped anywhere on their form, sent at once, with progress. Without it the form does the same.
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-drop]");
  if (form && event.target.files?.length) form.requestSubmit();
});

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest?.("form[data-drop]");
    if (!form || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("over", kind === "dragover");
    if (kind !== "drop" || !event.dataTransfer.files.length) return;
    form.querySelector("[type=file]").files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-drop]");
  if (!form) return;
  event.preventDefault();
  const bar = form.querySelector("progress");
  const request = new XMLHttpRequest();
  bar.hidden = false;
  request.upload.addEventListener("progress", ({ loaded, total }) => Object.assign(bar, { max: total, value: loaded }));
  request.addEventListener("load", () => {
    if (new URL(request.responseURL).pathname !== new URL(form.action).pathname) return location.assign(request.responseURL);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    say(form, page.querySelector(".error-page p:not(.status)")?.textContent.trim() ?? String(request.status));
  });
  request.addEventListener("error", () => say(form, form.dataset.failed));
  request.open("POST", form.action);
  request.send(new FormData(form));
});

function say(form, text) {
  form.querySelector("progress").hidden = true;
  form.querySelector("[type=file]").value = "";
  form.querySelector(".error")?.remove();
  const told = document.createElement("p");
  told.className = "error";
  told.setAttribute("role", "alert");
  told.textContent = text;
  form.append(told);
}
