// Runs before the first paint, so that what the user chose does not make the page jump.
{
  const root = document.documentElement;
  root.classList.add("js");
  try {
    for (const name of ["density", "sidebar"]) {
      const chosen = localStorage.getItem(name);
      if (chosen) root.dataset[name] = chosen;
    }
  } catch {
    // Storage is switched off: the defaults do.
  }
}
